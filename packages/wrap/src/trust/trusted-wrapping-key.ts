import { KeyferryError } from '@keyferry/errors';
import type { Attributes, ObjectHandle, Pkcs11Uri, Session } from '@keyferry/pkcs11';
import { findTarget } from '../target/target.js';

/** What the AES key of the security officer must be, and what it would allow if it were not. */
const PROTECTION: readonly (readonly [keyof Attributes, boolean, opens: string])[] = [
  ['trusted', true, 'keys that ask for trusted wrapping keys cannot be wrapped under it'],
  ['wrap', true, 'it cannot wrap'],
  ['sensitive', true, 'it can be read in plaintext'],
  ['extractable', true, 'it cannot be wrapped under the KEK'],
  ['wrapWithTrusted', true, 'anybody can take it out under an RSA key of his own, without a login'],
  ['modifiable', false, 'whoever is logged in can let it decrypt'],
  ['copyable', false, 'whoever is logged in can make a copy that decrypts'],
  ['decrypt', false, 'whoever is logged in can decrypt with it what it wrapped'],
  ['unwrap', false, 'whoever is logged in can unwrap with it, to a key that can be read'],
  ['encrypt', false, 'it has a use besides wrapping'],
  ['derive', false, 'it has a use besides wrapping'],
  ['sign', false, 'it has a use besides wrapping'],
  ['verify', false, 'it has a use besides wrapping'],
];

const NUMBER_OF_BYTES = 32;

/** What is wrong with a trusted AES key, as `CKA_...`-like sentences; empty when it is as it must be. */
export function weaknessesOf(session: Session, object: ObjectHandle): string[] {
  const wrong = PROTECTION.filter(([name, wanted]) => (session.read(object, name) ?? !wanted) !== wanted);
  const weaknesses = wrong.map(([name, wanted, opens]) => `${name} is not ${wanted}: ${opens}`);
  const bytes = session.read(object, 'valueLen');
  return bytes === NUMBER_OF_BYTES ? weaknesses : [...weaknesses, `expected 256 bits, found ${(bytes ?? 0) * 8}`];
}

/**
 * The AES key that the security officer made for wrapping keys with CKA_WRAP_WITH_TRUSTED.
 * Errors: URI_INVALID, KEY_NOT_FOUND, KEY_AMBIGUOUS, KEY_UNSUPPORTED, WRAPPING_KEY_UNSAFE.
 */
export function findTrustedWrappingKey(session: Session, uri: Pkcs11Uri): { object: ObjectHandle } {
  const { object } = findTarget(session, { ...uri, type: 'secret-key' });
  const keyType = session.read(object, 'keyType');
  if (keyType !== 'AES') {
    throw new KeyferryError('KEY_UNSUPPORTED', { reason: `expected an AES key as wrapping key, found ${keyType}` });
  }
  const weaknesses = weaknessesOf(session, object);
  if (weaknesses.length === 0) return { object };
  throw new KeyferryError('WRAPPING_KEY_UNSAFE', { reason: weaknesses.join('; ') });
}
