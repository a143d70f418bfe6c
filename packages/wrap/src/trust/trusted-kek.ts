import { type Kek, samePublicKey } from '@keyferry/blob';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import { readRsaPublicKey } from '../target/public-objects.js';
import { idOfKek, labelOfKek } from './kek-names.js';

/**
 * The object of the token that is this KEK, made trusted by the security officer: a public key with CKA_TRUSTED and
 * CKA_WRAP whose modulus and exponent are those of the KEK. Its name decides nothing; an object that only has the name of
 * this KEK is never used, and named in the reason.
 */
export function findTrustedKek(session: Session, kek: Kek): { object: ObjectHandle } | { why: string } {
  const trusted = session.find({ class: 'public-key', keyType: 'RSA', trusted: true });
  const same = trusted.filter((object) => {
    const key = readRsaPublicKey(session, object);
    return key !== null && samePublicKey(key, kek.key);
  });
  const usable = same.find((object) => session.read(object, 'trusted') && session.read(object, 'wrap'));
  if (usable !== undefined) return { object: usable };
  if (same.length > 0) return { why: 'its object in the token must not wrap (CKA_WRAP is false)' };
  const namesakes = trusted.filter((object) => {
    const sameId = session.read(object, 'id')?.equals(idOfKek(kek)) === true;
    return sameId || session.read(object, 'label') === labelOfKek(kek);
  });
  if (namesakes.length === 0) return { why: 'no trusted object of the token has its modulus' };
  return { why: 'a trusted object has its name, but another modulus: it is another key, and never used' };
}
