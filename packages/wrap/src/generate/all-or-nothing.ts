import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import { hearSignals } from '../hear-signals.js';
import type { ObjectName } from './object-names.js';

/**
 * Runs `make`, which makes objects of the token with a name that none had before. When it throws or is interrupted,
 * whatever has come into being is destroyed again, and the error goes on.
 * Errors: those of `make`; INTERRUPTED; HSM_OBJECT_LEFT.
 */
export async function allOrNothing<T>(
  session: Session,
  name: ObjectName,
  signal: AbortSignal,
  make: () => Promise<T>,
): Promise<T> {
  const before = new Set(session.find({}));
  signal.throwIfAborted();
  try {
    const made = await make();
    await hearSignals(signal);
    return made;
  } catch (error) {
    const failures = sweep(session, before, name);
    if (failures.length === 0) throw error;
    const why = [error, ...failures].map((each) => (each instanceof KeyferryError ? each.reason : String(each)));
    throw new KeyferryError('HSM_OBJECT_LEFT', {
      reason: `an object with label "${name.label}" or id ${name.id.toString('hex')}, or with neither: ${why.join('; ')}`,
      cause: error,
    });
  }
}

/** Destroys what is new and bears the name, or none at all; gives what went wrong with that. */
function sweep(session: Session, before: ReadonlySet<ObjectHandle>, name: ObjectName): unknown[] {
  const failures: unknown[] = [];
  try {
    for (const object of session.find({})) {
      if (before.has(object) || !isOurs(session, object, name)) continue;
      try {
        session.destroy(object);
      } catch (error) {
        failures.push(error);
      }
    }
  } catch (error) {
    failures.push(error);
  }
  return failures;
}

/** SoftHSM 2.6.1 leaves an object with neither label nor id when it refuses a template; others may make some in the meantime. */
function isOurs(session: Session, object: ObjectHandle, name: ObjectName): boolean {
  const label = session.read(object, 'label');
  const id = session.read(object, 'id');
  if (id !== null) return id.equals(name.id);
  return label === null || label === name.label;
}
