import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { ckrName } from './ckr.js';

/** What to do about return values that have one usual reason. The others get the hint of the table of errors. */
const HINTS: Readonly<Record<number, string>> = {
  5: 'the HSM names no reason; look into its log',
  16: 'the HSM does not let this attribute be set; an attribute that protects a key can only be set when it is made',
  17: 'the HSM keeps this value inside, as it should',
  27: 'the object was made with CKA_DESTROYABLE, CKA_COPYABLE or CKA_MODIFIABLE false',
  48: 'look into the log of the HSM',
  49: 'the HSM is out of memory; remove objects that are no longer needed',
  50: 'the token was removed; put it back and begin again',
  98: 'the HSM does not take keys of this size',
  104: 'the key was made without the permission for this use (CKA_WRAP, CKA_UNWRAP, CKA_SIGN, ...)',
  113: 'the HSM does not support these parameters of the mechanism, for example the hash of OAEP',
  163: 'the PIN has expired; set a new one with the tools of the HSM',
  181: 'the session is read-only; objects of the token need a writable one',
  208: 'the HSM wants more attributes for such a key',
  209: 'the HSM forbids this combination of attributes',
  226: 'the token is write-protected',
  257: 'log in first',
  258: 'the token has no user PIN yet; its security officer sets one',
  272: 'the wrapped key was made for another key, or changed on the way',
  274: 'the wrapped key has a length that the mechanism cannot produce',
  320: 'the HSM does not know this curve',
  400: 'the module was closed',
};

/** Return values that are an error of ours by another name, whatever the call. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  112: 'MECHANISM_MISSING',
  164: 'PIN_LOCKED',
  177: 'HSM_BUSY_ELSEWHERE',
  182: 'HSM_BUSY_ELSEWHERE',
  183: 'HSM_BUSY_ELSEWHERE',
  184: 'HSM_BUSY_ELSEWHERE',
  224: 'TOKEN_NOT_FOUND',
  260: 'HSM_BUSY_ELSEWHERE',
};

const CODES_OF_CALL: Readonly<Record<string, Readonly<Record<number, ErrorCode>>>> = {
  C_Login: { 160: 'PIN_INCORRECT', 161: 'PIN_INCORRECT', 162: 'PIN_INCORRECT' },
  C_WrapKey: { 105: 'KEY_NEEDS_TRUSTED_KEK', 106: 'KEY_NOT_EXTRACTABLE' },
};

/** What a place that knows more than the number can say about it. */
export interface HsmErrorContext {
  readonly code?: ErrorCode;
  readonly note?: string;
  readonly hint?: string;
  readonly values?: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * The KeyferryError for a PKCS#11 return value: its code, `values` {call, ckr, number}, and a reason like
 * `C_WrapKey returned CKR_KEY_NOT_WRAPPABLE (0x00000069)`.
 */
export function hsmError(call: string, number: number, cause: unknown, context: HsmErrorContext = {}): KeyferryError {
  const ckr = ckrName(number);
  const code = context.code ?? CODES_OF_CALL[call]?.[number] ?? CODES[number] ?? 'HSM_ERROR';
  const hint = context.hint ?? (code === 'HSM_ERROR' ? HINTS[number] : undefined);
  const returned = `${call} returned ${ckr ?? 'a value outside the standard'} (${hex32(number)})`;
  return new KeyferryError(code, {
    reason: context.note === undefined ? returned : `${returned}; ${context.note}`,
    ...(hint === undefined ? {} : { hint }),
    values: { call, ckr, number, ...context.values },
    cause,
  });
}

/** Whether an error comes from a PKCS#11 return value; with numbers, from one of these. */
export function isHsmError(error: unknown, ...numbers: number[]): boolean {
  if (!(error instanceof KeyferryError)) return false;
  const { call, number } = error.values;
  if (typeof call !== 'string' || typeof number !== 'number') return false;
  return numbers.length === 0 || numbers.includes(number);
}

export function hex32(number: number): string {
  return `0x${number.toString(16).padStart(8, '0')}`;
}
