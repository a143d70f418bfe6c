import forge from 'node-forge';
import { fromBinary, toBinary, unsigned } from './bytes.js';
import type { Report } from './report.js';
import type { TestKek } from './test-kek.js';

export const HASH_BYTES = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

export type HashName = keyof typeof HASH_BYTES;

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
  const block = unmaskOaep(encoded, 'sha1', 'sha1');
  try {
    if (encoded[0] !== 0) return { fault: 'the first byte is not zero' };
    if (!hashOf('sha1').equals(block.subarray(0, HASH_BYTES.sha1)))
      return { fault: 'the hash of the label does not come out' };
    const separator = block.findIndex((byte, index) => index >= HASH_BYTES.sha1 && byte !== 0);
    if (block[separator] !== 1) return { fault: 'no byte 01 between padding and message' };
    return { message: Uint8Array.from(block.subarray(separator + 1)) };
  } finally {
    block.fill(0);
  }
}

/** The seed of a block whose hashes are right (RFC 8017 section 7.1.2 step 3 d): as random as the AES key should be. */
export function seedOf(encoded: Uint8Array): Buffer {
  const size = HASH_BYTES.sha1;
  return masked(encoded.subarray(1, 1 + size), encoded.subarray(1 + size), 'sha1');
}

/** The data block DB (RFC 8017 section 7.1.2 step 3 f): hash of the label, zeros, 01, message, if the hashes are right. */
export function unmaskOaep(encoded: Uint8Array, hash: HashName, mgf1: HashName): Buffer {
  const maskedSeed = encoded.subarray(1, 1 + HASH_BYTES[hash]);
  const maskedBlock = encoded.subarray(1 + HASH_BYTES[hash]);
  return masked(maskedBlock, masked(maskedSeed, maskedBlock, mgf1), mgf1);
}

/** The hash of an empty label. */
export function hashOf(hash: HashName): Buffer {
  return fromBinary(forge.md[hash].create().digest().getBytes());
}

/** `bytes` XOR MGF1(seed) (RFC 8017 appendix B.2.1). */
function masked(bytes: Uint8Array, seed: Uint8Array, hash: HashName): Buffer {
  const mask = forge.mgf.mgf1.create(forge.md[hash].create()).generate(toBinary(seed), bytes.length);
  const mixed = fromBinary(mask);
  for (const [index, byte] of bytes.entries()) mixed[index] = byte ^ (mixed[index] ?? 0);
  return mixed;
}
