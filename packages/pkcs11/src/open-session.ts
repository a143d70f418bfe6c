import { KeyferryError } from '@keyferry/errors';
import { type Attributes, attributeNumber, decodeAttribute } from './attributes.js';
import type { Cryptoki } from './cryptoki.js';
import { isRsaAesKeyWrap } from './foreign-calls.js';
import { hsmError, isHsmError } from './hsm-error.js';
import { login, loginAtPad } from './login.js';
import type { Mechanism } from './mechanism.js';
import type { KeyPair, ObjectHandle, Session, Values } from './session.js';

const ATTRIBUTE_SENSITIVE = 0x11;
const ATTRIBUTE_TYPE_INVALID = 0x12;
const KEY_NOT_WRAPPABLE = 0x69;
const OBJECT_HANDLE_INVALID = 0x82;
const SIGNATURE_INVALID = 0xc0;
const SIGNATURE_LEN_RANGE = 0xc1;

/** A session as pkcs11js gives it. `onClose` is called once, when it has ended. */
export class OpenSession implements Session {
  readonly #cryptoki: Cryptoki;
  readonly #slot: bigint;
  readonly #session: bigint;
  readonly #onClose: () => void;
  #closed = false;
  #underWay = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(cryptoki: Cryptoki, slot: bigint, session: bigint, onClose: () => void) {
    this.#cryptoki = cryptoki;
    this.#slot = slot;
    this.#session = session;
    this.#onClose = onClose;
  }

  get busy(): boolean {
    return this.#underWay > 0;
  }

  login(pin: string, user: 'user' | 'so' = 'user'): void {
    login(this.#cryptoki, this.#slot, this.#open(), pin, user);
  }

  loginAtPad(user: 'user' | 'so' = 'user'): Promise<void> {
    return this.#inTurn((session) => loginAtPad(this.#cryptoki, this.#slot, session, user));
  }

  logout(): void {
    this.#cryptoki.logout(this.#open());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.busy) this.#end();
  }

  find(template: Attributes): ObjectHandle[] {
    const session = this.#open();
    if (this.busy) throw misuse('find was called while another operation of the session was under way');
    return this.#cryptoki.find(session, template) as ObjectHandle[];
  }

  read<Name extends keyof Attributes>(object: ObjectHandle, name: Name): Required<Attributes>[Name] | null {
    const bytes = this.#bytesOf(object, [name])?.[0];
    return bytes === undefined ? null : decodeAttribute(name, bytes);
  }

  readTogether<Name extends keyof Attributes>(object: ObjectHandle, names: readonly Name[]): Values<Name> {
    const found = this.#bytesOf(object, names);
    const value = (name: Name, bytes: Buffer | undefined) =>
      bytes === undefined ? null : decodeAttribute(name, bytes);
    const values = names.map((name, at) => [name, found === null ? this.read(object, name) : value(name, found[at])]);
    return Object.fromEntries(values) as Values<Name>;
  }

  /** Null when one of them is hidden, or the object has it not. */
  #bytesOf(object: ObjectHandle, names: readonly (keyof Attributes)[]): readonly (Buffer | undefined)[] | null {
    const unreadable = [ATTRIBUTE_SENSITIVE, ATTRIBUTE_TYPE_INVALID];
    return this.#cryptoki.attributes(this.#open(), object, names.map(attributeNumber), unreadable);
  }

  write(object: ObjectHandle, template: Attributes): void {
    this.#cryptoki.setAttributes(this.#open(), object, template);
  }

  create(template: Attributes): ObjectHandle {
    return this.#cryptoki.createObject(this.#open(), template) as ObjectHandle;
  }

  copy(object: ObjectHandle, template: Attributes): ObjectHandle {
    return this.#cryptoki.copyObject(this.#open(), object, template) as ObjectHandle;
  }

  destroy(object: ObjectHandle): void {
    this.#cryptoki.destroyObject(this.#open(), object);
  }

  async generateKey(mechanism: Mechanism, template: Attributes): Promise<ObjectHandle> {
    const key = await this.#inTurn((session) => this.#cryptoki.generateKey(session, mechanism, template));
    return key as ObjectHandle;
  }

  async generateKeyPair(
    mechanism: Mechanism,
    publicTemplate: Attributes,
    privateTemplate: Attributes,
  ): Promise<KeyPair> {
    const pair = await this.#inTurn((session) =>
      this.#cryptoki.generateKeyPair(session, mechanism, publicTemplate, privateTemplate),
    );
    return pair as KeyPair;
  }

  async wrapKey(mechanism: Mechanism, wrappingKey: ObjectHandle, key: ObjectHandle): Promise<Buffer> {
    try {
      return await this.#inTurn((session) =>
        isRsaAesKeyWrap(mechanism)
          ? this.#cryptoki.foreign().then((calls) => calls.wrapKey(session, mechanism, wrappingKey, key))
          : this.#cryptoki.wrapKey(session, mechanism, wrappingKey, key),
      );
    } catch (error) {
      if (!isHsmError(error, KEY_NOT_WRAPPABLE) || this.read(key, 'wrapWithTrusted') !== false) throw error;
      throw hsmError('C_WrapKey', KEY_NOT_WRAPPABLE, error, {
        code: 'HSM_ERROR',
        note: 'the key does not ask for a trusted wrapping key',
        hint: 'this mechanism of the HSM cannot wrap a key of this kind',
      });
    }
  }

  async unwrapKey(
    mechanism: Mechanism,
    unwrappingKey: ObjectHandle,
    wrapped: Buffer,
    template: Attributes,
  ): Promise<ObjectHandle> {
    const key = await this.#inTurn((session) =>
      this.#cryptoki.unwrapKey(session, mechanism, unwrappingKey, wrapped, template),
    );
    return key as ObjectHandle;
  }

  async derive(mechanism: Mechanism, key: ObjectHandle, template: Attributes): Promise<ObjectHandle> {
    const derived = await this.#inTurn((session) => this.#cryptoki.deriveKey(session, mechanism, key, template));
    return derived as ObjectHandle;
  }

  sign(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer> {
    return this.#inTurn((session) => this.#cryptoki.sign(session, mechanism, key, data));
  }

  async verify(mechanism: Mechanism, key: ObjectHandle, data: Buffer, signature: Buffer): Promise<boolean> {
    try {
      await this.#inTurn((session) => this.#cryptoki.verify(session, mechanism, key, data, signature));
      return true;
    } catch (error) {
      if (isHsmError(error, SIGNATURE_INVALID, SIGNATURE_LEN_RANGE)) return false;
      throw error;
    }
  }

  encrypt(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer> {
    return this.#inTurn((session) => this.#cryptoki.encrypt(session, mechanism, key, data));
  }

  decrypt(mechanism: Mechanism, key: ObjectHandle, data: Buffer): Promise<Buffer> {
    return this.#inTurn((session) => this.#cryptoki.decrypt(session, mechanism, key, data));
  }

  random(bytes: number): Buffer {
    return this.#cryptoki.random(this.#open(), bytes);
  }

  async temporary<T>(work: (own: (object: ObjectHandle) => ObjectHandle) => Promise<T>): Promise<T> {
    const owned: ObjectHandle[] = [];
    const own = (object: ObjectHandle) => {
      owned.push(object);
      return object;
    };
    let result: T;
    try {
      result = await work(own);
    } catch (error) {
      this.#destroyAll(owned);
      throw error;
    }
    const failures = this.#destroyAll(owned);
    if (failures.length > 0) throw leftover(failures);
    return result;
  }

  /** Destroys the last made first; gives the reasons of those that could not be destroyed. */
  #destroyAll(objects: readonly ObjectHandle[]): unknown[] {
    const failures: unknown[] = [];
    for (const object of objects.toReversed()) {
      try {
        this.destroy(object);
      } catch (error) {
        if (!isHsmError(error, OBJECT_HANDLE_INVALID)) failures.push(error);
      }
    }
    return failures;
  }

  /** Waits for the operation that was started last, then runs this one. */
  async #inTurn<T>(operation: (session: bigint) => T | Promise<T>): Promise<T> {
    this.#open();
    const before = this.busy ? this.#last : null;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    this.#underWay += 1;
    try {
      if (before !== null) await before;
      return await operation(this.#open());
    } finally {
      this.#underWay -= 1;
      end();
      if (this.#closed && !this.busy) this.#end();
    }
  }

  #open(): bigint {
    if (this.#closed) throw misuse('the session was used after it was closed');
    return this.#session;
  }

  #end(): void {
    this.#onClose();
    this.#cryptoki.closeSession(this.#session);
  }
}

function misuse(reason: string): KeyferryError {
  return new KeyferryError('INTERNAL', { reason });
}

function leftover(failures: readonly unknown[]): KeyferryError {
  const reasons = failures.map((failure) => (failure instanceof KeyferryError ? failure.reason : String(failure)));
  return new KeyferryError('HSM_LEFTOVER', {
    reason: `${failures.length} temporary ${failures.length === 1 ? 'object' : 'objects'} left: ${reasons.join('; ')}`,
    values: { count: failures.length },
    cause: failures[0],
  });
}
