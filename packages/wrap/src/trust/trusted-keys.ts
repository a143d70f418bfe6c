import { type RsaPublicJwk, rsaBits, type Thumbprint, thumbprintHex, thumbprintOf } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import { readRsaPublicKey } from '../target/public-objects.js';
import { examineWrappingKey, type Weaknesses } from './trusted-wrapping-key.js';

export const TRUSTED_KINDS = ['kek', 'wrapping-key', 'other'] as const;

/** A key that the security officer declared trusted: keys with CKA_WRAP_WITH_TRUSTED can be wrapped under it. */
export interface TrustedKey extends Weaknesses {
  readonly object: ObjectHandle;
  /** An RSA public key may be a KEK, an AES key may be a wrapping key. */
  readonly kind: (typeof TRUSTED_KINDS)[number];
  readonly class: string;
  readonly keyType: string;
  readonly label: string;
  /** CKA_ID in hex. */
  readonly id: string;
  readonly bits: number | null;
  /** Of an RSA public key. */
  readonly thumbprint: Thumbprint | null;
}

/** All trusted keys that this login sees, by label and id, each with a judgement. Only reads. */
export function trustedKeys(session: Session): TrustedKey[] {
  return (['public-key', 'secret-key'] as const).flatMap((objectClass) =>
    session
      .find({ class: objectClass, trusted: true })
      .filter((object) => session.read(object, 'trusted') === true)
      .map((object) => readTrusted(session, object, objectClass))
      .sort((a, b) => compare(a.label, b.label) || compare(a.id, b.id)),
  );
}

/** The same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function readTrusted(session: Session, object: ObjectHandle, objectClass: 'public-key' | 'secret-key'): TrustedKey {
  const keyType = session.read(object, 'keyType') ?? 'unknown';
  const common = {
    object,
    class: objectClass,
    keyType,
    label: session.read(object, 'label') ?? '',
    id: session.read(object, 'id')?.toString('hex') ?? '',
  };
  if (objectClass === 'public-key' && keyType === 'RSA') {
    const key = readKey(session, object);
    const judgement = examineKek(session, object, key);
    const [bits, thumbprint] = key === null ? [null, null] : [rsaBits(key), thumbprintOf(key)];
    return { ...common, kind: 'kek', bits, thumbprint, ...judgement };
  }
  const bytes = session.read(object, 'valueLen');
  const bits = bytes === null || bytes === 0 ? null : bytes * 8;
  return keyType === 'AES'
    ? { ...common, kind: 'wrapping-key', bits, thumbprint: null, ...examineWrappingKey(session, object) }
    : { ...common, kind: 'other', bits, thumbprint: null, attacks: [UNKNOWN_KIND], obstacles: [] };
}

const UNKNOWN_KIND = 'a trusted key of this kind is not judged here: what it wraps is as safe as it is';

/** null for what is no RSA key at all, whatever its type says. */
function readKey(session: Session, object: ObjectHandle): RsaPublicJwk | null {
  try {
    return readRsaPublicKey(session, object);
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'PUBLIC_KEY_INVALID') return null;
    throw error;
  }
}

/** Whether a trusted public key is fit for a KEK. Who holds its private part, no token can tell. */
function examineKek(session: Session, object: ObjectHandle, key: RsaPublicJwk | null): Weaknesses {
  const attacks: string[] = [];
  if (key === null) attacks.push('its modulus cannot be read, or is none');
  else {
    if (![2048, 3072, 4096].includes(rsaBits(key))) {
      attacks.push(`expected 2048, 3072 or 4096 bits, found ${rsaBits(key)}`);
    }
    if (key.e !== 'AQAB') attacks.push('its exponent is not 65537: the service makes no such key');
    const id = session.read(object, 'id');
    if (id?.length === 32 && id.toString('hex') !== thumbprintHex(thumbprintOf(key))) {
      attacks.push('its id has the form of a thumbprint, but is not its own: it may stand for another key');
    }
  }
  if (session.read(object, 'modifiable') !== false) {
    attacks.push('modifiable is not false: whoever is logged in can give it the name of another key');
  }
  return { attacks, obstacles: session.read(object, 'wrap') === true ? [] : ['wrap is not true: it cannot wrap'] };
}
