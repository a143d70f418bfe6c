import { createHash } from 'node:crypto';
import { HASH_BYTES, type Hash } from '../rules/algorithms.js';

const PREFIXES: Readonly<Record<Hash, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** DigestInfo in DER (RFC 8017 section 9.2, note 1). */
export function digestInfo(hash: Hash, digest: Buffer): Buffer {
  return Buffer.concat([Buffer.from(PREFIXES[hash], 'hex'), digest]);
}

/**
 * EME-OAEP decoding with an empty label and MGF1 with the same hash (RFC 8017 section 7.1.2, step 3), for tokens that
 * have OAEP with SHA-1 only. `block` is the decrypted number, as long as the modulus. Null when the padding is wrong;
 * which of its parts is wrong shows neither in the answer nor in the time.
 */
export function decodeOaep(block: Buffer, hash: Hash): Buffer | null {
  const hashBytes = HASH_BYTES[hash];
  if (block.length < 2 * hashBytes + 2) return null;
  const maskedSeed = block.subarray(1, 1 + hashBytes);
  const maskedData = block.subarray(1 + hashBytes);
  const seed = xor(maskedSeed, mgf1(maskedData, hashBytes, hash));
  const data = xor(maskedData, mgf1(seed, maskedData.length, hash));

  const labelHash = createHash(hash).digest();
  let fault = block[0] ?? 1;
  for (let at = 0; at < hashBytes; at++) fault |= (data[at] ?? 0) ^ (labelHash[at] ?? 0);
  // Zeros, then a one: `looking` is 1 until the one has been met, and any other byte before it is a fault.
  let looking = 1;
  let start = 0;
  for (let at = hashBytes; at < data.length; at++) {
    const byte = data[at] ?? 0;
    const isOne = isZero(byte ^ 1);
    start |= -(looking & isOne) & (at + 1);
    looking &= 1 ^ isOne;
    fault |= -looking & byte;
  }
  fault |= looking;
  const message = fault === 0 ? Buffer.from(data.subarray(start)) : null;
  seed.fill(0);
  data.fill(0);
  return message;
}

/** 1 for 0, 0 for 1 to 255, without a branch. */
function isZero(byte: number): number {
  return ((byte - 1) >>> 31) & 1;
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mgf1(seed: Buffer, bytes: number, hash: Hash): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / HASH_BYTES[hash]) }, (_, counter) => {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    return createHash(hash).update(seed).update(suffix).digest();
  });
  return Buffer.concat(blocks).subarray(0, bytes);
}
