import type { Report } from './report.js';

/** The size of the AES key that wraps the target. Returns whether AES can work with it at all. */
export function judgeAesKey(aesKey: Uint8Array, report: Report): boolean {
  const bits = aesKey.length * 8;
  if (bits === 128 || bits === 192) {
    report.warn('blob/aes-size/bits', `${bits} bits: the specification states no size, but every known tool uses 256`);
    return true;
  }
  return report.check('blob/aes-size/bits', bits === 256, `${bits} bits`);
}
