import { CURVE_NAMES, CURVES, type Curve } from './curves.js';
import { KEK_BITS } from './kek-rules.js';
import { type Refuse, refuseWith } from './refuse.js';

/** A kind of key that a ciphertext of some length may hold, and the size of KEK that it would be wrapped under. */
export interface TargetCandidate {
  readonly type: 'RSA' | 'EC' | 'oct';
  readonly bits: number;
  readonly crv: Curve | null;
  readonly kekBits: 2048 | 3072 | 4096;
}

/** RFC 5649 section 4.1: at least two semiblocks of 8 bytes. */
const SHORTEST_WRAPPED = 16;
/** Well above what RSA-4096 makes, which is about 2400 bytes. */
const LONGEST_WRAPPED = 8192;

/** Splits a ciphertext into its halves, by the size of the KEK in bytes (256, 384 or 512). BLOB_CIPHERTEXT. */
export function splitCiphertext(
  ciphertext: Uint8Array,
  kekBytes: number,
): { wrappedAesKey: Buffer; wrappedTargetKey: Buffer } {
  const refuse = refuseWith('BLOB_CIPHERTEXT');
  if (!KEK_BITS.some((bits) => bits === kekBytes * 8))
    refuse(`expected a KEK of 256, 384 or 512 bytes, found ${kekBytes}`);
  checkWrappedLength(ciphertext.length - kekBytes, refuse);
  return {
    wrappedAesKey: Buffer.from(ciphertext.subarray(0, kekBytes)),
    wrappedTargetKey: Buffer.from(ciphertext.subarray(kekBytes)),
  };
}

/** Refuses what is impossible whatever the size of the KEK: its sizes are multiples of 8 bytes too. */
export function checkCiphertextLength(bytes: number, refuse: Refuse): void {
  checkWrappedLength(bytes - 2048 / 8, refuse);
}

function checkWrappedLength(bytes: number, refuse: Refuse): void {
  if (bytes < SHORTEST_WRAPPED) {
    refuse(`expected at least ${SHORTEST_WRAPPED} bytes after the wrapped AES key, found ${Math.max(bytes, 0)}`);
  }
  if (bytes % 8 !== 0) refuse(`expected a multiple of 8 bytes after the wrapped AES key, found ${bytes}`);
  if (bytes > LONGEST_WRAPPED)
    refuse(`expected at most ${LONGEST_WRAPPED} bytes after the wrapped AES key, found ${bytes}`);
}

/** Which target keys and KEKs a ciphertext of this many bytes allows. Lengths overlap: several may. */
export function candidateTargets(ciphertextBytes: number): readonly TargetCandidate[] {
  return KEK_BITS.flatMap((kekBits) =>
    TARGETS.filter(({ wrapped }) => wrapped(ciphertextBytes - kekBits / 8)).map(({ type, bits, crv }) => ({
      type,
      bits,
      crv,
      kekBits,
    })),
  );
}

interface TargetLengths {
  readonly type: 'RSA' | 'EC' | 'oct';
  readonly bits: number;
  readonly crv: Curve | null;
  /** Whether the key, wrapped by RFC 5649, can have this many bytes. */
  readonly wrapped: (bytes: number) => boolean;
}

const TARGETS: readonly TargetLengths[] = [
  ...[2048, 3072, 4096].map((bits): TargetLengths => {
    const [shortest, longest] = rsaLengths(bits / 8);
    return {
      type: 'RSA',
      bits,
      crv: null,
      wrapped: (bytes) => bytes % 8 === 0 && bytes >= wrappedLength(shortest) && bytes <= wrappedLength(longest),
    };
  }),
  ...CURVE_NAMES.map((crv): TargetLengths => {
    const lengths = ecLengths(CURVES[crv].bytes, CURVES[crv].oidBytes).map(wrappedLength);
    return { type: 'EC', bits: CURVES[crv].bits, crv, wrapped: (bytes) => lengths.includes(bytes) };
  }),
  ...[128, 192, 256].map((bits): TargetLengths => {
    return { type: 'oct', bits, crv: null, wrapped: (bytes) => bytes === wrappedLength(bits / 8) };
  }),
];

/** RFC 5649 section 3: 8 bytes, then the plaintext padded to a multiple of 8. Zeros that a token puts there change nothing. */
function wrappedLength(plaintext: number): number {
  return 8 + Math.ceil(plaintext / 8) * 8;
}

/**
 * PKCS#8 of a two-prime RSA key with primes of equal size: the numbers but the modulus and the primes can be shorter by
 * chance (a byte with probability 1/256), and the exponent can have up to 8 bytes.
 */
function rsaLengths(modulus: number): [shortest: number, longest: number] {
  const positive = (bytes: number) => der(bytes + 1);
  const numbers = der(1) + 2 * positive(modulus) + positive(8) + 5 * positive(modulus / 2);
  const longest = der(der(1) + der(der(9) + der(0)) + der(der(numbers)));
  return [longest - 32, longest];
}

/** PKCS#8 of an EC key: with and without its curve inside (RFC 5915 parameters), with and without its public key. */
function ecLengths(scalar: number, oid: number): number[] {
  const optional = (bytes: number) => [0, bytes];
  return optional(der(der(oid))).flatMap((parameters) =>
    optional(der(der(1 + 1 + 2 * scalar))).map((publicKey) =>
      der(der(1) + der(der(7) + der(oid)) + der(der(der(1) + der(scalar) + parameters + publicKey))),
    ),
  );
}

/** The length of a DER element with that much content. */
function der(content: number): number {
  return content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4);
}
