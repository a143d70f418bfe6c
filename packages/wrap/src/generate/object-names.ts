import { randomBytes } from 'node:crypto';
import { printable } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';

/** What an object of a token is found by. */
export interface ObjectName {
  readonly label: string;
  /** CKA_ID. */
  readonly id: Buffer;
}

const ID_BYTES = 16;
const LONGEST_ID_BYTES = 64;

/** A CKA_ID that no other object has. */
export function newId(): Buffer {
  return randomBytes(ID_BYTES);
}

/** CKA_ID as it is typed; for `coerce` of an option. Errors: USAGE. */
export function idFromHex(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  if (/^([0-9a-f]{2})+$/i.test(text) && text.length <= 2 * LONGEST_ID_BYTES) return Buffer.from(text, 'hex');
  throw new KeyferryError('USAGE', {
    reason: `expected --id as hex digits of 1 to ${LONGEST_ID_BYTES} bytes, such as a1b2, found ${text}`,
  });
}

/** CKA_LABEL as it is typed; for `coerce` of an option. Errors: USAGE. */
export function labelText(text: string | undefined): string | undefined {
  if (text === undefined || (text.trim() !== '' && printable(text) === text)) return text;
  throw new KeyferryError('USAGE', {
    reason: 'expected a label of printable characters, found another or an empty one',
  });
}

/** All objects of the token that have the label or the id, as far as this login sees them. */
export function objectsNamed(session: Session, { label, id }: ObjectName): ObjectHandle[] {
  return [...new Set([...session.find({ label }), ...session.find({ id })])];
}

/** For people: `private-key "payroll" with id a1b2`. */
export function describeObject(session: Session, object: ObjectHandle): string {
  const id = session.read(object, 'id')?.toString('hex') ?? '(none)';
  return `${session.read(object, 'class')} "${session.read(object, 'label') ?? ''}" with id ${id}`;
}

/** Errors: LABEL_EXISTS. */
export function requireNewName(session: Session, name: ObjectName): void {
  const found = objectsNamed(session, name);
  if (found.length === 0) return;
  const list = found.map((object) => describeObject(session, object)).join('; ');
  throw new KeyferryError('LABEL_EXISTS', {
    reason: `expected no object with label "${name.label}" or id ${name.id.toString('hex')}, found ${list}`,
  });
}
