import type { ModuleFault } from './faults.js';

/** Where the rule stands that a fault of a module breaks, and why it matters. */
export const EXPLAINED_MODULE_FAULTS: Readonly<Record<ModuleFault, { readonly clause: string; readonly why: string }>> =
  {
    'module/zero-padding': {
      clause: 'RFC 5649 section 4.1',
      why: 'Whoever unwraps finds bytes behind the key that do not belong to it. Strict readers of PKCS#8 refuse them.',
    },
    'module/zero-padding-rfc3394': {
      clause: 'RFC 3394 section 2.2.1',
      why: 'RFC 3394 has no place for the length: whoever unwraps cannot tell the zeros from the key.',
    },
    'module/pkcs7-padding': {
      clause: 'PKCS#11 v3.1 section 6.13.10',
      why: 'A service that opens by RFC 5649 cannot open it, and the blob does not show it.',
    },
    'module/aes-length': {
      clause: 'PKCS#11 v3.1 section 5.18.4',
      why: 'A key that nobody can use is taken for a good one, and its import seems to have succeeded.',
    },
    'module/trust-ignored': {
      clause: 'PKCS#11 v3.1 section 5.18.3',
      why: 'Whoever is logged in wraps the key under a key of his own, and has it in plaintext.',
    },
    'module/trust-by-user': {
      clause: 'PKCS#11 v3.1 sections 4.8 and 4.10',
      why: 'Then a key that wants trusted wrapping keys is protected from nobody who is logged in.',
    },
    'module/extractable-ignored': {
      clause: 'PKCS#11 v3.1 section 5.18.3',
      why: 'It is the one attribute that keeps a key inside. Nothing else of the module protects it then.',
    },
  };
