import type { Report } from './report.js';

export interface Halves {
  readonly wrappedAesKey: Uint8Array;
  readonly wrappedTargetKey: Uint8Array;
}

/** Cuts the ciphertext after `kekBytes`, the length of the KEK's modulus. Null where the lengths forbid the rest. */
export function judgeHalves(ciphertext: Uint8Array, kekBytes: number, report: Report): Halves | null {
  const rest = ciphertext.length - kekBytes;
  const found = `${ciphertext.length} bytes under a KEK of ${kekBytes * 8} bits`;
  if (!report.check('blob/length/halves', rest >= 16, found)) return null;
  if (!report.check('blob/length/wrapped-target', rest % 8 === 0, `${rest} bytes`)) return null;
  return { wrappedAesKey: ciphertext.subarray(0, kekBytes), wrappedTargetKey: ciphertext.subarray(kekBytes) };
}
