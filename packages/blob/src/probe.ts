import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { splitCiphertext } from './ciphertext.js';
import type { Curve } from './curves.js';
import { derElement } from './der.js';
import { type PublicJwk, samePublicKey } from './jwk.js';
import { unwrapKwp } from './kwp.js';
import { decryptOaep } from './oaep.js';
import { refuseWith } from './refuse.js';
import { readTargetKey, type TargetType } from './target-key.js';

/** A throwaway key that an HSM wrapped under a throwaway KEK, as the HSM describes it. */
export interface ProbedKey {
  readonly type: TargetType;
  readonly bits: number;
  readonly crv: Curve | null;
  /** null for oct, and where the HSM has none. */
  readonly publicKey: PublicJwk | null;
}

/** What the mechanisms of an HSM really emit. */
export type ProbeVerdict =
  | {
      readonly fault: null;
      /** `rfc5649-zero-tail`: RFC 5649 around the encoded key and 1 to 7 zeros behind it, as SoftHSM 2.6.1 does. */
      readonly flavour: 'rfc5649' | 'rfc5649-zero-tail';
      /** Whether a tail of zeros would have shown: not if the encoded key had a multiple of 8 bytes by itself. */
      readonly decisive: boolean;
    }
  | { readonly fault: ProbeFault; readonly found: string };

export type ProbeFault =
  | 'oaep'
  | 'aes-size'
  | 'pkcs7-rfc3394'
  | 'zeros-rfc3394'
  | 'rfc3394'
  | 'wrap'
  | 'encoding'
  | 'key';

/**
 * Opens what an HSM made of a throwaway key and judges RSA-OAEP, the size of the AES key, the wrap and the encoding at
 * once. All that comes to light is wiped. Source: RFC 8017 section 7.1, RFC 5649, RFC 3394, RFC 5208.
 */
export function judgeProbe(kekPrivate: KeyObject, ciphertext: Uint8Array, key: ProbedKey): ProbeVerdict {
  const kekBytes = (kekPrivate.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const halves = orReason(() => splitCiphertext(ciphertext, kekBytes));
  if (typeof halves === 'string') return { fault: 'wrap', found: halves };
  const { wrappedAesKey, wrappedTargetKey } = halves;
  const aesKey = orNull(() => decryptOaep(kekPrivate, wrappedAesKey, refuseWith('BLOB_UNWRAP_FAILED')));
  if (aesKey === null) return { fault: 'oaep', found: otherPadding(kekPrivate, wrappedAesKey) };
  try {
    if (aesKey.length !== 32) return { fault: 'aes-size', found: `an AES key of ${aesKey.length * 8} bits` };
    const plaintext = orNull(() => unwrapKwp(aesKey, wrappedTargetKey, refuseWith('BLOB_UNWRAP_FAILED')));
    if (plaintext === null) return otherWrap(aesKey, wrappedTargetKey, key);
    try {
      return judgePlaintext(plaintext, key);
    } finally {
      plaintext.fill(0);
    }
  } finally {
    aesKey.fill(0);
  }
}

function judgePlaintext(plaintext: Buffer, key: ProbedKey): ProbeVerdict {
  const bytes = key.type === 'oct' ? key.bits / 8 : plaintext.length;
  if (plaintext.length !== bytes) return { fault: 'encoding', found: `${plaintext.length} bytes for an AES key` };
  const read = orReason(() => readTargetKey(plaintext, key.type));
  if (typeof read === 'string') return { fault: 'encoding', found: read };
  const { trailingBytes, trailingZero, bits, crv, publicKey } = read;
  if (
    bits !== key.bits ||
    crv !== key.crv ||
    (key.publicKey && publicKey && !samePublicKey(publicKey, key.publicKey))
  ) {
    return { fault: 'key', found: 'another key than the one that was wrapped' };
  }
  if (trailingBytes > 7 || !trailingZero) {
    return { fault: 'encoding', found: `${trailingBytes} bytes behind the encoded key` };
  }
  return {
    fault: null,
    flavour: trailingBytes > 0 ? 'rfc5649-zero-tail' : 'rfc5649',
    decisive: key.type === 'oct' || trailingBytes > 0 || plaintext.length % 8 !== 0,
  };
}

/** Names the usual substitutes: AES key wrap without RFC 5649, over a key padded in some other way. */
function otherWrap(aesKey: Buffer, wrapped: Buffer, key: ProbedKey): ProbeVerdict {
  const plaintext = orNull(() => unwrapRfc3394(aesKey, wrapped));
  if (plaintext === null) return { fault: 'wrap', found: 'neither RFC 5649 nor RFC 3394' };
  try {
    const keyBytes = encodedLength(plaintext, key);
    const tail = plaintext.subarray(keyBytes);
    if (tail.length === 0) return { fault: 'rfc3394', found: 'RFC 3394 without padding' };
    if (tail.every((byte) => byte === tail.length)) {
      return { fault: 'pkcs7-rfc3394', found: 'PKCS#7 padding and RFC 3394 in place of RFC 5649' };
    }
    if (tail.every((byte) => byte === 0)) {
      return { fault: 'zeros-rfc3394', found: 'zeros as padding and RFC 3394 in place of RFC 5649' };
    }
    return { fault: 'wrap', found: 'RFC 3394 over something with an unknown padding' };
  } finally {
    plaintext.fill(0);
  }
}

function encodedLength(plaintext: Buffer, key: ProbedKey): number {
  if (key.type === 'oct') return key.bits / 8;
  const element = derElement(plaintext, 0);
  return typeof element === 'string' ? plaintext.length : element.end;
}

/** RFC 3394 section 2.2.2 with its default initial value. */
function unwrapRfc3394(aesKey: Buffer, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv(`id-aes${aesKey.length * 8}-wrap`, aesKey, Buffer.alloc(8, 0xa6));
  const plaintext = decipher.update(wrapped);
  decipher.final();
  return plaintext;
}

function otherPadding(key: KeyObject, wrapped: Buffer): string {
  for (const oaepHash of ['sha256', 'sha384', 'sha512']) {
    const opened = orNull(() => privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, wrapped));
    opened?.fill(0);
    if (opened !== null) return `RSA-OAEP with SHA-${oaepHash.slice(3)} in place of SHA-1`;
  }
  return 'something that is no RSA-OAEP with SHA-1';
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

function orReason<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof KeyferryError) return error.reason;
    throw error;
  }
}
