import forge from 'node-forge';
import { bytesOf, fromBinary, toBinary, unsigned } from '../oracle/bytes.js';
import type { HashName } from '../oracle/oaep.js';

export interface PublicKek {
  readonly n: bigint;
  readonly e: bigint;
  /** Of the modulus. */
  readonly bytes: number;
}

export interface Oaep {
  readonly hash: HashName;
  readonly mgf1: HashName;
  readonly label: Uint8Array;
  /** As long as the hash. */
  readonly seed: Uint8Array;
}

/** EME-OAEP encoding (RFC 8017 section 7.1.1 step 2). */
export function oaepBlock(message: Uint8Array, bytes: number, { hash, mgf1, label, seed }: Oaep): Buffer {
  const labelHash = digestOf(hash, label);
  const zeros = Buffer.alloc(bytes - message.length - 2 * labelHash.length - 2);
  const data = Buffer.concat([labelHash, zeros, Buffer.of(1), message]);
  const maskedData = xor(data, mask(mgf1, seed, data.length));
  const maskedSeed = xor(seed, mask(mgf1, maskedData, seed.length));
  return Buffer.concat([Buffer.of(0), maskedSeed, maskedData]);
}

/** PKCS#1 v1.5: 00, `type`, `filler` (without zeros), 00, the message. */
export function pkcs1Block(message: Uint8Array, type: 1 | 2, filler: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0, type), filler, Buffer.of(0), message]);
}

/** RSAEP (RFC 8017 section 5.1.1) of a block as long as the modulus. */
export function encryptBlock(block: Uint8Array, { n, e, bytes }: PublicKek): Buffer {
  let [result, base] = [1n, unsigned(toBinary(block))];
  for (let rest = e; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return bytesOf(result, bytes);
}

function digestOf(hash: HashName, bytes: Uint8Array): Buffer {
  return fromBinary(forge.md[hash].create().update(toBinary(bytes)).digest().getBytes());
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mask(hash: HashName, seed: Uint8Array, length: number): Buffer {
  return fromBinary(forge.mgf.mgf1.create(forge.md[hash].create()).generate(toBinary(seed), length));
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
}
