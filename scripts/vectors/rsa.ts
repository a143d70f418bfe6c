import { createHash, createPublicKey } from 'node:crypto';
import { type PracticeKeyName, practiceKey } from '../../test/support/practice-keys.js';

type KekBits = 2048 | 3072 | 4096;

export interface PublicNumbers {
  readonly n: bigint;
  readonly e: bigint;
  /** Of the modulus. */
  readonly bytes: number;
}

export function kekNumbers(keySize: KekBits): PublicNumbers {
  return publicNumbers(`kek-${keySize}`);
}

const known = new Map<PracticeKeyName, PublicNumbers>();

/** Of an RSA practice key. */
export function publicNumbers(name: PracticeKeyName): PublicNumbers {
  let numbers = known.get(name);
  if (numbers === undefined) {
    const { n = '', e = '' } = createPublicKey(practiceKey(name)).export({ format: 'jwk' });
    const modulus = Buffer.from(n, 'base64url');
    numbers = { n: bigIntOf(modulus), e: bigIntOf(Buffer.from(e, 'base64url')), bytes: modulus.length };
    known.set(name, numbers);
  }
  return numbers;
}

/** RSAEP (RFC 8017 section 5.1.1) of a block as long as the modulus. */
export function rsaPublic({ n, e, bytes }: PublicNumbers, block: Uint8Array): Buffer {
  const message = bigIntOf(block);
  if (message >= n) throw new RangeError('the block is not below the modulus');
  let [power, base, exponent] = [1n, message, e];
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) power = (power * base) % n;
    base = (base * base) % n;
  }
  return bytesOf(power, bytes);
}

export function bigIntOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
}

/** Big endian. */
export function bytesOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

/** The steps of EME-OAEP encoding (RFC 8017 section 7.1.1), each of which a test can make wrong. */
export interface OaepSteps {
  readonly seed: Uint8Array;
  readonly hash?: string;
  readonly mgfHash?: string;
  readonly label?: Uint8Array;
  /** The first byte of the block. */
  readonly first?: number;
  /** In place of lHash || PS || 01 || M, of the same length. */
  block?(right: Buffer): Buffer;
}

/** The encoded block, as long as the modulus. */
export function oaepEncoded(message: Uint8Array, bytes: number, steps: OaepSteps): Buffer {
  const { seed, hash = 'sha1', mgfHash = hash, label = Buffer.alloc(0), first = 0, block = (right) => right } = steps;
  const labelHash = createHash(hash).update(label).digest();
  const zeros = bytes - message.length - 2 * labelHash.length - 2;
  if (zeros < 0 || seed.length !== labelHash.length) throw new RangeError('message or seed do not fit');
  const data = block(Buffer.concat([labelHash, Buffer.alloc(zeros), Buffer.of(1), message]));
  const maskedData = xor(data, mgf1(seed, data.length, mgfHash));
  const maskedSeed = xor(seed, mgf1(maskedData, seed.length, mgfHash));
  return Buffer.concat([Buffer.of(first), maskedSeed, maskedData]);
}

/** RFC 8017 appendix B.2.1. */
function mgf1(seed: Uint8Array, length: number, hash: string): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0; made < length; made += blocks.at(-1)?.length ?? length) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(blocks.length);
    blocks.push(createHash(hash).update(seed).update(counter).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
