import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session, Token } from '@keyferry/pkcs11';

/** What a case has of the module: a token for tests, and a session in which its user is logged in. */
export interface Hsm {
  readonly token: Token;
  /** Writable. What a case makes in it is destroyed when the case ends. */
  readonly session: Session;
  /** Hands an object over: it is destroyed when the case ends. */
  own(object: ObjectHandle): ObjectHandle;
  /**
   * Runs `work` in a session of the security officer; the user is logged in again afterwards. Null without its PIN.
   * No session object of the user and no handle outlives it.
   */
  readonly asOfficer: (<T>(work: (session: Session) => Promise<T>) => Promise<T>) | null;
  /** The same in a session in which nobody is logged in. */
  asNobody<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** 32 bits for what a case chooses at random. */
  readonly seed: number;
}

/** What a call came to: it was done, or refused with a return value (CKR_*). */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly number: number; readonly returned: string };

/** Runs a call that the module may refuse. All that is no return value of a PKCS#11 call is thrown. */
export async function attempt<T>(call: () => Promise<T> | T): Promise<Attempt<T>> {
  try {
    return { done: true, value: await call() };
  } catch (error) {
    if (!(error instanceof KeyferryError) || typeof error.values.number !== 'number') throw error;
    return { done: false, number: error.values.number, returned: String(error.values.ckr ?? error.reason) };
  }
}
