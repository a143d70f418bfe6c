import type { CodeTable } from '../code-entry.js';

/** What the judge needs before it can judge. Faults of what it judges are findings, not errors. */
export const conformanceCodes = {
  TEST_KEK_UNREADABLE: {
    exit: 'failed',
    title: 'this is not the private key of a test KEK',
    why: 'A blob is opened with the private part of its KEK. Only a KEK made for tests has one in a file: an RSA key in PEM without a passphrase.',
    mend: 'give the private PEM of the test KEK that the blob was made for',
  },
} as const satisfies CodeTable;
