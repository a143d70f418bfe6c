import test from 'ava';
import type { OverlayBehaviour } from '../../test/support/overlay.js';
import { ranBroken } from './support/broken-module.js';
import { divergencesOf } from './support/module-program.js';

/** A fault, the topics that are put to it, and the shortest sequence that tells it, by topic. */
const FAULTS: readonly (readonly [string, OverlayBehaviour, readonly string[], Readonly<Record<string, string>>])[] = [
  [
    'makes every key extractable',
    { force: '0x162:1' },
    ['extractable', 'sensitive', 'copy'],
    {
      extractable:
        'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_WRAP true and CKA_EXTRACTABLE false: CKA_EXTRACTABLE reads true',
      copy: 'C_CreateObject of key 1 with CKA_SENSITIVE true and CKA_EXTRACTABLE false: CKA_EXTRACTABLE reads true',
    },
  ],
  [
    'makes no key sensitive',
    { force: '0x103:0' },
    ['sensitive', 'wrap'],
    {
      sensitive: 'C_CreateObject of key 1 with CKA_EXTRACTABLE true and CKA_SENSITIVE true: CKA_SENSITIVE reads false',
    },
  ],
  [
    'lets every key wrap',
    { force: '0x106:1' },
    ['wrap', 'trust'],
    {
      wrap: 'C_GenerateKey of key 1 with CKA_SENSITIVE false and CKA_EXTRACTABLE true and CKA_WRAP false: CKA_WRAP reads true',
    },
  ],
  [
    'binds no key to trusted keys',
    { force: '0x210:0' },
    ['trust', 'wrap'],
    {
      trust:
        'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_EXTRACTABLE true and CKA_WRAP true and CKA_WRAP_WITH_TRUSTED true: CKA_WRAP_WITH_TRUSTED reads false',
    },
  ],
  [
    'forgets CKA_COPYABLE',
    { drop: '0x171' },
    ['copy', 'trust'],
    {
      copy: 'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_COPYABLE false: CKA_COPYABLE reads true',
    },
  ],
  [
    'says that every key was made inside',
    { pretend: '0x163:1' },
    ['origin', 'history'],
    {
      origin:
        'C_CreateObject of key 1 with CKA_EXTRACTABLE true and CKA_WRAP true and CKA_UNWRAP true: CKA_LOCAL reads true',
    },
  ],
  [
    'makes a key of what does not open',
    { 'unwrap-anything': 'yes' },
    ['wrap', 'copy'],
    {
      wrap: 'C_GenerateKey of key 1 with CKA_SENSITIVE false and CKA_EXTRACTABLE true; C_GenerateKey of key 2 with CKA_SENSITIVE false and CKA_EXTRACTABLE true; C_WrapKey of key 1 under key 2 to product 1; C_UnwrapKey of product 1 under key 1 to key 3 with CKA_SENSITIVE false and CKA_EXTRACTABLE true: it returned CKR_OK',
    },
  ],
];

for (const [fault, behaviour, topics, told] of FAULTS) {
  test.serial(`random sequences tell, shortened to the calls that matter, that a module ${fault}`, async (t) => {
    const patterns = topics.map((topic) => `module/model/${topic}`);
    const ran = await ranBroken(behaviour, patterns, 7);
    const cases = ran.map(({ case: { id }, outcome, verdict }) => ({
      id,
      outcome,
      findings: verdict?.kind === 'judged' ? verdict.findings : [],
    }));
    t.deepEqual(divergencesOf({ cases }), told);
  });
}
