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
    const block = new Uint8Array(16);
    const counter = new DataView(block.buffer, 4, 4);
    block.set(out.subarray(0, 8));
    for (let step = 6 * blocks; step > 0; step--) {
      const at = 8 + ((step - 1) % blocks) * 8;
      counter.setUint32(0, counter.getUint32(0) ^ step);
      block.set(out.subarray(at, at + 8), 8);
      unsafe.decryptBlock(schedule, block);
      out.set(block.subarray(8), at);
    }
    out.set(block.subarray(0, 8));
    block.fill(0);
    return out;
  } finally {
    schedule.fill(0);
  }
}
