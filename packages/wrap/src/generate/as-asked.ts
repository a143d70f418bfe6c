import { KeyferryError } from '@keyferry/errors';
import type { Attributes, ObjectHandle, Session } from '@keyferry/pkcs11';

/** What an object may do unless its maker forbids it (PKCS #11 v3.1 section 4.4, table 13). */
const TRUE_UNLESS_SAID: readonly (keyof Attributes)[] = ['modifiable', 'copyable', 'destroyable'];

/**
 * Reads every attribute of a new object back. One that the token does not show counts as its default: false, or true
 * for those that are so unless said otherwise. Errors: KEY_NOT_AS_ASKED, which names every difference.
 */
export function requireAsAsked(session: Session, object: ObjectHandle, asked: Attributes): void {
  const differences = (Object.keys(asked) as (keyof Attributes)[]).flatMap((name) => {
    const wanted = asked[name];
    if (wanted === undefined) return [];
    const shown = session.read(object, name);
    const found = shown ?? (typeof wanted === 'boolean' ? TRUE_UNLESS_SAID.includes(name) : null);
    return written(found) === written(wanted)
      ? []
      : [`${ckaName(name)}: asked for ${written(wanted)}, found ${written(shown)}`];
  });
  if (differences.length > 0) refuseAsMade(asked, differences);
}

/** Errors: KEY_NOT_AS_ASKED. */
export function refuseAsMade({ class: objectClass, label }: Attributes, differences: readonly string[]): never {
  throw new KeyferryError('KEY_NOT_AS_ASKED', {
    reason: `${objectClass} "${label ?? ''}": ${differences.join('; ')}`,
  });
}

/** `wrapWithTrusted` -> `CKA_WRAP_WITH_TRUSTED`. */
function ckaName(name: keyof Attributes): string {
  return `CKA_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function written(value: Attributes[keyof Attributes] | null): string {
  if (value === null || value === undefined) return 'nothing';
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
}
