import { randomBytes } from 'node:crypto';
import { wholeFile } from '../../../test/support/folder.js';
import { makeToken, SOFTHSM_MODULE, useToken } from '../../../test/support/softhsm.js';
import { initializeToken, loadModule, type ObjectHandle, type Session, type Token } from '../src/index.js';

useToken(await makeToken(wholeFile));

/** SoftHSM2 with the token folder of this test file. */
export const softhsm = loadModule(SOFTHSM_MODULE);

export interface OwnToken {
  readonly token: Token;
  readonly label: string;
  readonly pin: string;
  readonly soPin: string;
}

/** A token that no other test touches. */
export function ownToken(label = `own-${randomBytes(6).toString('hex')}`): OwnToken {
  const pin = randomBytes(6).toString('hex');
  const soPin = randomBytes(6).toString('hex');
  return { token: initializeToken(softhsm, { label, soPin, pin }), label, pin, soPin };
}

/** A writable session with a token of its own, logged in. */
export function ownSession(): Session {
  const { token, pin } = ownToken();
  const session = token.openSession({ writable: true });
  session.login(pin);
  return session;
}

/** The handles of all objects that can be seen. */
export function objectsOf(session: Session): ReadonlySet<ObjectHandle> {
  return new Set(session.find({}));
}
