import type { Level } from '../oracle/index.js';

export interface EvidenceCheck {
  /** Where the rule stands. */
  readonly clause: string;
  readonly expected: string;
}

const BYOK = 'Azure BYOK specification, key transfer blob';
const PKCS11 = (section: string) => `PKCS #11 v3.1 section ${section}`;

/** What the calls to an HSM are judged by, in the order in which it is reported. An id never changes. */
export const EVIDENCE_CHECKS = {
  'evidence/log': {
    clause: 'adapter contract, --spy',
    expected: 'the tool asks its HSM through the module that it was given, one call after the other',
  },
  'evidence/wrap-key-used': {
    clause: `${BYOK}; ${PKCS11('5.18.3')}`,
    expected: 'C_WrapKey made both halves of the ciphertext: of the AES key and of the target key',
  },
  'evidence/no-private-value-read': {
    clause: PKCS11('5.7.5'),
    expected: 'no value of a private or secret key is asked for',
  },
  'evidence/target-wrapped-once': {
    clause: BYOK,
    expected: 'the target key is wrapped under this AES key and under nothing else',
  },
  'evidence/target-unchanged': {
    clause: PKCS11('5.7.2, 5.7.3 and 5.7.6'),
    expected: 'nothing that stood in the token is changed, copied or destroyed',
  },
  'evidence/aes-generated-in-token': {
    clause: `${BYOK}; ${PKCS11('5.18.1')}`,
    expected: 'the AES key comes from C_GenerateKey',
  },
  'evidence/aes-session-object': { clause: PKCS11('4.4'), expected: 'the AES key is a session object' },
  'evidence/aes-size': { clause: BYOK, expected: 'an AES key of 32 bytes' },
  'evidence/aes-not-reused': { clause: BYOK, expected: 'the AES key wraps this one target key' },
  'evidence/aes-not-used-otherwise': {
    clause: BYOK,
    expected: 'the AES key is wrapped under the KEK alone, and used for nothing but this',
  },
  'evidence/aes-destroyed': {
    clause: PKCS11('5.7.3'),
    expected: 'the AES key is destroyed, or its session closed',
  },
  'evidence/kek-as-given': { clause: BYOK, expected: 'the wrapping key has modulus and exponent of the KEK' },
  'evidence/kek-session-object-or-trusted': {
    clause: PKCS11('4.4 and 4.8'),
    expected: 'the KEK is a session object, or a trusted one that the security officer made',
  },
  'evidence/oaep-parameters': {
    clause: `${BYOK}; ${PKCS11('6.1.8')}`,
    expected: 'CKM_RSA_PKCS_OAEP with CKM_SHA_1, CKG_MGF1_SHA1 and an empty label',
  },
  'evidence/nothing-left': { clause: PKCS11('4.4'), expected: 'no object is left in the token' },
  'evidence/logged-out': {
    clause: PKCS11('5.6'),
    expected: 'every session is closed, and nobody stays logged in',
  },
} as const satisfies Readonly<Record<string, EvidenceCheck>>;

export type EvidenceId = keyof typeof EVIDENCE_CHECKS;

/** What was found by one check. */
export type Note = (id: EvidenceId, level: Level, actual: string) => void;
