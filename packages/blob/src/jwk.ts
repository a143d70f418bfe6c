import { createPublicKey, type KeyObject } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import { bitLength, withoutLeadingZeros } from './bytes.js';
import { CURVE_NAMES, CURVES, type Curve } from './curves.js';
import { type Refuse, refuseWith } from './refuse.js';

/** RFC 7518 section 6.3.1: big-endian integers without leading zero bytes, base64url. */
export interface RsaPublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** RFC 7518 section 6.2.1: coordinates of the full length of the field, base64url. */
export interface EcPublicJwk {
  readonly kty: 'EC';
  readonly crv: Curve;
  readonly x: string;
  readonly y: string;
}

export type PublicJwk = RsaPublicJwk | EcPublicJwk;

/** A JWK from the big-endian modulus and exponent; leading zero bytes fall away. PUBLIC_KEY_INVALID. */
export function rsaPublicJwk(n: Uint8Array, e: Uint8Array): RsaPublicJwk {
  return checkedRsaJwk(n, e, refuseWith('PUBLIC_KEY_INVALID'));
}

/** A JWK from coordinates of the full length of the field; the point must lie on the curve. PUBLIC_KEY_INVALID. */
export function ecPublicJwk(crv: Curve, x: Uint8Array, y: Uint8Array): EcPublicJwk {
  return checkedEcJwk(crv, x, y, refuseWith('PUBLIC_KEY_INVALID'));
}

/** The public half of an RSA or EC key of node:crypto. KEY_UNSUPPORTED for other types and curves. */
export function publicJwkOf(key: KeyObject): PublicJwk {
  const type = key.asymmetricKeyType ?? key.type;
  if (type !== 'rsa' && type !== 'ec') {
    throw new KeyferryError('KEY_UNSUPPORTED', { reason: `expected an RSA or EC key, found ${type}` });
  }
  if (type === 'ec' && !CURVE_NAMES.some((name) => CURVES[name].openssl === key.asymmetricKeyDetails?.namedCurve)) {
    throw new KeyferryError('KEY_UNSUPPORTED', {
      reason: `expected one of ${CURVE_NAMES.join(', ')}, found ${key.asymmetricKeyDetails?.namedCurve ?? 'explicit curve parameters'}`,
    });
  }
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { n = '', e = '', crv, x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return type === 'rsa'
    ? rsaPublicJwk(Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url'))
    : ecPublicJwk(crv as Curve, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
}

/** The key for node:crypto. PUBLIC_KEY_INVALID. */
export function publicKeyObject(jwk: PublicJwk): KeyObject {
  return importJwk(jwk, refuseWith('PUBLIC_KEY_INVALID'));
}

/** SubjectPublicKeyInfo as PEM, as OpenSSL writes it. PUBLIC_KEY_INVALID. */
export function publicKeyPem(jwk: PublicJwk): string {
  return publicKeyObject(jwk).export({ type: 'spki', format: 'pem' }).toString();
}

/** The exact bit length of the modulus. */
export function rsaBits(jwk: RsaPublicJwk): number {
  return bitLength(Buffer.from(jwk.n, 'base64url'));
}

/** The size that people name a key by: bits of the modulus, or of the field. */
export function keyBits(jwk: PublicJwk): number {
  return jwk.kty === 'RSA' ? rsaBits(jwk) : CURVES[jwk.crv].bits;
}

/** Whether two JWKs are the same key: all that RFC 7638 counts as part of the key is equal. */
export function samePublicKey(a: PublicJwk, b: PublicJwk): boolean {
  return canonicalJwk(a) === canonicalJwk(b);
}

/** RFC 7638 section 3: the required members alone, in lexicographic order, without white space. */
export function canonicalJwk(jwk: PublicJwk): string {
  return jwk.kty === 'RSA'
    ? JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n })
    : JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
}

/** rsaPublicJwk with the caller's refusal. */
export function checkedRsaJwk(n: Uint8Array, e: Uint8Array, refuse: Refuse): RsaPublicJwk {
  const modulus = withoutLeadingZeros(n);
  const exponent = withoutLeadingZeros(e);
  if (((modulus.at(-1) ?? 0) & 1) === 0) refuse('expected an odd modulus n, found an even or empty one');
  if (exponent.length === 0) refuse('expected an exponent e, found none');
  return { kty: 'RSA', n: encodeBase64url(modulus), e: encodeBase64url(exponent) };
}

/** ecPublicJwk with the caller's refusal. */
export function checkedEcJwk(crv: Curve, x: Uint8Array, y: Uint8Array, refuse: Refuse): EcPublicJwk {
  for (const [name, coordinate] of Object.entries({ x, y })) {
    if (coordinate.length !== CURVES[crv].bytes) {
      refuse(`expected ${CURVES[crv].bytes} bytes of ${name} on ${crv}, found ${coordinate.length}`);
    }
  }
  const jwk: EcPublicJwk = { kty: 'EC', crv, x: encodeBase64url(x), y: encodeBase64url(y) };
  const point = canonicalJwk(jwk);
  if (!onCurve.has(point)) {
    importJwk(jwk, refuse);
    if (onCurve.size >= MOST_REMEMBERED) onCurve.clear();
    onCurve.add(point);
  }
  return jwk;
}

/**
 * Points that were found to lie on their curve: one key comes by in a manifest, in each answer of the vault and in a receipt,
 * and OpenSSL takes longer over it than all else that is done with it.
 */
const onCurve = new Set<string>();
/** About a megabyte of them. */
const MOST_REMEMBERED = 4096;

/** Reads the public members of a JWK object; whatever else it holds is left alone. */
export function jwkOfMembers(members: Readonly<Record<string, unknown>>, refuse: Refuse): PublicJwk {
  const bytes = (name: string): Buffer => {
    const text = members[name];
    if (typeof text !== 'string') return refuse(`expected a text as member ${name} of the key`);
    const lenient = { standardAlphabet: true, padding: true };
    return decodeBase64url(text, (reason) => refuse(`member ${name}: ${reason}`), lenient);
  };
  if (members.kty === 'RSA') return checkedRsaJwk(bytes('n'), bytes('e'), refuse);
  const crv = CURVE_NAMES.find((name) => name === members.crv);
  if (members.kty !== 'EC' || crv === undefined) {
    return refuse(`expected kty RSA, or EC with crv ${CURVE_NAMES.join(', ')}`);
  }
  return checkedEcJwk(crv, bytes('x'), bytes('y'), refuse);
}

function importJwk(jwk: PublicJwk, refuse: Refuse): KeyObject {
  try {
    // OpenSSL sees to it that coordinates are below the prime and the point is on the curve.
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return refuse(jwk.kty === 'EC' ? `expected a point on ${jwk.crv}, found another` : 'expected an RSA key');
  }
}
