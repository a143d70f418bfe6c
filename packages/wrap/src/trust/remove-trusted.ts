import { KeyferryError } from '@keyferry/errors';
import type { Session } from '@keyferry/pkcs11';
import { describeObject } from '../generate/object-names.js';
import { type TrustedKey, trustedKeys } from './trusted-keys.js';

/** At least one of them. */
export interface TrustedName {
  readonly label?: string | undefined;
  readonly id?: Buffer | undefined;
}

/** Before anything is asked. Errors: USAGE. */
export function requireName({ label, id }: TrustedName): void {
  if (label !== undefined || id !== undefined) return;
  throw new KeyferryError('USAGE', { reason: 'expected --label or --id of the trusted key, found neither' });
}

/**
 * Destroys the one trusted key that bears the name, and sees that it is gone. Objects that are not trusted are never
 * touched. Errors: KEY_NOT_FOUND, KEY_AMBIGUOUS, HSM_ERROR, HSM_OBJECT_LEFT.
 */
export function removeTrusted(session: Session, name: TrustedName): TrustedKey {
  const [only, ...others] = matching(session, name);
  if (only === undefined) throw notFound(session, name);
  if (others.length > 0) {
    const list = [only, ...others].map(({ object }) => describeObject(session, object));
    throw new KeyferryError('KEY_AMBIGUOUS', {
      reason: `${list.length} trusted keys match: ${list.join('; ')}`,
      hint: name.id === undefined ? 'name it by --id' : 'name it by --label as well',
    });
  }
  session.destroy(only.object);
  if (matching(session, name).length > 0) {
    throw new KeyferryError('HSM_OBJECT_LEFT', {
      reason: `the token said that "${only.label}" with id ${only.id} was destroyed, and still has it`,
    });
  }
  return only;
}

function matching(session: Session, { label, id }: TrustedName): TrustedKey[] {
  return trustedKeys(session).filter(
    (key) => (label === undefined || key.label === label) && (id === undefined || key.id === id.toString('hex')),
  );
}

function notFound(session: Session, { label, id }: TrustedName): KeyferryError {
  const wanted = [label !== undefined && `label "${label}"`, id && `id ${id.toString('hex')}`].filter(Boolean);
  const untrusted = session.find({ ...(label === undefined ? {} : { label }), ...(id === undefined ? {} : { id }) });
  const others = untrusted.map((object) => describeObject(session, object));
  return new KeyferryError('KEY_NOT_FOUND', {
    reason: `no trusted key has ${wanted.join(' and ')}${others.length > 0 ? `; not trusted, and not touched: ${others.join('; ')}` : ''}`,
    hint: 'see which keys are trusted: keyferry-wrap trust list',
  });
}
