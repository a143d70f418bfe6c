import type { Level } from '../oracle/index.js';
import type { SuiteFinding } from '../suite/verdict.js';

const CONTRACT = 'keyferry-adapter/1';
const SPECIFICATION = 'Azure BYOK specification, key transfer blob';

/** What is looked at beside the blob itself. An id never changes. */
export const PRODUCER_CHECKS = {
  'producer/made': { clause: `${CONTRACT}, wrap`, expected: 'exit 0' },
  'producer/product': { clause: `${CONTRACT}, wrap`, expected: 'a regular file where --out says, of 1 to 65536 bytes' },
  'producer/fresh-aes-key': { clause: SPECIFICATION, expected: 'another AES key in each blob' },
  'producer/fresh-oaep-seed': { clause: 'RFC 8017 section 7.1.1', expected: 'another OAEP seed in each blob' },
  'producer/file-mode': { clause: `${CONTRACT}, wrap`, expected: 'a blob for its owner alone: mode 0600' },
  'producer/extra-files': { clause: `${CONTRACT}, wrap`, expected: 'nothing beside the blob but its manifest' },
  'producer/left-in-folder': { clause: `${CONTRACT}, folders`, expected: 'nothing left in the working folder' },
  'producer/token-objects': { clause: `${CONTRACT}, objects`, expected: 'as many objects in the token as before' },
  'producer/no-key-in-output': {
    clause: `${CONTRACT}, output`,
    expected: 'no byte of a key in stdout, stderr and files',
  },
  'producer/refusal': { clause: `${CONTRACT}, wrap`, expected: 'exit 1: refused' },
  'producer/refusal-reason': { clause: `${CONTRACT}, wrap`, expected: 'a reason on stderr' },
  'producer/no-file-left': { clause: `${CONTRACT}, wrap`, expected: 'no file after a refusal' },
  'producer/existing-file': { clause: `${CONTRACT}, wrap`, expected: 'the file that was there, unchanged' },
} as const satisfies Readonly<Record<`producer/${string}`, { readonly clause: string; readonly expected: string }>>;

export type ProducerCheckId = keyof typeof PRODUCER_CHECKS;

export function finding(id: ProducerCheckId, level: Level, actual: string): SuiteFinding {
  return { id, level, ...PRODUCER_CHECKS[id], actual };
}

/** Pass, or fail. */
export function check(id: ProducerCheckId, right: boolean, actual: string): SuiteFinding {
  return finding(id, right ? 'pass' : 'fail', actual);
}
