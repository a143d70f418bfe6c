import { KeyferryError } from '@keyferry/errors';
import type { Attributes, ObjectHandle, Pkcs11Uri, Session } from '@keyferry/pkcs11';
import { findTarget } from '../target/target.js';

/** What is wrong with a trusted AES key. */
export interface Weaknesses {
  /** Ways to the keys that it wraps, for somebody who must not have them. */
  readonly attacks: readonly string[];
  /** Why it cannot be used; nobody can do harm with that. */
  readonly obstacles: readonly string[];
}

type Rule = readonly [name: keyof Attributes, wanted: boolean, otherwise: string];

const USABLE: readonly Rule[] = [
  ['trusted', true, 'keys that ask for trusted wrapping keys cannot be wrapped under it'],
  ['wrap', true, 'it cannot wrap'],
  ['extractable', true, 'it cannot be wrapped under the KEK'],
];

const SAFE: readonly Rule[] = [
  ['sensitive', true, 'it can be read in plaintext'],
  ['alwaysSensitive', true, 'it could once be read in plaintext'],
  ['local', true, 'it was not generated in this token: whoever brought it can open what it wraps'],
  ['modifiable', false, 'whoever is logged in can let it decrypt'],
  ['copyable', false, 'whoever is logged in can make a copy that decrypts'],
  ['decrypt', false, 'whoever is logged in can decrypt with it what it wrapped'],
  ['unwrap', false, 'whoever is logged in can unwrap with it, to a key that can be read'],
  ['encrypt', false, 'it has a use besides wrapping'],
  ['derive', false, 'it has a use besides wrapping'],
  ['sign', false, 'it has a use besides wrapping'],
  ['verify', false, 'it has a use besides wrapping'],
];

const AES_BYTES = 32;

/** Holds a trusted AES key against what it must be; what the token does not say counts as wrong. Only reads. */
export function examineWrappingKey(session: Session, object: ObjectHandle): Weaknesses {
  const breaks = ([name, wanted]: Rule) => (session.read(object, name) ?? !wanted) !== wanted;
  const sentence = ([name, wanted, otherwise]: Rule) => `${name} is not ${wanted}: ${otherwise}`;
  const obstacles = USABLE.filter(breaks).map(sentence);
  const bytes = session.read(object, 'valueLen');
  if (bytes !== AES_BYTES) obstacles.push(`expected 256 bits, found ${(bytes ?? 0) * 8}`);
  const takeable = session.read(object, 'extractable') !== false;
  const rules = takeable ? [wrapWithTrusted(session, object), ...SAFE] : SAFE;
  return { attacks: rules.filter(breaks).map(sentence), obstacles };
}

function wrapWithTrusted(session: Session, object: ObjectHandle): Rule {
  const who =
    session.read(object, 'private') === true
      ? 'whoever is logged in can take it out under a key of his own'
      : 'anybody can take it out under an RSA key of his own, without a login';
  return ['wrapWithTrusted', true, who];
}

/** All that is wrong with a trusted AES key, in sentences; empty when it is as it must be. */
export function weaknessesOf(session: Session, object: ObjectHandle): string[] {
  const { attacks, obstacles } = examineWrappingKey(session, object);
  return [...attacks, ...obstacles];
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
