import type { NamedFault } from '../suite/verdict.js';

const TABLE = {
  'module/zero-padding': {
    title: 'zeros are put behind a key before it is wrapped by RFC 5649',
    cause:
      'the module fills the key up to a multiple of 8 bytes, as for RFC 3394, and RFC 5649 then counts the zeros as key; ' +
      'seen in SoftHSM 2.6.1, mended after it',
    mend: 'wrap exactly the bytes of the key: RFC 5649 fills up by itself and keeps the length',
  },
  'module/zero-padding-rfc3394': {
    title: 'zeros are put behind a key before it is wrapped by RFC 3394, so that its length is lost',
    cause: 'the module fills up what is no multiple of 8 bytes; seen in SoftHSM 2.6.1 and NSS 3.87',
    mend: 'refuse such keys under CKM_AES_KEY_WRAP; offer CKM_AES_KEY_WRAP_KWP (0x210B) for them',
  },
  'module/pkcs7-padding': {
    title: 'a key has PKCS#7 padding and is wrapped by RFC 3394, where others have RFC 5649',
    cause: 'the standard left the padding of CKM_AES_KEY_WRAP_PAD open for a long time; seen in NSS 3.87',
    mend: 'wrap by CKM_AES_KEY_WRAP_KWP (0x210B) here; modules keep PKCS#7 for CKM_AES_KEY_WRAP_PKCS7 (0x210C)',
  },
  'module/aes-length': {
    title: 'bytes of any length become an AES key',
    cause: 'the module does not look at the length of what it unwrapped; seen in SoftHSM 2.6.1',
    mend: 'refuse what has not 16, 24 or 32 bytes with CKR_WRAPPED_KEY_LEN_RANGE; until then callers look at the length',
  },
  'module/trust-ignored': {
    title: 'CKA_WRAP_WITH_TRUSTED is kept with the key, and not heeded',
    cause: 'C_WrapKey does not look at it; seen in NSS 3.87',
    mend: 'refuse to wrap such a key unless CKA_TRUSTED of the wrapping key is true; until then keep keys unextractable',
  },
  'module/trust-by-user': {
    title: 'any user declares a key trusted',
    cause: 'the module takes CKA_TRUSTED in every template, whoever is logged in; seen in NSS 3.87',
    mend: 'take CKA_TRUSTED from the security officer only',
  },
  'module/extractable-ignored': {
    title: 'CKA_EXTRACTABLE false is kept with the key, and not heeded',
    cause: 'C_WrapKey does not look at it; seen in NSS 3.87',
    mend: 'refuse with CKR_KEY_UNEXTRACTABLE; until then whoever is logged in can take every key out',
  },
} as const satisfies Record<`module/${string}`, Omit<NamedFault, 'id'>>;

export type ModuleFault = keyof typeof TABLE;

/** Faults of modules with a known cause. */
export const MODULE_FAULTS: Readonly<Record<ModuleFault, Omit<NamedFault, 'id'>>> = TABLE;

export function namedFault(id: ModuleFault): NamedFault {
  return { id, ...TABLE[id] };
}
