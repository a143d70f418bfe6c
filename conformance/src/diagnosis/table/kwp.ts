import type { DiagnosisTable } from './diagnosis.js';

const MEND =
  'wrap by RFC 5649 (AES-KWP): CKM_AES_KEY_WRAP_KWP, id-aes256-wrap-pad, or the number that the module has for it; ' +
  'try it with a throwaway key first';

/** How the target can be wrapped in other ways than by RFC 5649. */
export const KWP = {
  'kwp/rfc3394': {
    check: 'blob/kwp/aiv',
    title: 'the target is wrapped by RFC 3394, without padding',
    cause: 'CKM_AES_KEY_WRAP (0x2109), "AESWrap" or id-aes256-wrap was used',
    mend: MEND,
  },
  'kwp/rfc3394-zero-padding': {
    check: 'blob/kwp/aiv',
    title: 'the target is filled up with zeros and wrapped by RFC 3394',
    cause: 'CKM_AES_KEY_WRAP of a module that fills up by itself',
    mend: MEND,
    seen: 'CKM_AES_KEY_WRAP (0x2109) of SoftHSM 2.6.1',
  },
  'kwp/rfc3394-pkcs7': {
    check: 'blob/kwp/aiv',
    title: 'the target has PKCS#7 padding and is wrapped by RFC 3394',
    cause: 'CKM_AES_KEY_WRAP_PAD (0x210A) means this in some modules, and RFC 5649 in others',
    mend: MEND,
    seen: 'CKM_AES_KEY_WRAP_PAD (0x210A) of NSS 3.87',
  },
  'kwp/zero-iv': {
    check: 'blob/kwp/aiv',
    title: 'the target is wrapped by RFC 3394 with an initial value of zeros',
    cause: 'the parameter of the mechanism was given as 8 zero bytes',
    mend: 'give no initial value: RFC 5649 has its own',
  },
  'kwp/other-iv': {
    check: 'blob/kwp/aiv',
    title: 'the target is wrapped with another initial value',
    cause: 'the parameter of the mechanism was set',
    mend: 'give no initial value: RFC 5649 has its own',
  },
  'kwp/aes-cbc': {
    check: 'blob/kwp/aiv',
    title: 'the target is encrypted by AES-CBC',
    cause: 'CKM_AES_CBC_PAD wraps keys as well, and is there where AES key wrap is not',
    mend: MEND,
  },
  'kwp/aes-cbc-iv-first': {
    check: 'blob/kwp/aiv',
    title: 'the target is encrypted by AES-CBC, with its initial value before it',
    cause: 'CKM_AES_CBC_PAD wraps keys as well, and is there where AES key wrap is not',
    mend: MEND,
  },
  'kwp/aes-ecb': {
    check: 'blob/kwp/aiv',
    title: 'the target is encrypted by AES-ECB',
    cause: 'the default of a library was used, such as "AES" of Java',
    mend: MEND,
  },
  'kwp/aes-gcm': {
    check: 'blob/length/wrapped-target',
    title: 'the target is encrypted by AES-GCM',
    cause: 'the cipher that the platform recommends was used in place of the one that is specified',
    mend: MEND,
  },
  'kwp/not-wrapped': {
    check: 'blob/length/wrapped-target',
    title: 'the target stands in the blob without any encryption: whoever has this blob has the target',
    cause: 'the step of the AES key wrap was left out',
    mend: 'destroy the blob, take the target as known to others, and wrap by RFC 5649',
  },
  'kwp/aes-key-reversed': {
    check: 'blob/kwp/aiv',
    title: 'the target is wrapped under the AES key in reversed order of its bytes',
    cause: 'one of the two steps took the AES key for a little-endian number',
    mend: 'give both steps the same bytes',
  },
  'kwp/aes-key-cut': {
    check: 'blob/kwp/aiv',
    title: 'the target is wrapped under the first half of the AES key',
    cause: 'the second step made AES-128 of a key of 256 bits',
    mend: 'give both steps the same 32 bytes',
  },
  'kwp/other-aes-key': {
    check: 'blob/kwp/aiv',
    title: 'the wrapped target does not open under the AES key of this blob in any way that is known',
    cause:
      'the halves come from two different runs, the second one was damaged, or it is encrypted in a way of its own',
    mend: 'wrap once more, both halves in one run, and compare size and SHA-256 after each copy',
  },
  'kwp/length-little-endian': {
    check: 'blob/kwp/length-field',
    title: 'the length field of RFC 5649 is little endian',
    cause: 'an own implementation wrote it in the order of the processor',
    mend: 'write the length as 32 bits, big endian',
  },
  'kwp/length-in-bits': {
    check: 'blob/kwp/length-field',
    title: 'the length field of RFC 5649 counts bits',
    cause: 'an own implementation: the RFC counts bytes',
    mend: 'write the length in bytes',
  },
  'kwp/length-with-iv': {
    check: 'blob/kwp/length-field',
    title: 'the length field of RFC 5649 counts the 8 bytes of the initial value too',
    cause: 'an own implementation counted what it had wrapped',
    mend: 'write the length of the target alone',
  },
  'kwp/length-field': {
    check: 'blob/kwp/length-field',
    title: 'the length field of RFC 5649 does not fit the blocks',
    cause: 'an own implementation of RFC 5649',
    mend: 'write the length of the target in bytes, and fill up to the next multiple of 8 only',
  },
  'kwp/pkcs7-as-padding': {
    check: 'blob/kwp/padding',
    title: 'the target is filled up as by PKCS#7 and not with zeros',
    cause: 'an own implementation of RFC 5649',
    mend: 'fill up with zero bytes',
  },
  'kwp/padding': {
    check: 'blob/kwp/padding',
    title: 'the target is filled up with bytes that are not zero',
    cause: 'an own implementation of RFC 5649 left in its buffer what was there before',
    mend: 'fill up with zero bytes',
  },
} as const satisfies DiagnosisTable;
