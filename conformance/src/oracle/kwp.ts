import { unsafe } from '@noble/ciphers/aes.js';
import type { Report } from './report.js';

const AIV = Buffer.from('a65959a6', 'hex');
const RFC_3394_IV = Buffer.alloc(8, 0xa6);

/**
 * AES key unwrap with padding (RFC 5649 section 4.2). Takes a whole number of 8-byte blocks, at least two; returns
 * the target key, which the caller wipes, or null where there is none to be found.
 */
export function judgeKwp(aesKey: Uint8Array, wrapped: Uint8Array, report: Report): Uint8Array | null {
  const unwrapped = unwrapBlocks(aesKey, wrapped);
  try {
    const iv = unwrapped.subarray(0, 8);
    if (!report.check('blob/kwp/aiv', AIV.equals(iv.subarray(0, 4)), nameOfIv(iv))) return null;

    const length = Buffer.from(iv).readUInt32BE(4);
    const room = unwrapped.length - 8;
    const fits = length > room - 8 && length <= room;
    if (!report.check('blob/kwp/length-field', fits, `${length} bytes in ${room}`)) return null;

    const padding = unwrapped.subarray(8 + length);
    const zero = padding.every((byte) => byte === 0);
    report.check('blob/kwp/padding', zero, zero ? `${padding.length} zero bytes` : 'bytes that are not zero');
    return Uint8Array.from(unwrapped.subarray(8, 8 + length));
  } finally {
    unwrapped.fill(0);
  }
}

function nameOfIv(iv: Uint8Array): string {
  if (AIV.equals(iv.subarray(0, 4))) return 'A65959A6';
  if (RFC_3394_IV.equals(iv)) return 'A6A6A6A6A6A6A6A6, the initial value of RFC 3394, which knows no padding';
  return 'another value: not RFC 5649, or not the bytes that were wrapped';
}

/** The inverse of the wrapping function W (RFC 3394 section 2.2.2): the initial value, then what was wrapped. */
export function unwrapBlocks(aesKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const schedule = unsafe.expandKeyDecLE(aesKey);
  const out = Uint8Array.from(wrapped);
  const blocks = out.length / 8 - 1;
  try {
    if (blocks === 1) return unsafe.decryptBlock(schedule, out);
    // A and R[i] as the little-endian words that the block cipher takes: no object is made for a step but its result.
    const words = new DataView(out.buffer);
    let a0 = words.getUint32(0, true);
    let a1 = words.getUint32(4, true);
    for (let step = 6 * blocks; step > 0; step--) {
      const at = 8 + ((step - 1) % blocks) * 8;
      const { s0, s1, s2, s3 } = unsafe.decrypt(
        schedule,
        a0,
        a1 ^ bigEndian(step),
        words.getUint32(at, true),
        words.getUint32(at + 4, true),
      );
      [a0, a1] = [s0, s1];
      words.setUint32(at, s2, true);
      words.setUint32(at + 4, s3, true);
    }
    words.setUint32(0, a0, true);
    words.setUint32(4, a1, true);
    return out;
  } finally {
    schedule.fill(0);
  }
}

/** The 32 bits of the counter t in the other order: it stands big endian at the end of A. */
function bigEndian(step: number): number {
  return (step << 24) | ((step & 0xff00) << 8) | ((step >>> 8) & 0xff00) | (step >>> 24);
}
