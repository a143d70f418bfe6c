import type { DiagnosisId } from './diagnoses.js';

/** Finds the first place at which BER is not DER (X.690 section 10.1 and 8.3.2). Null where there is none. */
export function firstFreedomOfBer(bytes: Uint8Array): DiagnosisId | null {
  return walk(bytes, 0, bytes.length, 0);
}

function walk(bytes: Uint8Array, start: number, end: number, depth: number): DiagnosisId | null {
  let at = start;
  while (at + 2 <= end && depth < 16) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    const octets = first > 0x80 ? first - 0x80 : 0;
    if (first === 0x80) return 'pkcs8/indefinite-length';
    const content = at + 2 + octets;
    const length = octets === 0 ? first : bytes.subarray(at + 2, content).reduce((sum, byte) => sum * 256 + byte, 0);
    if (octets > 0 && (bytes[at + 2] === 0 || length < 128)) return 'pkcs8/long-length';
    const next = content + length;
    if (next > end) return null;
    if (tag === 0x02 && hasNeedlessByte(bytes.subarray(content, next))) return 'pkcs8/needless-zero';
    const inside = (tag & 0x20) === 0 ? null : walk(bytes, content, next, depth + 1);
    if (inside) return inside;
    at = next;
  }
  return null;
}

function hasNeedlessByte([first = 0, second = 0, ...rest]: Uint8Array): boolean {
  if (rest.length === 0 && second === 0) return false;
  return (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
}
