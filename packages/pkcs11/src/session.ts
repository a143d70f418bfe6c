import type { Attributes } from './attributes.js';
import type { Mechanism } from './mechanism.js';

/** An object in a token, for as long as the session lives (CK_OBJECT_HANDLE). Equal handles are the same object. */
export type ObjectHandle = bigint & { readonly __brand: 'ObjectHandle' };

export interface KeyPair {
  readonly publicKey: ObjectHandle;
  readonly privateKey: ObjectHandle;
}

/** What a token says of some attributes; null as `read` has it. */
export type Values<Name extends keyof Attributes> = { [Each in Name]: Required<Attributes>[Each] | null };

/**
 * A session with a token. It serves one flow of work: operations that are started together run one after the other, and
 * `find` in the middle of another operation is refused with INTERNAL. Flows that run side by side open a session each;
 * they share the login and see the same objects.
 *
 * What needs a private key runs on another thread. The other operations run at once, in the thread of the caller, since
 * a software token takes less time for them than it takes to change threads.
 *
 * SoftHSM 2.6.1 may leave a half-made object behind when it refuses a template. Among session objects it vanishes with
 * the session, among those of the token it stays: so make an object in the session first, and `copy` it to the token.
 *
 * Whatever the HSM refuses is a KeyferryError with `values` {call, ckr, number}: HSM_ERROR unless a line here says more.
 */
export interface Session {
  /**
   * Logs the whole process in to the token. Throws PIN_INCORRECT and PIN_LOCKED with what the token shows about its PIN.
   * Being logged in already is fine.
   */
  login(pin: string, user?: 'user' | 'so'): void;
  /**
   * Leaves the asking to the token's own PIN pad (C_Login with a null PIN). Runs on another thread: it lasts as long as the
   * person takes. Errors as `login`.
   */
  loginAtPad(user?: 'user' | 'so'): Promise<void>;
  logout(): void;
  /** Ends the session and with it all session objects. Waits for an operation that is under way. May be called again. */
  close(): void;

  /** All objects that have these attributes, in the token's order. */
  find(template: Attributes): ObjectHandle[];
  /** One attribute; null when the token has no such attribute, hides it or does not say, and when it is empty. */
  read<Name extends keyof Attributes>(object: ObjectHandle, name: Name): Required<Attributes>[Name] | null;
  /**
   * Some attributes, each as `read` has it: by one call of the token, which may be far away; one by one where it has not, or
   * hides, one of them.
   */
  readTogether<Name extends keyof Attributes>(object: ObjectHandle, names: readonly Name[]): Values<Name>;
  write(object: ObjectHandle, template: Attributes): void;
  create(template: Attributes): ObjectHandle;
  copy(object: ObjectHandle, template: Attributes): ObjectHandle;
  destroy(object: ObjectHandle): void;

  generateKey(mechanism: Mechanism, template: Attributes): Promise<ObjectHandle>;
  generateKeyPair(mechanism: Mechanism, publicTemplate: Attributes, privateTemplate: Attributes): Promise<KeyPair>;
  /** Throws KEY_NOT_EXTRACTABLE, KEY_NEEDS_TRUSTED_KEK, MECHANISM_MISSING. */
  wrapKey(mechanism: Mechanism, wrappingKey: ObjectHandle, key: ObjectHandle): Promise<Buffer>;
  unwrapKey(
    mechanism: Mechanism,
    unwrappingKey: ObjectHandle,
    wrapped: Buffer,
    template: Attributes,
  ): Promise<ObjectHandle>;
  derive(mechanism: Mechanism, key: ObjectHandle, template: Attributes): Promise<ObjectHandle>;
  sign(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer>;
  /** False for a signature that does not fit; everything else that goes wrong is thrown. */
  verify(mechanism: Mechanism, key: ObjectHandle, data: Buffer, signature: Buffer): Promise<boolean>;
  encrypt(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer>;
  /** The caller fills the result with zeros when done. */
  decrypt(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer>;
  /** So many bytes from the token's random number generator. */
  random(bytes: number): Buffer;

  /**
   * Runs `work`. Every object that it hands to `own` is destroyed afterwards, on success and on failure, the last made
   * first. A failure to destroy is HSM_LEFTOVER, unless another error is on its way already.
   */
  temporary<T>(work: (own: (object: ObjectHandle) => ObjectHandle) => Promise<T>): Promise<T>;
}
