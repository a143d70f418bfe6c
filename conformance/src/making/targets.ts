import { fromBinary, toBinary, unsigned } from '../oracle/bytes.js';
import { CURVES, type CurveName, pointOf } from '../oracle/curves.js';
import { integerOf, isSequence, type Node, octetsOf, parseDer } from '../oracle/der.js';
import type { RsaNumbers } from '../oracle/rsa-numbers.js';
import * as asn1 from './asn1.js';

const FIELDS = ['n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
type Field = (typeof FIELDS)[number];

export interface RsaKeyParts extends RsaNumbers {
  readonly version?: bigint;
  /** Bytes in place of single integers; no bytes leave one out. */
  readonly raw?: Partial<Record<Field, Uint8Array>>;
  /** What stands after the coefficient. */
  readonly rest?: Uint8Array;
  readonly algorithm?: readonly Uint8Array[];
}

/** RSAPrivateKey in PKCS#8. */
export function rsaKey({ version = 0n, raw = {}, rest, algorithm, ...numbers }: RsaKeyParts): Buffer {
  const integers = FIELDS.map((field) => raw[field] ?? asn1.integer(numbers[field]));
  const key = asn1.sequence(asn1.integer(version), ...integers, rest ?? Buffer.alloc(0));
  return asn1.pkcs8(algorithm ?? [asn1.RSA_ENCRYPTION, asn1.NULL], key);
}

/** The key inside PKCS#8: RSAPrivateKey or ECPrivateKey. */
export function innerKey(pkcs8: Uint8Array): Buffer {
  return fromBinary(octetsOf(fieldsOf(pkcs8)[2]) ?? '');
}

/** The numbers of an RSA key in PKCS#8. */
export function rsaNumbersOf(pkcs8: Uint8Array): RsaNumbers {
  const [, n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP = 0n, dQ = 0n, qInv = 0n] = fieldsOf(innerKey(pkcs8)).map(
    (field) => unsigned(integerOf(field) ?? ''),
  );
  return { n, e, d, p, q, dP, dQ, qInv };
}

/** The key of two primes and a public exponent that has no factor in common with p - 1 and q - 1. */
export function rsaNumbersFrom(p: bigint, q: bigint, e = 65537n): RsaNumbers {
  const d = inverse(e, (p - 1n) * (q - 1n));
  return { n: p * q, e, d, p, q, dP: d % (p - 1n), dQ: d % (q - 1n), qInv: inverse(q % p, p) };
}

/** By Euclid's extended algorithm. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** The same primes with the smallest public exponent from 17 on that fits them. */
export function withExponent({ p, q }: RsaNumbers): RsaNumbers {
  const order = (p - 1n) * (q - 1n);
  return rsaNumbersFrom(p, q, [17n, 19n, 23n, 29n, 31n, 37n].find((prime) => order % prime !== 0n) ?? 41n);
}

/** The scalar of an EC key in PKCS#8. */
export function scalarOf(pkcs8: Uint8Array): Buffer {
  return fromBinary(octetsOf(fieldsOf(innerKey(pkcs8))[1]) ?? '');
}

/** The uncompressed point that belongs to a scalar. */
export function publicPoint(name: CurveName, scalar: Uint8Array): Buffer {
  const curve = CURVES.find((candidate) => candidate.name === name);
  if (!curve) throw new Error(`no curve ${name}`);
  return pointOf(curve, toBinary(scalar));
}

/** ECPrivateKey (RFC 5915). */
export function ecKey(scalar: Uint8Array, ...rest: Uint8Array[]): Buffer {
  return asn1.sequence(asn1.integer(1n), asn1.octets(scalar), ...rest);
}

/** The parameters of P-256 spelt out (ECParameters, X9.62), as OpenSSL's param_enc:explicit writes them. */
export function explicitP256(): Buffer {
  const hex = (text: string) => Buffer.from(text, 'hex');
  const p = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
  const a = 'ffffffff00000001000000000000000000000000fffffffffffffffffffffffc';
  const b = '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b';
  const g =
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
  return asn1.sequence(
    asn1.integer(1n),
    asn1.sequence(hex('06072a8648ce3d0101'), asn1.integer(BigInt(`0x${p}`))),
    asn1.sequence(asn1.octets(hex(a)), asn1.octets(hex(b))),
    asn1.octets(hex(g)),
    asn1.integer(BigInt(`0x${order}`)),
    asn1.integer(1n),
  );
}

function fieldsOf(der: Uint8Array): Node[] {
  const node = parseDer(der)?.node;
  return isSequence(node) ? node.value : [];
}
