import type { JsonWebKey } from 'node:crypto';

/** DER (X.690), as much as keys need. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(contents);
  const { length } = bytes;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  const header = [tag, ...(length < 128 ? [length] : long)];
  return Buffer.concat([Buffer.from(header), bytes]);
}

export function integer(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  const bytes = start < 0 ? Buffer.of(0) : value.subarray(start);
  return der(0x02, (bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** With its parameter NULL, and without any: the inside of an AlgorithmIdentifier. */
const RSA_ENCRYPTION = Buffer.from('06092a864886f70d0101010500', 'hex');
export const RSASSA_PSS = Buffer.from('06092a864886f70d01010a', 'hex');

const RSA_NUMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/** PKCS#8 of an RSA key whose numbers need not belong together. */
export function rsaPkcs8(jwk: JsonWebKey, algorithm: Buffer = RSA_ENCRYPTION): Buffer {
  const zero = integer(Buffer.of(0));
  const numbers = RSA_NUMBERS.map((name) => integer(Buffer.from(jwk[name] ?? '', 'base64url')));
  return der(0x30, zero, der(0x30, algorithm), der(0x04, der(0x30, zero, ...numbers)));
}

const EC_PUBLIC_KEY = Buffer.from('06072a8648ce3d0201', 'hex');

/** PKCS#8 of an EC key with the public point that one likes; the curve as DER of its object identifier. */
export function ecPkcs8(curve: Buffer, d: Buffer, point: Buffer): Buffer {
  const publicKey = der(0xa1, der(0x03, Buffer.of(0), point));
  const key = der(0x30, integer(Buffer.of(1)), der(0x04, d), publicKey);
  return der(0x30, integer(Buffer.of(0)), der(0x30, EC_PUBLIC_KEY, curve), der(0x04, key));
}
