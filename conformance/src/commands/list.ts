import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { CASES, stageOf } from '../cases.js';
import { DIAGNOSES, DIAGNOSIS_IDS } from '../diagnosis/diagnoses.js';
import { CHECK_IDS, CHECKS } from '../oracle/index.js';

const listSchema = z.strictObject({
  checks: z.array(
    z.strictObject({
      id: z.string(),
      stage: z.string(),
      level: z.enum(['must', 'should', 'may']),
      clause: z.string(),
      title: z.string(),
    }),
  ),
  diagnoses: z.array(z.strictObject({ id: z.string(), check: z.string(), title: z.string() })),
  /** Of the suite, for each kind of subject. */
  cases: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['producer', 'importer', 'module']),
      level: z.enum(['must', 'should', 'may']),
      clause: z.string(),
      title: z.string(),
    }),
  ),
});

export const listCommand = defineCommand({
  name: 'list',
  summary: 'list every check of a blob, every fault that can be named, and every case of the suite',
  details:
    'A check has a level: must (the specification says so), should (nothing is known to accept anything else) or may (for ' +
    'information), and so has a case. A fault belongs to the check that finds it. Ids never change; explain ID tells more.',
  options: {},
  examples: [
    ['keyferry-conformance list', 'all of them'],
    ['keyferry-conformance explain oaep/sha-256', 'one of them'],
  ],
  result: listSchema,
  text: ({ checks, diagnoses, cases }) =>
    [
      'Checks:',
      ...aligned(checks.map(({ id, level, title, clause }) => [id, level, `${title} (${clause})`])),
      '',
      'Faults that can be named:',
      ...aligned(diagnoses.map(({ id, check, title }) => [id, check, title])),
      '',
      'Cases of the suite:',
      ...aligned(cases.map(({ id, level, title, clause }) => [id, level, `${title} (${clause})`])),
    ].join('\n'),
  async run() {
    const { SUITE_CASES } = await import('../suite-cases.js');
    const result = {
      checks: CHECK_IDS.map((id) => {
        const { title, binding } = CASES[id];
        return { id, stage: stageOf(id), level: binding, clause: CHECKS[id].clause, title };
      }),
      diagnoses: DIAGNOSIS_IDS.map((id) => ({ id, check: DIAGNOSES[id].check, title: DIAGNOSES[id].title })),
      cases: Object.entries(SUITE_CASES).flatMap(([kind, cases]) =>
        cases.map(({ id, level, clause, title }) => ({
          id,
          kind: kind as keyof typeof SUITE_CASES,
          level,
          clause,
          title,
        })),
      ),
    };
    return { result };
  },
});

function aligned(rows: readonly (readonly [string, string, string])[]): string[] {
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  return rows.map(([a, b, c]) => `  ${a.padEnd(width(0))}  ${b.padEnd(width(1))}  ${c}`);
}
