import { CURVE_FACTS } from '../keys/curves.js';
import { fromBase64url } from './base64url.js';
import { AES_BITS, type Curve, type KeyType, RSA_BITS, readCurve } from './key-types.js';
import { badParameter } from './refusal.js';

const RSA_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
const EC_MEMBERS = ['x', 'y', 'd'] as const;
const OCT_MEMBERS = ['k'] as const;

/** The members of a JSON Web Key that hold bytes (RFC 7518 section 6), base64url. */
export const PLAIN_MEMBERS = [...new Set([...RSA_MEMBERS, ...EC_MEMBERS, ...OCT_MEMBERS])];
export type PlainMember = (typeof PLAIN_MEMBERS)[number];

/** A key that comes in plaintext. Whoever holds it fills it with zeros as soon as it is in the token. */
export type PlainKey =
  | ({ readonly type: 'RSA' } & Readonly<Record<(typeof RSA_MEMBERS)[number], Buffer>>)
  | ({ readonly type: 'EC'; readonly crv: Curve } & Readonly<Record<(typeof EC_MEMBERS)[number], Buffer>>)
  | ({ readonly type: 'oct' } & Readonly<Record<(typeof OCT_MEMBERS)[number], Buffer>>);

type Jwk = Readonly<Partial<Record<PlainMember, string | undefined>>> & { readonly crv?: string | undefined };

/**
 * Reads the private key in a JSON Web Key: all its members must be there and have their sizes. That they belong together
 * is for the token to prove.
 */
export function readPlainKey(type: KeyType, jwk: Jwk): PlainKey {
  if (type === 'RSA') {
    const members = decode(jwk, RSA_MEMBERS);
    return checked({ type, ...members }, () => checkModulus(members.n));
  }
  if (type === 'EC') {
    const crv = readCurve(jwk.crv);
    const members = decode(jwk, EC_MEMBERS);
    return checked({ type, crv, ...members }, () => {
      for (const name of EC_MEMBERS) checkCoordinate(name, members[name], CURVE_FACTS[crv].bytes);
      if (members.d.compare(CURVE_FACTS[crv].order) < 0) return;
      throw badParameter('The private value d is not below the order of its curve.', 'TargetInconsistent');
    });
  }
  const members = decode(jwk, OCT_MEMBERS);
  return checked({ type, ...members }, () => checkAesKey(members.k));
}

export function wipe(key: Readonly<Record<string, unknown>>): void {
  for (const value of Object.values(key)) if (Buffer.isBuffer(value)) value.fill(0);
}

function decode<Name extends PlainMember>(jwk: Jwk, names: readonly Name[]): Record<Name, Buffer> {
  const decoded: Partial<Record<Name, Buffer>> = {};
  for (const name of names) {
    const bytes = fromBase64url(jwk[name] ?? '');
    if (bytes !== null && bytes.length > 0) {
      decoded[name] = bytes;
      continue;
    }
    wipe(decoded);
    throw badParameter(
      jwk[name] === undefined
        ? `The property "key" must have the members ${names.join(', ')} for this key type; "${name}" is missing.`
        : `Property "key.${name}" is not valid: not base64url without padding.`,
    );
  }
  return decoded as Record<Name, Buffer>;
}

function checked<Key extends PlainKey>(key: Key, check: () => void): Key {
  try {
    check();
    return key;
  } catch (error) {
    wipe(key);
    throw error;
  }
}

function checkModulus(n: Buffer): void {
  const start = n.findIndex((byte) => byte !== 0);
  const bits = start < 0 ? 0 : (n.length - start) * 8 - Math.clz32(n[start] ?? 0) + 24;
  if (RSA_BITS.some((allowed) => allowed === bits)) return;
  throw badParameter(`An RSA key must have ${RSA_BITS.join(', ')} bits; found ${bits}.`, 'TargetSize');
}

/** RFC 7518 section 6.2: all have the length of a coordinate. */
function checkCoordinate(name: string, value: Buffer, bytes: number): void {
  if (value.length === bytes) return;
  throw badParameter(`Property "key.${name}" must have ${bytes} bytes on this curve; found ${value.length}.`);
}

function checkAesKey(k: Buffer): void {
  if (AES_BITS.some((bits) => bits === k.length * 8)) return;
  throw badParameter(`A symmetric key must have ${AES_BITS.join(', ')} bits; found ${k.length * 8}.`, 'TargetSize');
}
