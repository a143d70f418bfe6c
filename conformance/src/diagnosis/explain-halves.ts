import { toBinary, unsigned } from '../oracle/bytes.js';
import { unwrapBlocks } from '../oracle/kwp.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';
import { explainSpelling } from './explain-base64.js';
import { type OpenedFirstHalf, openFirstHalf } from './first-half.js';
import { opensByKwp, withoutPkcs7 } from './key-forms.js';
import { explainSecondHalf } from './second-half.js';

/** A ciphertext too short for the KEK. */
export function explainLength(evidence: Evidence): DiagnosisId {
  const { ciphertext, kek } = evidence;
  const spelling = explainSpelling(evidence) ?? explainClearAesKey(ciphertext);
  if (spelling) return spelling;
  const { length } = ciphertext;
  if (length > kek.bytes) return 'halves/second-cut-short';
  if (length === kek.bytes) {
    const size = lengthOf(openFirstHalf(ciphertext, kek));
    if (size !== null) return size > 32 ? 'halves/oaep-of-the-whole' : 'halves/aes-key-alone';
    return isWrappedSize(length) ? 'halves/target-alone' : 'halves/second-cut-short';
  }
  if (isWrappedSize(length)) return 'halves/target-alone';
  return isForKek(length, kek.bytes) ? 'halves/kek-size' : 'halves/short';
}

/** A second half that is no whole number of blocks, or a first half that does not open. */
export function explainOpening(evidence: Evidence): DiagnosisId {
  const spelling = explainSpelling(evidence);
  if (spelling) return spelling;
  const { first, second, kek } = evidence;
  const opened = openFirstHalf(first, kek);
  if (!opened) return explainUnopened(evidence);
  try {
    return opened.id ?? explainSecondHalf(opened.message, second);
  } finally {
    opened.message.fill(0);
  }
}

function explainUnopened({ ciphertext, kek, first }: Evidence): DiagnosisId {
  if (lengthOf(openFirstHalf(ciphertext.subarray(-kek.bytes), kek)) !== null) return 'halves/reversed';
  const clear = explainClearAesKey(ciphertext);
  if (clear) return clear;
  for (const before of [2, 4, 8]) {
    const length = unsigned(toBinary(ciphertext.subarray(0, before)));
    const counts = length === BigInt(kek.bytes) || length === BigInt(ciphertext.length - before);
    if (counts && lengthOf(openFirstHalf(ciphertext.subarray(before, before + kek.bytes), kek)) !== null) {
      return 'halves/length-before';
    }
  }
  if (lengthOf(openFirstHalf(Uint8Array.from(first).reverse(), kek)) !== null) return 'oaep/little-endian';
  if (isForKek(ciphertext.length, kek.bytes)) return 'halves/kek-size';
  if (isWrappedSize(ciphertext.length)) return 'halves/target-alone';
  return unsigned(toBinary(first)) >= kek.n ? 'oaep/above-modulus' : 'oaep/other-kek';
}

/** What was wrapped in the place of an AES key of 256 bits. */
export function explainAesKey({ aesKey, ciphertext, second, kek }: Evidence): DiagnosisId {
  const key = aesKey ?? new Uint8Array();
  const text = Buffer.from(key).toString('latin1');
  if (key.length === 16) return 'aes-size/128';
  if (key.length === 24) return 'aes-size/192';
  if (key.length === 0) return 'aes-size/none';
  if (/^([0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})\s*$/i.test(text)) return 'aes-size/hex-text';
  if (/^([\w+/-]{22}|[\w+/-]{32}|[\w+/-]{43})=*\s*$/.test(text)) return 'aes-size/base64-text';
  if ([17, 25, 33].includes(key.length) && text.endsWith('\n')) return 'aes-size/line-feed';
  const pieces = key.length > 33 && ciphertext.length % kek.bytes === 0;
  if (pieces && lengthOf(openFirstHalf(second.subarray(0, kek.bytes), kek)) !== null) return 'halves/oaep-in-pieces';
  return 'aes-size/other';
}

/** What came out in the place of the initial value of RFC 5649. */
export function explainAiv({ aesKey, second }: Evidence): DiagnosisId {
  return explainSecondHalf(aesKey ?? new Uint8Array(32), second);
}

/** A length that does not fit. */
export function explainLengthField({ aesKey, second }: Evidence): DiagnosisId {
  const unwrapped = Buffer.from(unwrapBlocks(aesKey ?? new Uint8Array(32), second));
  try {
    const room = unwrapped.length - 8;
    const fits = (length: number) => length > room - 8 && length <= room;
    const length = unwrapped.readUInt32BE(4);
    if (fits(unwrapped.readUInt32LE(4))) return 'kwp/length-little-endian';
    if (length % 8 === 0 && fits(length / 8)) return 'kwp/length-in-bits';
    return length > room && fits(length - 8) ? 'kwp/length-with-iv' : 'kwp/length-field';
  } finally {
    unwrapped.fill(0);
  }
}

/** Padding that is not zero. */
export function explainPadding({ aesKey, second }: Evidence): DiagnosisId {
  const unwrapped = unwrapBlocks(aesKey ?? new Uint8Array(32), second);
  const id = withoutPkcs7(unwrapped, 8) ? 'kwp/pkcs7-as-padding' : 'kwp/padding';
  unwrapped.fill(0);
  return id;
}

/** An AES key that stands unwrapped before what it wraps. */
function explainClearAesKey(ciphertext: Uint8Array): DiagnosisId | null {
  const clear = [32, 24, 16].some((size) => opensByKwp(ciphertext.slice(0, size), ciphertext.subarray(size)));
  return clear ? 'halves/aes-key-in-clear' : null;
}

function lengthOf(opened: OpenedFirstHalf | null): number | null {
  opened?.message.fill(0);
  return opened?.message.length ?? null;
}

/** Lengths of targets wrapped by RFC 5649, in bytes: AES, EC without and with public key, RSA. */
const WRAPPED_SIZES: readonly (readonly [least: number, most: number])[] = [
  [24, 24],
  [32, 32],
  [40, 40],
  [72, 88],
  [96, 112],
  [144, 152],
  [192, 200],
  [248, 256],
  [1216, 1240],
  [1784, 1816],
  [2360, 2400],
];

function isWrappedSize(length: number): boolean {
  return length % 8 === 0 && WRAPPED_SIZES.some(([least, most]) => length >= least && length <= most);
}

/** Whether both halves have such a length under a KEK of another size, and not under this one. */
function isForKek(length: number, kekBytes: number): boolean {
  const others = [256, 384, 512].filter((bytes) => bytes !== kekBytes);
  return !isWrappedSize(length - kekBytes) && others.some((bytes) => isWrappedSize(length - bytes));
}
