import { KeyferryError } from '@keyferry/errors';
import type { TypeObject } from 'koffi';
import { type Attributes, encodeTemplate } from './attributes.js';
import { clearErrorQueue } from './error-queue.js';
import { hsmError } from './hsm-error.js';
import type { EcdhParameter, Mechanism, OaepParameter, RsaAesKeyWrapParameter } from './mechanism.js';
import { copyOf, LARGEST_OUTPUT } from './output.js';
import { decodeUlong, encodeUlong, ULONG_BYTES } from './ulong.js';

const CKR_OK = 0;
const CKR_USER_ALREADY_LOGGED_IN = 0x100;
const CKZ_DATA_SPECIFIED = 1;
const CKD_NULL = 1;
/** CK_RSA_PKCS_OAEP_PARAMS: five members of the length of a pointer. */
const OAEP_BYTES = 5 * ULONG_BYTES;
/** CK_ECDH1_DERIVE_PARAMS likewise. */
const ECDH_BYTES = 5 * ULONG_BYTES;

/** Places of functions in CK_FUNCTION_LIST, counted from C_Initialize (pkcs11f.h of PKCS#11 2.40). */
const PLACE = { C_Login: 18, C_WrapKey: 60, C_UnwrapKey: 61, C_DeriveKey: 62 } as const;

/** Bytes of stack for a call on another thread; koffi would give 128 KiB, which is little for the library of a vendor. */
const STACK_BYTES = 2 * 1024 * 1024;

export type RsaAesKeyWrap = Mechanism & { readonly parameter: RsaAesKeyWrapParameter };

/** Whether a mechanism has the parameters that only `ForeignCalls` can pass. */
export function isRsaAesKeyWrap(mechanism: Mechanism): mechanism is RsaAesKeyWrap {
  const { parameter } = mechanism;
  return parameter !== undefined && !Buffer.isBuffer(parameter) && parameter.kind === 'rsa-aes-key-wrap';
}

/**
 * The calls that pkcs11js cannot express, parameters with pointers inside and a PIN that is NULL; and C_UnwrapKey and
 * C_DeriveKey, of which pkcs11js 2.1.7 keeps mechanism and template for ever when they run on another thread (about 400 bytes a
 * call). The only place that knows koffi, which calls any function of a C library. It loads the same library into the same
 * process, so sessions and objects made through pkcs11js are valid here.
 */
export class ForeignCalls {
  readonly #functions: Functions;

  private constructor(functions: Functions) {
    this.#functions = functions;
  }

  /** The calls of a library that pkcs11js has loaded already. */
  static async of(path: string): Promise<ForeignCalls> {
    return new ForeignCalls(await findFunctions(path));
  }

  wrapKey(session: bigint, mechanism: RsaAesKeyWrap, wrappingKey: bigint, key: bigint): Buffer {
    const output = Buffer.alloc(LARGEST_OUTPUT);
    const length = encodeUlong(output.length);
    try {
      const native = nativeRsaAesKeyWrap(mechanism);
      const result = this.#functions.wrapKey(session, native, wrappingKey, key, output, length);
      check('C_WrapKey', result);
      return copyOf(output.subarray(0, Number(decodeUlong(length))));
    } finally {
      output.fill(0);
    }
  }

  /** Runs on another thread. */
  async unwrapKey(
    session: bigint,
    mechanism: Mechanism,
    unwrappingKey: bigint,
    wrapped: Buffer,
    template: Attributes,
  ): Promise<bigint> {
    const attributes = nativeTemplate(template);
    const key = Buffer.alloc(ULONG_BYTES);
    const [unwrap, native] = this.#unwrapping(mechanism);
    const used = [native, wrapped, attributes, key];
    const result = await onOtherThread(used, (done) =>
      unwrap.async(session, native, unwrappingKey, wrapped, wrapped.length, attributes, attributes.length, key, done),
    );
    check('C_UnwrapKey', result);
    return decodeUlong(key);
  }

  /** C_UnwrapKey as it takes these parameters, and CK_MECHANISM with them. */
  #unwrapping(mechanism: Mechanism): [Function, object] {
    const { type, parameter } = mechanism;
    const { unwrapKeyByRsaAes, unwrapKeyByOaep, unwrapKeyByBytes } = this.#functions;
    if (isRsaAesKeyWrap(mechanism)) return [unwrapKeyByRsaAes, nativeRsaAesKeyWrap(mechanism)];
    if (parameter === undefined || Buffer.isBuffer(parameter)) return [unwrapKeyByBytes, nativeBytes(type, parameter)];
    if (parameter.kind === 'oaep') {
      return [unwrapKeyByOaep, { mechanism: type, pParameter: nativeOaep(parameter), ulParameterLen: OAEP_BYTES }];
    }
    throw new KeyferryError('INTERNAL', { reason: `no key is unwrapped by ${parameter.kind}` });
  }

  /** Runs on another thread. */
  async deriveKey(session: bigint, mechanism: Mechanism, baseKey: bigint, template: Attributes): Promise<bigint> {
    const attributes = nativeTemplate(template);
    const key = Buffer.alloc(ULONG_BYTES);
    const [derive, native] = this.#deriving(mechanism);
    const used = [native, attributes, key];
    const result = await onOtherThread(used, (done) =>
      derive.async(session, native, baseKey, attributes, attributes.length, key, done),
    );
    check('C_DeriveKey', result);
    return decodeUlong(key);
  }

  /** C_DeriveKey as it takes these parameters, and CK_MECHANISM with them. */
  #deriving({ type, parameter }: Mechanism): [Function, object] {
    const { deriveKeyByEcdh, deriveKeyByBytes } = this.#functions;
    if (parameter === undefined || Buffer.isBuffer(parameter)) return [deriveKeyByBytes, nativeBytes(type, parameter)];
    if (parameter.kind === 'ecdh') {
      return [deriveKeyByEcdh, { mechanism: type, pParameter: nativeEcdh(parameter), ulParameterLen: ECDH_BYTES }];
    }
    throw new KeyferryError('INTERNAL', { reason: `no key is derived by ${parameter.kind}` });
  }

  /** C_Login with a PIN of NULL: the token asks for it itself. Runs on another thread. */
  async loginAtPad(session: bigint, userType: number): Promise<void> {
    const result = await onOtherThread([], (done) => this.#functions.login.async(session, userType, null, 0, done));
    check('C_Login', result, CKR_USER_ALREADY_LOGGED_IN);
  }
}

type Result = number | bigint;
type Done = (error: unknown, result: Result) => void;
interface Function {
  (...args: unknown[]): Result;
  async(...args: [...unknown[], Done]): void;
}
/** C_UnwrapKey and C_DeriveKey stand here once for each kind of parameters. */
type Functions = Readonly<
  Record<
    | 'login'
    | 'wrapKey'
    | 'unwrapKeyByRsaAes'
    | 'unwrapKeyByOaep'
    | 'unwrapKeyByBytes'
    | 'deriveKeyByEcdh'
    | 'deriveKeyByBytes',
    Function
  >
>;

/** A library must export C_GetFunctionList and nothing else, so the functions are taken from its list. */
async function findFunctions(path: string): Promise<Functions> {
  koffiOnce ??= importKoffi();
  const koffi = await koffiOnce;
  // Lazy, as pkcs11js loads it: another way could want symbols that the first did not.
  const library = koffi.load(path, { lazy: true });
  const list = Buffer.alloc(ULONG_BYTES);
  check('C_GetFunctionList', library.func('C_GetFunctionList', 'ulong', ['void *'])(list));

  const oaep = koffi.struct({
    hashAlg: 'ulong',
    mgf: 'ulong',
    source: 'ulong',
    pSourceData: 'void *',
    ulSourceDataLen: 'ulong',
  });
  const ecdh = koffi.struct({
    kdf: 'ulong',
    ulSharedDataLen: 'ulong',
    pSharedData: 'void *',
    ulPublicDataLen: 'ulong',
    pPublicData: 'void *',
  });
  const rsaAesKeyWrap = koffi.struct({ ulAESKeyBits: 'ulong', pOAEPParams: koffi.pointer(oaep) });
  const mechanismWith = (pParameter: string | TypeObject) =>
    koffi.pointer(koffi.struct({ mechanism: 'ulong', pParameter, ulParameterLen: 'ulong' }));
  const composite = mechanismWith(koffi.pointer(rsaAesKeyWrap));
  const attributes = koffi.pointer(koffi.struct({ type: 'ulong', pValue: 'void *', ulValueLen: 'ulong' }));
  const find = (name: keyof typeof PLACE, parameters: (string | TypeObject)[]) => {
    // CK_VERSION, padded to the length of a pointer, stands before the functions.
    const address = koffi.decode(decodeUlong(list), (1 + PLACE[name]) * ULONG_BYTES, 'void *');
    return koffi.decode(address, koffi.proto('ulong', parameters)) as Function;
  };
  const unwrapKeyBy = (mechanism: TypeObject) =>
    find('C_UnwrapKey', ['ulong', mechanism, 'ulong', 'void *', 'ulong', attributes, 'ulong', 'void *']);
  const deriveKeyBy = (mechanism: TypeObject) =>
    find('C_DeriveKey', ['ulong', mechanism, 'ulong', attributes, 'ulong', 'void *']);
  return {
    login: find('C_Login', ['ulong', 'ulong', 'void *', 'ulong']),
    wrapKey: find('C_WrapKey', ['ulong', composite, 'ulong', 'ulong', 'void *', 'void *']),
    unwrapKeyByRsaAes: unwrapKeyBy(composite),
    unwrapKeyByOaep: unwrapKeyBy(mechanismWith(koffi.pointer(oaep))),
    unwrapKeyByBytes: unwrapKeyBy(mechanismWith('void *')),
    deriveKeyByEcdh: deriveKeyBy(mechanismWith(koffi.pointer(ecdh))),
    deriveKeyByBytes: deriveKeyBy(mechanismWith('void *')),
  };
}

let koffiOnce: ReturnType<typeof importKoffi> | null = null;

/** koffi can be told the size of its stacks before it loads its first library only. */
async function importKoffi() {
  const { default: koffi } = await import('koffi');
  koffi.config({ async_stack_size: STACK_BYTES });
  return koffi;
}

/**
 * Where a CK_BBOOL of each value stands in the memory of this process, for as long as it lives: what the attributes of a
 * template within a template point to.
 */
export async function addressesOfBooleans(): Promise<{ readonly yes: bigint; readonly no: bigint }> {
  koffiOnce ??= importKoffi();
  const koffi = await koffiOnce;
  const place = (value: number): bigint => {
    const address: bigint = koffi.alloc('uint8', 1);
    koffi.encode(address, 'uint8', value);
    return address;
  };
  booleans ??= { yes: place(1), no: place(0) };
  return booleans;
}

let booleans: { readonly yes: bigint; readonly no: bigint } | null = null;

/** CK_MECHANISM with CK_RSA_AES_KEY_WRAP_PARAMS (PKCS#11 3.1). The label of OAEP is empty. */
function nativeRsaAesKeyWrap({ type, parameter: { aesBits, hash, mgf } }: RsaAesKeyWrap) {
  const pParameter = { ulAESKeyBits: aesBits, pOAEPParams: nativeOaep({ hash, mgf }) };
  return { mechanism: type, pParameter, ulParameterLen: 2 * ULONG_BYTES };
}

/** CK_RSA_PKCS_OAEP_PARAMS. */
function nativeOaep({ hash, mgf, label }: Omit<OaepParameter, 'kind'>) {
  const source = { source: CKZ_DATA_SPECIFIED, pSourceData: label ?? null, ulSourceDataLen: label?.length ?? 0 };
  return { hashAlg: hash, mgf, ...source };
}

/** CK_ECDH1_DERIVE_PARAMS. */
function nativeEcdh({ publicData }: EcdhParameter) {
  const noShared = { ulSharedDataLen: 0, pSharedData: null };
  return { kdf: CKD_NULL, ...noShared, ulPublicDataLen: publicData.length, pPublicData: publicData };
}

/** CK_MECHANISM with bytes that are passed as they are, or with none. */
function nativeBytes(mechanism: number, bytes: Buffer | undefined) {
  return { mechanism, pParameter: bytes ?? null, ulParameterLen: bytes?.length ?? 0 };
}

/** CK_ATTRIBUTE for each attribute. */
function nativeTemplate(template: Attributes) {
  return encodeTemplate(template).map(({ type, value }) => {
    const pValue = Buffer.isBuffer(value) ? value : Buffer.of(value ? 1 : 0);
    return { type, pValue, ulValueLen: pValue.length };
  });
}

/** `used` is what the other thread reads and writes: it must outlive the call. */
async function onOtherThread(used: unknown, start: (done: Done) => void): Promise<Result> {
  const kept = { used };
  inUse.add(kept);
  try {
    return await new Promise<Result>((resolve, reject) => {
      start((error, result) => (error ? reject(error) : resolve(result)));
    });
  } finally {
    inUse.delete(kept);
  }
}

const inUse = new Set<unknown>();

function check(call: string, result: Result, ...fine: readonly number[]): void {
  const number = Number(result);
  if (number === CKR_OK) return;
  clearErrorQueue();
  if (!fine.includes(number)) throw hsmError(call, number, undefined);
}
