import type { DiagnosisTable } from './diagnosis.js';

/** What can be wrong with a blob that is right in itself. */
export const PURPOSE = {
  'purpose/aes-for-key-vault': {
    check: 'blob/policy/oct/managed-hsm',
    title: 'an AES key is wrapped for a Key Vault, which keeps none',
    cause: 'the KEK of a vault was taken',
    mend: 'wrap the AES key under a KEK of a Managed HSM',
  },
  'expect/other-file': {
    check: 'blob/expect/file',
    title: 'the file is not the one that the manifest names',
    cause: 'the blob was wrapped again, edited, or damaged on its way',
    mend: 'take blob and manifest from one run, and copy both again',
  },
  'expect/other-kid': {
    check: 'blob/expect/kid',
    title: 'the blob names another KEK than the manifest',
    cause: 'blob and manifest come from two runs, or the kid was changed afterwards',
    mend: 'take blob and manifest from one run',
  },
  'expect/other-type': {
    check: 'blob/expect/target',
    title: 'the blob carries a key of another type or size than expected',
    cause: 'another key was chosen when it was wrapped: two keys with the same label',
    mend: 'choose the key by its id as well as by its label, and wrap again',
  },
  'expect/other-key': {
    check: 'blob/expect/public-key',
    title: 'the blob carries another key than expected',
    cause: 'another key was chosen when it was wrapped, or the blob was replaced: a blob is not authenticated',
    mend: 'find out where the blob comes from before anything is imported',
  },
  'expect/other-aes-key': {
    check: 'blob/expect/kcv',
    title: 'the blob carries an AES key with another key check value than expected',
    cause: 'another key was chosen when it was wrapped, or the blob was replaced: a blob is not authenticated',
    mend: 'find out where the blob comes from before anything is imported',
  },
} as const satisfies DiagnosisTable;
