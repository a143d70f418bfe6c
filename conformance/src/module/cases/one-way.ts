import type { Attributes } from '@keyferry/pkcs11';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, unsupported } from '../judging.js';
import { generateAes } from '../keys.js';
import type { CaseTable } from '../module-case.js';

const CLAUSE = 'PKCS#11 v3.1 section 4.9, table 30 footnotes';
const REFUSALS = [0x10, 0x13, 0x1b, 0xd1];

/** Attributes that go one way only, and what would turn them back. */
const ONE_WAY = {
  extractable: { from: { extractable: false, sensitive: true }, to: { extractable: true }, name: 'CKA_EXTRACTABLE' },
  sensitive: { from: { extractable: true, sensitive: true }, to: { sensitive: false }, name: 'CKA_SENSITIVE' },
  'wrap-with-trusted': {
    from: { extractable: true, wrapWithTrusted: true, sensitive: true },
    to: { wrapWithTrusted: false },
    name: 'CKA_WRAP_WITH_TRUSTED',
  },
} as const satisfies Record<string, { from: Attributes; to: Attributes; name: string }>;

/** What protects a key cannot be taken back, neither by a change nor in a copy. */
export const ONE_WAY_CASES: CaseTable = Object.fromEntries(
  Object.entries(ONE_WAY).flatMap(([word, { from, to, name }]) =>
    (['set', 'copy'] as const).map((way) => [
      `module/one-way/${word}/${way}`,
      {
        title: `${name} cannot be taken back by ${way === 'set' ? 'a change' : 'a copy'}`,
        level: 'must',
        clause: CLAUSE,
        why: 'Whoever can take the protection back has no protection, only a reminder.',
        since: '0.1.0',
        async run(hsm: Hsm) {
          const made = await attempt(() => generateAes(hsm, from));
          if (!made.done) return unsupported(`no AES key with ${name} can be generated: ${made.returned}`);
          const tried = await attempt(() =>
            way === 'set' ? hsm.session.write(made.value, to) : hsm.own(hsm.session.copy(made.value, to)),
          );
          const what = `${way === 'set' ? 'C_SetAttributeValue' : 'C_CopyObject'} that takes ${name} back`;
          return judged([refused(tried, { id: `one-way/${way}`, clause: CLAUSE, what, numbers: REFUSALS })]);
        },
      },
    ]),
  ),
);
