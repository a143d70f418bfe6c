import type { CodeTable } from '../code-entry.js';

/** PKCS#11: URIs, modules, tokens, sessions, keys. */
export const hsmCodes = {
  URI_INVALID: {
    exit: 'usage',
    title: 'this is not a PKCS#11 URI',
    why: 'RFC 7512 defines the form, for example pkcs11:token=NAME;object=NAME;type=private.',
    mend: 'percent-encode spaces and special characters',
  },
  MODULE_NOT_GIVEN: {
    exit: 'usage',
    title: 'no PKCS#11 module is named',
    why: 'The program must know which library speaks to the HSM.',
    mend: 'add --module /path/to/module.so, or ?module-path= to the URI',
  },
  MODULE_NOT_FOUND: {
    exit: 'hsm',
    title: 'there is no such PKCS#11 module',
    why: 'The path of the module names no file.',
    mend: 'install the HSM client, or correct --module',
  },
  MODULE_FOREIGN: {
    exit: 'hsm',
    title: 'the file is no PKCS#11 module for this machine',
    why: 'It is not a shared library, or it was built for another kind of processor.',
    mend: 'install the module for this machine (see uname -m)',
  },
  MODULE_LOAD_FAILED: {
    exit: 'hsm',
    title: 'the PKCS#11 module cannot be loaded',
    why: 'The system loader refused it, often because another library is missing.',
    mend: 'see what is missing with ldd',
  },
  TOKEN_NOT_FOUND: {
    exit: 'hsm',
    title: 'no such token',
    why: 'No slot of the module holds a token that matches.',
    mend: 'list the tokens with pkcs11-tool --module M --list-token-slots',
  },
  TOKEN_AMBIGUOUS: {
    exit: 'hsm',
    title: 'more than one token matches',
    why: 'The key could come from either.',
    mend: 'add serial= or slot-id= to the URI',
  },
  PIN_INCORRECT: {
    exit: 'hsm',
    title: 'the PIN is wrong',
    why: 'The token refused it. Most HSMs lock after a few wrong PINs.',
    mend: 'stop and find the right PIN; do not guess',
  },
  PIN_LOCKED: {
    exit: 'hsm',
    title: 'the PIN is locked',
    why: 'Too many wrong PINs were given.',
    mend: 'the security officer of the HSM can unlock it',
  },
  PIN_NOT_GIVEN: {
    exit: 'usage',
    title: 'no PIN is given',
    why: 'The key is private, so the token wants a login.',
    mend: 'run it on a terminal, or add --pin-file or --pin-env',
  },
  KEY_NOT_FOUND: {
    exit: 'hsm',
    title: 'no such key in the token',
    why: 'Nothing that is visible after login matches the URI.',
    mend: 'list the objects with pkcs11-tool --module M --login --list-objects',
  },
  KEY_AMBIGUOUS: {
    exit: 'hsm',
    title: 'more than one key matches',
    why: 'The wrong one might leave the HSM.',
    mend: 'add id= to the URI',
  },
  KEY_UNSUPPORTED: {
    exit: 'policy',
    title: 'a key of this kind cannot be transferred',
    why: 'Transferable are RSA 2048, 3072 and 4096, EC P-256, P-384, P-521 and secp256k1, AES 128, 192 and 256.',
    mend: 'choose another key',
  },
  KEY_NOT_EXTRACTABLE: {
    exit: 'policy',
    title: 'the key must not leave the HSM',
    why: 'Its CKA_EXTRACTABLE is false, and that can never be changed back.',
    mend: 'a key that shall travel must be generated with CKA_EXTRACTABLE=true; this one stays where it is',
  },
  KEY_NEEDS_TRUSTED_KEK: {
    exit: 'policy',
    title: 'the key leaves the HSM under a trusted wrapping key only',
    why: 'Its CKA_WRAP_WITH_TRUSTED is true: the security officer decides under which keys it may be wrapped.',
    mend: 'the security officer must make the wrapping key trusted',
  },
  KEK_NOT_AS_CONFIRMED: {
    exit: 'verification',
    title: 'the KEK in the HSM is not the one that was confirmed',
    why: 'What the HSM reads back differs from what was imported. Nothing was wrapped.',
    mend: 'suspect the PKCS#11 module; do not go on',
  },
  WRAP_PRODUCT: {
    exit: 'hsm',
    title: 'the HSM produced a wrapped key of impossible length',
    why: 'A wrapped AES-256 key is as long as the KEK; a key wrapped by RFC 5649 is a multiple of 8 bytes, and an AES key exactly 24, 32 or 40.',
    mend: 'this mechanism of the HSM is not RFC 5649; the blob was not written',
  },
  MECHANISM_MISSING: {
    exit: 'hsm',
    title: 'the token lacks a mechanism that is needed',
    why: 'Wrapping needs RSA-OAEP and AES key wrap with padding (RFC 5649).',
    mend: 'ask the vendor of the HSM; some want these mechanisms to be enabled',
  },
  HSM_ERROR: {
    exit: 'hsm',
    title: 'the HSM refused or failed',
    why: 'A PKCS#11 call returned an error; the cause names the call and the number.',
    mend: 'look the number up in the documentation of the HSM',
  },
  HSM_BUSY_ELSEWHERE: {
    exit: 'hsm',
    title: 'the token is in use in a way that forbids this',
    why: 'Another session or login stands in the way.',
    mend: 'close other programs that use the token',
  },
  HSM_LEFTOVER: {
    exit: 'hsm',
    title: 'a temporary object could not be destroyed in the HSM',
    why: 'It is a session object and vanishes with the session, but the HSM reported an error.',
    mend: 'list the objects of the token',
  },
} as const satisfies CodeTable;
