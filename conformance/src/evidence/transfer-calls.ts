import { createHash } from 'node:crypto';
import { RSA_AES_KEY_WRAP, type SpyCall } from './spy-call.js';
import type { TokenHistory } from './token-history.js';
import type { TokenObject } from './token-objects.js';

/** The given KEK, and what a tool made for it. */
export interface JudgedTransfers {
  /** Big-endian. */
  readonly kek: { readonly modulus: Uint8Array; readonly exponent: Uint8Array };
  /** Of the blobs, all of one target key; empty where the tool refused. */
  readonly ciphertexts: readonly Uint8Array[];
}

/** The calls behind a ciphertext, found by the bytes that C_WrapKey gave. */
export interface TransferCalls {
  /** One call of CKM_RSA_AES_KEY_WRAP made the whole: its AES key never was an object. */
  readonly single: boolean;
  /** The call that gave the wrapped target key. */
  readonly inner: SpyCall | null;
  /** The call that gave the wrapped AES key. */
  readonly outer: SpyCall | null;
  readonly target: TokenObject | null;
  readonly aes: TokenObject | null;
  readonly kek: TokenObject | null;
}

export function findTransfer(
  history: TokenHistory,
  calls: readonly SpyCall[],
  ciphertext: Uint8Array,
  kekBytes: number,
): TransferCalls {
  const made = (bytes: Uint8Array) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return calls.findLast(({ name, wrapped }) => name === 'C_WrapKey' && wrapped?.sha256 === sha256) ?? null;
  };
  const object = (call: SpyCall | null, parameter: string) =>
    call === null ? null : history.objectOf(call, parameter);
  const whole = made(ciphertext);
  if (whole !== null && RSA_AES_KEY_WRAP.includes(whole.mechanism?.type ?? '')) {
    const target = object(whole, 'hKey');
    return { single: true, inner: whole, outer: whole, target, aes: null, kek: object(whole, 'hWrappingKey') };
  }
  const outer = made(ciphertext.subarray(0, kekBytes));
  const inner = made(ciphertext.subarray(kekBytes));
  return {
    single: false,
    inner,
    outer,
    target: object(inner, 'hKey'),
    aes: object(inner, 'hWrappingKey') ?? object(outer, 'hKey'),
    kek: object(outer, 'hWrappingKey'),
  };
}
