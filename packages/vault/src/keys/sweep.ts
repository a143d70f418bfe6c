import { isHsmError, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import type { KeyRecord } from './record.js';

export interface Inventory {
  /** The keys that records name, by CKA_ID in hex. */
  readonly handles: Map<string, ObjectHandle>;
  /** How many objects no record named: they were made by a process that was killed before it could commit them. */
  readonly unnamed: number;
  /** How many of such objects the token would not destroy. They are in nobody's way. */
  readonly stuck: number;
  /** Records whose key the token does not have. */
  readonly lost: readonly KeyRecord[];
}

/** Takes stock of the token once, and destroys what no record names. */
export function takeStock(session: Session, records: Iterable<KeyRecord>): Inventory {
  const missing = new Map([...records].map((record) => [record.objectId, record]));
  const handles = new Map<string, ObjectHandle>();
  let unnamed = 0;
  let stuck = 0;
  for (const object of session.find({})) {
    const id = idOf(session, object);
    if (missing.delete(id)) {
      handles.set(id, object);
    } else if (destroys(session, object)) {
      unnamed += 1;
    } else {
      stuck += 1;
    }
  }
  return { handles, unnamed, stuck, lost: [...missing.values()] };
}

/**
 * Finds the keys of these ids again when the token was opened anew. One that it has lost goes out: its handle may be another
 * object's by now. After an error all is as it was, and this may be tried again.
 */
export function findAgain(session: Session, handles: Map<string, ObjectHandle>): void {
  const found = new Map(session.find({ token: true }).map((object) => [idOf(session, object), object]));
  for (const id of [...handles.keys()]) {
    const object = found.get(id);
    if (object === undefined) handles.delete(id);
    else handles.set(id, object);
  }
}

/** A half-written object may have no readable id. */
function idOf(session: Session, object: ObjectHandle): string {
  try {
    return session.read(object, 'id')?.toString('hex') ?? '';
  } catch (error) {
    if (isHsmError(error)) return '';
    throw error;
  }
}

/** A start must not fail for what nobody needs. */
function destroys(session: Session, object: ObjectHandle): boolean {
  try {
    session.destroy(object);
    return true;
  } catch (error) {
    if (isHsmError(error)) return false;
    throw error;
  }
}
