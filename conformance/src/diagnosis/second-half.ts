import { cbc, ecb, gcm } from '@noble/ciphers/aes.js';
import { parseDer } from '../oracle/der.js';
import type { TestKek } from '../oracle/index.js';
import { unwrapBlocks } from '../oracle/kwp.js';
import { judgeOaep } from '../oracle/oaep.js';
import { createReport } from '../oracle/report.js';
import type { DiagnosisId } from './diagnoses.js';
import { isBlocks } from './evidence.js';
import { beginsWithPkcs8, opensByKwp, withoutPkcs7 } from './key-forms.js';

/** Whether the bytes are both halves, as they should be. */
export function opensStraight(bytes: Uint8Array, kek: TestKek): boolean {
  if (bytes.length < kek.bytes + 16) return false;
  const aesKey = judgeOaep(bytes.subarray(0, kek.bytes), kek, createReport());
  return aesKey !== null && opensByKwp(aesKey, bytes.subarray(kek.bytes));
}

/** Names how the second half was made, if not by RFC 5649 under the AES key. */
export function explainSecondHalf(aesKey: Uint8Array, second: Uint8Array): DiagnosisId {
  const id = explainPosition(aesKey, second) ?? explainKeyWrap(aesKey, second) ?? explainCipher(aesKey, second) ?? null;
  return id ?? (second.length % 8 === 0 ? 'kwp/other-aes-key' : 'halves/cut');
}

/** RFC 5649 with something before or after it, or under a key that was changed. */
function explainPosition(aesKey: Uint8Array, second: Uint8Array): DiagnosisId | null {
  for (const before of [1, 2, 4, 8]) {
    if (opensByKwp(aesKey, second.subarray(before))) return 'halves/length-between';
  }
  const whole = second.length - (second.length % 8);
  if (whole < second.length && opensByKwp(aesKey, second.subarray(0, whole))) return 'halves/bytes-after';
  const used = second.findLastIndex((byte) => byte !== 0) + 1;
  const ends = [used + ((8 - (used % 8)) % 8), ...[1, 2, 3, 4, 5, 6, 7, 8].map((blocks) => whole - 8 * blocks)];
  if (ends.some((end) => end < whole && opensByKwp(aesKey, second.subarray(0, Math.max(0, end))))) {
    return 'halves/blocks-after';
  }
  if (opensByKwp(Uint8Array.from(aesKey).reverse(), second)) return 'kwp/aes-key-reversed';
  return aesKey.length > 16 && opensByKwp(aesKey.slice(0, 16), second) ? 'kwp/aes-key-cut' : null;
}

const RFC_3394 = Buffer.alloc(8, 0xa6);

/** The function W of RFC 3394 with another initial value than that of RFC 5649. */
function explainKeyWrap(aesKey: Uint8Array, second: Uint8Array): DiagnosisId | null {
  if (!isBlocks(second)) return null;
  const unwrapped = unwrapBlocks(aesKey, second);
  try {
    const [iv, rest] = [unwrapped.subarray(0, 8), unwrapped.subarray(8)];
    if (RFC_3394.equals(iv)) return explainRfc3394(rest);
    if (iv.every((byte) => byte === 0)) return 'kwp/zero-iv';
    return beginsWithPkcs8(rest) ? 'kwp/other-iv' : null;
  } finally {
    unwrapped.fill(0);
  }
}

function explainRfc3394(bytes: Uint8Array): DiagnosisId {
  const tail = beginsWithPkcs8(bytes) ? parseDer(bytes)?.rest : undefined;
  if (tail?.length === 0) return 'kwp/rfc3394';
  if (tail?.every((byte) => byte === 0)) return 'kwp/rfc3394-zero-padding';
  const plain = withoutPkcs7(bytes, 8);
  return plain && (tail || isAesSize(plain)) ? 'kwp/rfc3394-pkcs7' : 'kwp/rfc3394';
}

/** Another mode of AES, or none. */
function explainCipher(aesKey: Uint8Array, second: Uint8Array): DiagnosisId | null {
  if (beginsWithPkcs8(second)) return 'kwp/not-wrapped';
  const zero = new Uint8Array(16);
  if (opensByGcm(aesKey, second.subarray(0, 12), second.subarray(12))) return 'kwp/aes-gcm';
  if (opensByGcm(aesKey, zero.slice(0, 12), second)) return 'kwp/aes-gcm';
  if (second.length % 16 !== 0 || second.length < 16) return null;
  const bytes = Uint8Array.from(second);
  const chained = cbc(aesKey, zero, { disablePadding: true }).decrypt(bytes);
  const single = ecb(aesKey, { disablePadding: true }).decrypt(bytes);
  try {
    // The first block of a message longer than a block is the same by CBC under zeros and by ECB: the end decides.
    if (isPaddedKey(chained)) return 'kwp/aes-cbc';
    if (isPaddedKey(single)) return 'kwp/aes-ecb';
    return isPaddedKey(chained.subarray(16)) ? 'kwp/aes-cbc-iv-first' : null;
  } finally {
    chained.fill(0);
    single.fill(0);
  }
}

/** A key with nothing after it, or with PKCS#7 padding or zeros. */
function isPaddedKey(bytes: Uint8Array): boolean {
  const plain = withoutPkcs7(bytes, 16);
  if (plain && isAesSize(plain)) return true;
  const tail = beginsWithPkcs8(bytes) ? parseDer(bytes)?.rest : undefined;
  return tail !== undefined && tail.length <= 16 && tail.every((byte) => byte === tail[0]);
}

function isAesSize(bytes: Uint8Array): boolean {
  return [16, 24, 32].includes(bytes.length);
}

/** The tag of 16 bytes proves it. */
function opensByGcm(aesKey: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): boolean {
  if (nonce.length < 12 || bytes.length <= 16) return false;
  try {
    gcm(aesKey, Uint8Array.from(nonce)).decrypt(Uint8Array.from(bytes)).fill(0);
    return true;
  } catch {
    return false;
  }
}
