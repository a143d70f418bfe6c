import type { ExplainedCheck } from '../producer/explained-checks.js';
import type { EvidenceId } from './checks.js';

/** Why a check of the calls to an HSM matters, and what to do when it fails. */
export const EXPLAINED_EVIDENCE_CHECKS: Readonly<Record<EvidenceId, ExplainedCheck>> = {
  'evidence/log': {
    title: 'the calls of the tool can be read in their order',
    level: 'must',
    why: 'What goes past the module that was given, or is written by two at once, cannot be judged: the other checks of calls then say nothing.',
    mend: 'let the adapter hand its module to the tool, and run one tool at a time (lanes: 1)',
  },
  'evidence/wrap-key-used': {
    title: 'the HSM wraps both keys',
    level: 'must',
    why: 'Halves that C_WrapKey did not make were made outside of the HSM, where the AES key or the target must have been in plaintext.',
    mend: 'wrap the target under the AES key and the AES key under the KEK by C_WrapKey, and put the two together',
  },
  'evidence/no-private-value-read': {
    title: 'no value of a private or secret key is asked for',
    level: 'must',
    why: 'A key whose value was read is in the memory of the tool. That an HSM refuses today does not help with the next.',
    mend: 'leave CKA_VALUE, CKA_PRIVATE_EXPONENT and the primes out of every C_GetAttributeValue',
  },
  'evidence/target-wrapped-once': {
    title: 'the target key is wrapped under this AES key alone',
    level: 'must',
    why: 'A second wrapping is a second copy of the key, and under a key that nobody named.',
    mend: 'wrap it once; try mechanisms with a throwaway key instead of the target',
  },
  'evidence/target-unchanged': {
    title: 'nothing that stood in the token is changed, copied or destroyed',
    level: 'must',
    why: 'The operator gave one key to be wrapped. A copy with other attributes can leave when the key itself may not.',
    mend: 'take C_SetAttributeValue, C_CopyObject and C_DestroyObject on objects of others out of the tool',
  },
  'evidence/aes-generated-in-token': {
    title: 'the AES key is generated in the HSM',
    level: 'must',
    why: 'An AES key that came from outside was in plaintext there, and with it the target key.',
    mend: 'make it by C_GenerateKey with CKM_AES_KEY_GEN, not by C_CreateObject or C_UnwrapKey',
  },
  'evidence/aes-session-object': {
    title: 'the AES key is a session object',
    level: 'must',
    why: 'A token object survives a power cut in the middle of the wrap, and then opens the blob.',
    mend: 'set CKA_TOKEN to false in the template of C_GenerateKey',
  },
  'evidence/aes-size': {
    title: 'the AES key has 256 bits',
    level: 'must',
    why: 'The specification names AES-256. Whether a service takes another size is not known, and a shorter key is a weaker lock.',
    mend: 'set CKA_VALUE_LEN to 32',
  },
  'evidence/aes-not-reused': {
    title: 'the AES key wraps this one target key',
    level: 'must',
    why: 'Two targets under one AES key fall together.',
    mend: 'generate a new AES key for each target',
  },
  'evidence/aes-not-used-otherwise': {
    title: 'the AES key is wrapped under the KEK alone, and does nothing else',
    level: 'must',
    why: 'Under another wrapping key it reaches somebody else, and with it the target.',
    mend: 'wrap it once, under the KEK; give it CKA_WRAP and no other use',
  },
  'evidence/aes-destroyed': {
    title: 'the AES key is destroyed after the wrap',
    level: 'must',
    why: 'As long as it is there, whoever shares the session opens the blob with it.',
    mend: 'call C_DestroyObject on every path, after an error too, or close the session',
  },
  'evidence/kek-as-given': {
    title: 'the key that wraps is the KEK that was given',
    level: 'must',
    why: 'Under another public key the blob is for whoever has the other private key.',
    mend: 'read modulus and exponent of the object back before its use, and compare them with the file',
  },
  'evidence/kek-session-object-or-trusted': {
    title: 'the KEK is made for this wrap, or is one that the security officer trusts',
    level: 'must',
    why: 'A KEK that is found in the token by its label can have been put there by anybody.',
    mend: 'make it from the file as a session object, or use one with CKA_TRUSTED',
  },
  'evidence/oaep-parameters': {
    title: 'RSA-OAEP has SHA-1, MGF1 with SHA-1 and an empty label',
    level: 'must',
    why: 'The service opens with these alone. With others it cannot open the blob, and says so only after the ceremony.',
    mend: 'set hashAlg CKM_SHA_1, mgf CKG_MGF1_SHA1, source CKZ_DATA_SPECIFIED and no data',
  },
  'evidence/nothing-left': {
    title: 'no object is left in the token',
    level: 'must',
    why: 'What is left can be used by whoever logs in next.',
    mend: 'make session objects, and destroy them on every path',
  },
  'evidence/logged-out': {
    title: 'every session is closed, and nobody stays logged in',
    level: 'must',
    why: 'In a session that stays open the next program of the machine finds the keys unlocked.',
    mend: 'call C_Logout and C_CloseSession, or C_Finalize, on every path',
  },
};
