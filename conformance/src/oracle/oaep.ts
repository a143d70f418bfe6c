import forge from 'node-forge';
import { fromBinary, toBinary, unsigned } from './bytes.js';
import type { Report } from './report.js';
import type { TestKek } from './test-kek.js';

const HASH_BYTES = 20;

/** Recovers the AES key. The caller wipes it. Null where the padding does not come out. */
export function judgeOaep(wrapped: Uint8Array, kek: TestKek, report: Report): Uint8Array | null {
  if (unsigned(toBinary(wrapped)) >= kek.n) {
    report.check('blob/oaep/padding', false, 'a number not below the modulus of this KEK');
    return null;
  }
  const encoded = kek.privateOperation(wrapped);
  try {
    const decoded = decodeOaep(encoded);
    const fault = 'fault' in decoded ? decoded.fault : null;
    report.check('blob/oaep/padding', fault === null, fault ?? 'as expected');
    return 'fault' in decoded ? null : decoded.message;
  } finally {
    encoded.fill(0);
  }
}

/**
 * EME-OAEP decoding (RFC 8017 section 7.1.2 step 3) with SHA-1, MGF1-SHA-1 and an empty label. It says what is wrong
 * and takes no care of timing: it is for keys that protect nothing.
 */
function decodeOaep(encoded: Uint8Array): { message: Uint8Array } | { fault: string } {
  const maskedSeed = encoded.subarray(1, 1 + HASH_BYTES);
  const maskedBlock = encoded.subarray(1 + HASH_BYTES);
  const seed = masked(maskedSeed, maskedBlock);
  const block = masked(maskedBlock, seed);
  try {
    if (encoded[0] !== 0) return { fault: 'the first byte is not zero' };
    const labelHash = fromBinary(forge.md.sha1.create().digest().getBytes());
    if (!labelHash.equals(block.subarray(0, HASH_BYTES))) return { fault: 'the hash of the label does not come out' };
    const separator = block.findIndex((byte, index) => index >= HASH_BYTES && byte !== 0);
    if (block[separator] !== 1) return { fault: 'no byte 01 between padding and message' };
    return { message: Uint8Array.from(block.subarray(separator + 1)) };
  } finally {
    block.fill(0);
  }
}

/** `bytes` XOR MGF1(seed) (RFC 8017 appendix B.2.1). */
function masked(bytes: Uint8Array, seed: Uint8Array): Buffer {
  const mask = forge.mgf.mgf1.create(forge.md.sha1.create()).generate(toBinary(seed), bytes.length);
  const mixed = fromBinary(mask);
  for (const [index, byte] of bytes.entries()) mixed[index] = byte ^ (mixed[index] ?? 0);
  return mixed;
}
