import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import * as asn1 from './asn1.js';

const FIELDS = ['n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
type Field = (typeof FIELDS)[number];
export type RsaNumbers = Readonly<Record<Field, bigint>>;

export function rsaNumbers(name: PracticeKeyName): RsaNumbers {
  const jwk = practiceKey(name).export({ format: 'jwk' });
  const number = (text: unknown) => BigInt(`0x${Buffer.from(String(text), 'base64url').toString('hex')}`);
  return {
    n: number(jwk.n),
    e: number(jwk.e),
    d: number(jwk.d),
    p: number(jwk.p),
    q: number(jwk.q),
    dP: number(jwk.dp),
    dQ: number(jwk.dq),
    qInv: number(jwk.qi),
  };
}

export interface RsaKeyParts extends RsaNumbers {
  readonly version?: bigint;
  /** Bytes in place of single integers. */
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

/** The same primes with the smallest public exponent from 17 on that fits them. */
export function withExponent(numbers: RsaNumbers): RsaNumbers {
  const { p, q } = numbers;
  const order = (p - 1n) * (q - 1n);
  const e = [17n, 19n, 23n, 29n, 31n, 37n].find((prime) => order % prime !== 0n) ?? 41n;
  let multiple = order + 1n;
  while (multiple % e !== 0n) multiple += order;
  const d = multiple / e;
  return { ...numbers, e, d, dP: d % (p - 1n), dQ: d % (q - 1n) };
}

/** Scalar and uncompressed point. */
export function ecParts(name: PracticeKeyName): { scalar: Buffer; point: Buffer } {
  const { d = '', x = '', y = '' } = practiceKey(name).export({ format: 'jwk' });
  const [scalar, ...point] = [d, x, y].map((text) => Buffer.from(text, 'base64url'));
  return { scalar: scalar ?? Buffer.alloc(0), point: Buffer.concat([Buffer.of(4), ...point]) };
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
