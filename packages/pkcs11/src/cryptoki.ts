import { KeyferryError } from '@keyferry/errors';
import pkcs11js from 'pkcs11js';
import { type Attributes, encodeTemplate } from './attributes.js';
import { clearErrorQueue } from './error-queue.js';
import { ForeignCalls } from './foreign-calls.js';
import { hsmError } from './hsm-error.js';
import type { Mechanism } from './mechanism.js';
import { nativeMechanism } from './native-mechanism.js';
import { copyOf, LARGEST_OUTPUT, OutputBuffers } from './output.js';
import { decodeUlong, encodeUlong } from './ulong.js';

const CKF_OS_LOCKING_OK = 0x2;
const CKF_RW_SESSION = 0x2;
const CKF_SERIAL_SESSION = 0x4;

const NOT_INITIALIZED = 0x190;
const ALREADY_INITIALIZED = 0x191;
const ALREADY_LOGGED_IN = 0x100;
const MECHANISM_INVALID = 0x70;
const OBJECTS_PER_FIND = 512;

/**
 * The C_ functions of one PKCS#11 library. The only place that knows pkcs11js, and all its quirks:
 * handles and slot ids are 8-byte Buffers there and bigint here; texts are padded with blanks; some calls throw plain
 * errors `CKR_NAME:number`; every return value but CKR_OK becomes a KeyferryError.
 *
 * What needs a private key runs on another thread. What a software token does in less time than it takes to change
 * threads (wrapping, symmetric key generation, operations with public keys) runs at once.
 */
export class Cryptoki {
  readonly #library: pkcs11js.PKCS11;
  readonly #path: string;
  readonly #outputs = new OutputBuffers();
  #foreign: Promise<ForeignCalls> | null = null;
  #objectsMade = 0;

  constructor(library: pkcs11js.PKCS11, path: string) {
    this.#library = library;
    this.#path = path;
  }

  /** Loads a library; throws what the system loader says. */
  static load(path: string): Cryptoki {
    const library = new pkcs11js.PKCS11();
    library.load(path);
    keepForever.add(library);
    return new Cryptoki(library, path);
  }

  /** The calls of this library that do not go through pkcs11js. What they need is loaded at the first use. */
  foreign(): Promise<ForeignCalls> {
    this.#foreign ??= ForeignCalls.of(this.#path);
    return this.#foreign;
  }

  /** Whether this call was the one that initialised the library: only then may it be finalised here. */
  initialize(parameters: string | undefined): boolean {
    return (
      this.#call('C_Initialize', [ALREADY_INITIALIZED], () => {
        this.#library.C_Initialize({
          flags: CKF_OS_LOCKING_OK,
          // pkcs11js cuts off the last byte.
          ...(parameters === undefined ? {} : { libraryParameters: `${parameters} ` }),
        });
        return true;
      }) ?? false
    );
  }

  /** Fine when it is not initialised: an initialisation that failed leaves it so. */
  finalize(): void {
    this.#call('C_Finalize', [NOT_INITIALIZED], () => this.#library.C_Finalize());
    this.#objectsMade = 0;
  }

  /** How many objects were made, or were begun to be made, since the library was initialised. */
  get objectsMade(): number {
    return this.#objectsMade;
  }

  info(): pkcs11js.ModuleInfo {
    const info = this.#call('C_GetInfo', [], () => this.#library.C_GetInfo());
    return { ...info, manufacturerID: unpad(info.manufacturerID), libraryDescription: unpad(info.libraryDescription) };
  }

  slotsWithToken(): bigint[] {
    return this.#call('C_GetSlotList', [], () => this.#library.C_GetSlotList(true)).map(decodeUlong);
  }

  slotInfo(slot: bigint): pkcs11js.SlotInfo {
    const info = this.#call('C_GetSlotInfo', [], () => this.#library.C_GetSlotInfo(encodeUlong(slot)));
    return { ...info, slotDescription: unpad(info.slotDescription), manufacturerID: unpad(info.manufacturerID) };
  }

  tokenInfo(slot: bigint): pkcs11js.TokenInfo {
    const info = this.#call('C_GetTokenInfo', [], () => this.#library.C_GetTokenInfo(encodeUlong(slot)));
    return {
      ...info,
      label: unpad(info.label),
      manufacturerID: unpad(info.manufacturerID),
      model: unpad(info.model),
      serialNumber: unpad(info.serialNumber),
    };
  }

  mechanisms(slot: bigint): number[] {
    return this.#call('C_GetMechanismList', [], () => this.#library.C_GetMechanismList(encodeUlong(slot)));
  }

  /** null when the token does not offer the mechanism. */
  mechanismInfo(slot: bigint, type: number): pkcs11js.MechanismInfo | null {
    return this.#call('C_GetMechanismInfo', [MECHANISM_INVALID], () =>
      this.#library.C_GetMechanismInfo(encodeUlong(slot), type),
    );
  }

  /** The label must have at most 32 bytes. */
  initToken(slot: bigint, soPin: string, label: string): void {
    // C_InitToken reads 32 bytes, whatever it is given.
    const padded = label + ' '.repeat(32 - Buffer.byteLength(label));
    this.#call('C_InitToken', [], () => this.#library.C_InitToken(encodeUlong(slot), soPin, padded));
  }

  initPin(session: bigint, pin: string): void {
    this.#call('C_InitPIN', [], () => this.#library.C_InitPIN(encodeUlong(session), pin));
  }

  openSession(slot: bigint, writable: boolean): bigint {
    const flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
    return decodeUlong(this.#call('C_OpenSession', [], () => this.#library.C_OpenSession(encodeUlong(slot), flags)));
  }

  closeSession(session: bigint): void {
    this.#call('C_CloseSession', [], () => this.#library.C_CloseSession(encodeUlong(session)));
  }

  /** pkcs11js cannot pass NULL, which would leave the asking to the token; an empty PIN may count as a wrong one. */
  login(session: bigint, userType: number, pin: string): void {
    this.#call('C_Login', [ALREADY_LOGGED_IN], () => this.#library.C_Login(encodeUlong(session), userType, pin));
  }

  logout(session: bigint): void {
    this.#call('C_Logout', [], () => this.#library.C_Logout(encodeUlong(session)));
  }

  find(session: bigint, template: Attributes): bigint[] {
    const handle = encodeUlong(session);
    const found: bigint[] = [];
    this.#call('C_FindObjectsInit', [], () => this.#library.C_FindObjectsInit(handle, encodeTemplate(template)));
    try {
      for (;;) {
        const some = this.#call('C_FindObjects', [], () => this.#library.C_FindObjects(handle, OBJECTS_PER_FIND));
        if (some.length === 0) return found;
        found.push(...some.map(decodeUlong));
      }
    } finally {
      this.#call('C_FindObjectsFinal', [], () => this.#library.C_FindObjectsFinal(handle));
    }
  }

  /** The bytes of attributes, in this order: pkcs11js fails if one is unreadable. `unreadable` values give null. */
  attributes(
    session: bigint,
    object: bigint,
    numbers: readonly number[],
    unreadable: readonly number[],
  ): (Buffer | undefined)[] | null {
    const template = numbers.map((type) => ({ type }));
    const result = this.#call('C_GetAttributeValue', unreadable, () =>
      this.#library.C_GetAttributeValue(encodeUlong(session), encodeUlong(object), template),
    );
    return result?.map(({ value }) => value) ?? null;
  }

  setAttributes(session: bigint, object: bigint, template: Attributes): void {
    this.#call('C_SetAttributeValue', [], () =>
      this.#library.C_SetAttributeValue(encodeUlong(session), encodeUlong(object), encodeTemplate(template)),
    );
  }

  createObject(session: bigint, template: Attributes): bigint {
    this.#objectsMade += 1;
    return decodeUlong(
      this.#call('C_CreateObject', [], () =>
        this.#library.C_CreateObject(encodeUlong(session), encodeTemplate(template)),
      ),
    );
  }

  copyObject(session: bigint, object: bigint, template: Attributes): bigint {
    this.#objectsMade += 1;
    return decodeUlong(
      this.#call('C_CopyObject', [], () =>
        this.#library.C_CopyObject(encodeUlong(session), encodeUlong(object), encodeTemplate(template)),
      ),
    );
  }

  destroyObject(session: bigint, object: bigint): void {
    this.#call('C_DestroyObject', [], () => this.#library.C_DestroyObject(encodeUlong(session), encodeUlong(object)));
  }

  random(session: bigint, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    return this.#call('C_GenerateRandom', [], () => this.#library.C_GenerateRandom(encodeUlong(session), buffer));
  }

  generateKey(session: bigint, mechanism: Mechanism, template: Attributes): bigint {
    this.#objectsMade += 1;
    const native = nativeMechanism(mechanism);
    const key = this.#call('C_GenerateKey', [], () =>
      this.#library.C_GenerateKey(encodeUlong(session), native, encodeTemplate(template)),
    );
    return decodeUlong(key);
  }

  async generateKeyPair(
    session: bigint,
    mechanism: Mechanism,
    publicTemplate: Attributes,
    privateTemplate: Attributes,
  ): Promise<{ publicKey: bigint; privateKey: bigint }> {
    this.#objectsMade += 2;
    const native = nativeMechanism(mechanism);
    const pair = await this.#callAsync('C_GenerateKeyPair', [native], () =>
      this.#library.C_GenerateKeyPairAsync(
        encodeUlong(session),
        native,
        encodeTemplate(publicTemplate),
        encodeTemplate(privateTemplate),
      ),
    );
    return { publicKey: decodeUlong(pair.publicKey), privateKey: decodeUlong(pair.privateKey) };
  }

  wrapKey(session: bigint, mechanism: Mechanism, wrappingKey: bigint, key: bigint): Buffer {
    const native = nativeMechanism(mechanism);
    return this.#output('C_WrapKey', LARGEST_OUTPUT, (output) =>
      this.#library.C_WrapKey(encodeUlong(session), native, encodeUlong(wrappingKey), encodeUlong(key), output),
    );
  }

  /** Runs on another thread. */
  async unwrapKey(
    session: bigint,
    mechanism: Mechanism,
    unwrappingKey: bigint,
    wrapped: Buffer,
    template: Attributes,
  ): Promise<bigint> {
    this.#objectsMade += 1;
    const calls = await this.foreign();
    return calls.unwrapKey(session, mechanism, unwrappingKey, wrapped, template);
  }

  /** Runs on another thread. */
  async deriveKey(session: bigint, mechanism: Mechanism, key: bigint, template: Attributes): Promise<bigint> {
    this.#objectsMade += 1;
    const calls = await this.foreign();
    return calls.deriveKey(session, mechanism, key, template);
  }

  encrypt(session: bigint, mechanism: Mechanism, key: bigint, data: Buffer): Buffer {
    const handle = encodeUlong(session);
    this.#init('C_EncryptInit', handle, mechanism, key);
    const largest = data.length + LARGEST_OUTPUT;
    return this.#output('C_Encrypt', largest, (output) => this.#library.C_Encrypt(handle, data, output));
  }

  /** Throws CKR_SIGNATURE_INVALID and CKR_SIGNATURE_LEN_RANGE like any other return value. */
  verify(session: bigint, mechanism: Mechanism, key: bigint, data: Buffer, signature: Buffer): void {
    const handle = encodeUlong(session);
    this.#init('C_VerifyInit', handle, mechanism, key);
    this.#call('C_Verify', [], () => this.#library.C_Verify(handle, data, signature));
  }

  async sign(session: bigint, mechanism: Mechanism, key: bigint, data: Buffer): Promise<Buffer> {
    const handle = encodeUlong(session);
    this.#init('C_SignInit', handle, mechanism, key);
    return await this.#outputAsync('C_Sign', LARGEST_OUTPUT, data, (output) =>
      this.#library.C_SignAsync(handle, data, output),
    );
  }

  async decrypt(session: bigint, mechanism: Mechanism, key: bigint, data: Buffer): Promise<Buffer> {
    const handle = encodeUlong(session);
    this.#init('C_DecryptInit', handle, mechanism, key);
    return await this.#outputAsync('C_Decrypt', data.length + LARGEST_OUTPUT, data, (output) =>
      this.#library.C_DecryptAsync(handle, data, output),
    );
  }

  #init(
    name: 'C_EncryptInit' | 'C_DecryptInit' | 'C_SignInit' | 'C_VerifyInit',
    session: Buffer,
    mechanism: Mechanism,
    key: bigint,
  ): void {
    this.#call(name, [], () => this.#library[name](session, nativeMechanism(mechanism), encodeUlong(key)));
  }

  /** pkcs11js never asks for the length of an output: it gets a large buffer, of which the result is a view. */
  #output(name: string, largest: number, work: (output: Buffer) => Buffer): Buffer {
    const output = this.#outputs.lend(largest);
    try {
      return copyOf(this.#call(name, [], () => work(output)));
    } finally {
      this.#outputs.takeBack(output);
    }
  }

  async #outputAsync(
    name: string,
    largest: number,
    data: Buffer,
    work: (output: Buffer) => Promise<Buffer>,
  ): Promise<Buffer> {
    const output = this.#outputs.lend(largest);
    try {
      return copyOf(await this.#callAsync(name, [data, output], () => work(output)));
    } finally {
      this.#outputs.takeBack(output);
    }
  }

  #call<T>(name: string, expected: readonly [], work: () => T): T;
  #call<T>(name: string, expected: readonly number[], work: () => T): T | null;
  #call<T>(name: string, expected: readonly number[], work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      clearErrorQueue();
      if (expected.includes(returnValue(error))) return null;
      throw failure(name, error);
    }
  }

  /** `used` is what the other thread reads and writes: pkcs11js does not protect it from the garbage collector. */
  async #callAsync<T>(name: string, used: readonly unknown[], work: () => Promise<T>): Promise<T> {
    inUse.add(used);
    try {
      return await work();
    } catch (error) {
      clearErrorQueue();
      throw failure(name, error);
    } finally {
      inUse.delete(used);
    }
  }
}

/** pkcs11js unloads a library when its object is collected, whoever else uses it. */
const keepForever = new Set<pkcs11js.PKCS11>();
const inUse = new Set<readonly unknown[]>();

/** The CKR number of an error of pkcs11js; -1 for any other error. */
function returnValue(error: unknown): number {
  const match = error instanceof Error ? /\bCKR_\w+:(\d+)/.exec(error.message) : null;
  if (match) return Number(match[1]);
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' && code > 0 ? code : -1;
}

function failure(name: string, error: unknown): unknown {
  if (error instanceof KeyferryError) return error;
  const number = returnValue(error);
  return number < 0 ? error : hsmError(name, number, error);
}

function unpad(text: string): string {
  return text.replace(/[ \0]+$/, '');
}
