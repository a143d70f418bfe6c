import type { CodeTable } from '../code-entry.js';

/** What the judge needs before it can judge. Faults of what it judges are findings, not errors. */
export const conformanceCodes = {
  TEST_KEK_UNREADABLE: {
    exit: 'failed',
    title: 'this is not the private key of a test KEK',
    why: 'A blob is opened with the private part of its KEK. Only a KEK made for tests has one in a file: an RSA key in PEM without a passphrase.',
    mend: 'give the private PEM of the test KEK that the blob was made for',
  },
  VECTORS_INVALID: {
    exit: 'failed',
    title: 'this is no file of test vectors',
    why: 'A member is missing, unknown, or of another kind than the schema named in the file says, or the numbers of the tests do not add up.',
    mend: 'take the file again from fixtures/vectors, or generate it again: pnpm run vectors',
  },
  TOKEN_NOT_FOR_TESTS: {
    exit: 'policy',
    title: 'this token is not for tests',
    why: 'The suite makes, changes and destroys objects, and tries to break what protects keys. It does so only in a token whose label says that nothing of value is in it.',
    mend: 'make a token whose label begins with KEYFERRY-TEST-, and give that label',
  },
  ADAPTER_UNUSABLE: {
    exit: 'failed',
    title: 'the adapter cannot be used',
    why: 'It could not be started, or what its command capabilities prints is not what the contract of this suite has. Nothing was judged.',
    mend: 'run the adapter with the word capabilities by hand, and compare with docs/adapter-contract.md',
  },
  FEATURES_INVALID: {
    exit: 'usage',
    title: 'the file of --features is not understood',
    why: 'It is YAML with kekSizes, targets and repeat, and nothing else. What is misspelt would be left out silently.',
    mend: 'see docs/adapter-contract.md for an example',
  },
  TARGETS_INVALID: {
    exit: 'usage',
    title: 'the file of --targets is not understood',
    why: 'It lists keys of the tool with id, type, public key or key check value, and whether they may leave. The blobs are compared with it.',
    mend: 'see docs/adapter-contract.md for an example',
  },
  VAULT_NOT_FOR_TESTS: {
    exit: 'policy',
    title: 'this vault is not for tests',
    why: 'The suite makes, imports, changes, deletes and purges keys. It does so only in a vault whose owner says that it is there for that.',
    mend: 'make a key named keyferry-conformance-marker in the vault, or say --i-own-this-vault',
  },
  TEST_KEYS_LEFT: {
    exit: 'service',
    title: 'keys that the suite made are left in the vault',
    why: 'The vault did not let them be deleted, or could not be asked. Their names begin with keyferry-conformance-, and nothing is behind them.',
    mend: 'run it again with --clean, or delete the keys by name',
  },
  SPY_NOT_FOUND: {
    exit: 'failed',
    title: 'there is no pkcs11-spy.so on this machine',
    why: 'With --spy the calls of the tool are judged as the PKCS#11 spy of OpenSC writes them down. It is in none of the places where systems have it.',
    mend: 'install opensc-pkcs11 (Debian, Ubuntu) or opensc, or leave out --spy',
  },
  UNKNOWN_CASE: {
    exit: 'usage',
    title: 'there is no such check, no such fault and no such case',
    why: 'The ids of checks, faults and cases never change.',
    mend: 'keyferry-conformance list shows them all',
  },
} as const satisfies CodeTable;
