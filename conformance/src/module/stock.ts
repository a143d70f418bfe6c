import { createHash } from 'node:crypto';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';

/** The label of what the suite makes in the token itself: session objects need none. */
export const SUITE_LABEL = 'KEYFERRY-TEST suite';

/** Destroys what the suite left in the token, also in a run that was killed, and tells each other object by a SHA-256. */
export function takeStock(session: Session): string[] {
  for (const object of session.find({ token: true, label: SUITE_LABEL })) session.destroy(object);
  return session
    .find({ token: true })
    .map((object) => digestOf(session, object))
    .sort();
}

function digestOf(session: Session, object: ObjectHandle): string {
  const told = (
    [
      ...['class', 'keyType', 'label', 'id', 'private', 'modifiable', 'sensitive', 'extractable', 'wrapWithTrusted'],
      ...['trusted', 'wrap', 'unwrap', 'encrypt', 'decrypt', 'sign', 'verify', 'derive', 'modulus', 'ecPoint'],
    ] as const
  ).map((name) => {
    const value = session.read(object, name);
    return Buffer.isBuffer(value) ? value.toString('hex') : value;
  });
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}
