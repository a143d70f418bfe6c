import type { Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Attributes, ObjectHandle, Session } from '@keyferry/pkcs11';
import { allOrNothing } from '../generate/all-or-nothing.js';
import { requireAsAsked } from '../generate/as-asked.js';
import { idOfKek } from './kek-names.js';
import { findTrustedKek, isKey, namesakesOf } from './trusted-kek.js';

export interface KekInToken {
  readonly object: ObjectHandle;
  /** False: it was there already. */
  readonly made: boolean;
}

/**
 * Puts a KEK into the token as a trusted wrapping key, once, and reads it back; the session is that of the security
 * officer. When anything goes wrong, nothing is left in the token.
 * Errors: KEK_NAME_TAKEN, KEK_NOT_AS_CONFIRMED, KEY_NOT_AS_ASKED, INTERRUPTED, HSM_ERROR, HSM_OBJECT_LEFT.
 */
export async function makeTrustedKek(
  session: Session,
  kek: Kek,
  label: string,
  signal: AbortSignal,
): Promise<KekInToken> {
  const found = findTrustedKek(session, kek);
  if ('object' in found) return { object: found.object, made: false };
  const namesakes = namesakesOf(session, kek, label);
  if (namesakes.length > 0) {
    throw new KeyferryError('KEK_NAME_TAKEN', {
      reason: namesakes.map(({ name, difference }) => `${name} ${difference}`).join('; '),
      values: { label, id: idOfKek(kek).toString('hex') },
    });
  }
  const name = { label, id: idOfKek(kek) };
  return allOrNothing(session, name, signal, async () => {
    const object = session.create({
      ...TRUSTED_KEK,
      ...name,
      modulus: Buffer.from(kek.key.n, 'base64url'),
      publicExponent: Buffer.from(kek.key.e, 'base64url'),
    });
    if (!isKey(session, object, kek)) {
      throw new KeyferryError('KEK_NOT_AS_CONFIRMED', {
        reason: `the token shows another modulus or exponent in "${label}" than it was given`,
      });
    }
    requireAsAsked(session, object, { ...TRUSTED_KEK, ...name });
    return { object, made: true };
  });
}

/** Where CKA_TRUSTED can be set at all, it can be set by the security officer alone, in some tokens at creation only. */
const TRUSTED_KEK: Attributes = {
  class: 'public-key',
  keyType: 'RSA',
  token: true,
  private: false,
  trusted: true,
  wrap: true,
  encrypt: false,
  verify: false,
  verifyRecover: false,
  derive: false,
  modifiable: false,
};
