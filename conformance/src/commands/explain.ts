import { KeyferryError } from '@keyferry/errors';
import { defineCommand, explain as explainErrors, explainedErrors, nearest } from '@keyferry/terminal';
import { z } from 'zod';
import { DIAGNOSIS_IDS } from '../diagnosis/diagnoses.js';
import type { ExplainedCase } from '../explained-case.js';
import { CHECK_IDS } from '../oracle/index.js';
import { textOfCase } from '../report/explained-text.js';

const explained = z.strictObject({
  ...explainedErrors.shape,
  cases: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['check', 'fault', 'case']),
      title: z.string(),
      level: z.enum(['must', 'should', 'may']),
      clause: z.string(),
      why: z.string(),
      mend: z.string().nullable(),
      faults: z.array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          cause: z.string(),
          mend: z.string(),
          seen: z.string().nullable(),
        }),
      ),
    }),
  ),
});

type Explained = z.output<typeof explained>;

/** `explain` of all programs, which here knows the ids of `list` as well. Throws UNKNOWN_ERROR_CODE, UNKNOWN_CASE. */
export const explainCommand = defineCommand({
  name: 'explain',
  positionals: {
    code: {
      type: 'string',
      describe: 'an error code, or the id of a check, of a fault or of a case; all error codes without it',
    },
  },
  summary: 'explain an error code, a check, a fault or a case: why it matters and how to mend it',
  options: {},
  examples: [
    ['keyferry-conformance explain kwp/rfc3394-pkcs7', 'a fault: what causes it, who had it, what to do'],
    ['keyferry-conformance explain blob/kwp/aiv', 'a check, with all faults that it finds'],
    ['keyferry-conformance explain producer/refuse/kek-1024', 'a case of the suite'],
    ['keyferry-conformance explain producer/fresh-aes-key', 'a check of a tool, as reports name it'],
    ['keyferry-conformance explain TEST_KEK_UNREADABLE', 'an error code'],
  ],
  result: explained,
  text: (result) => (result.cases.length > 0 ? result.cases.map(textOfCase).join() : explainErrors.text(result)),
  async run(args, terminal, signal) {
    if (args.code?.includes('/')) return { result: { codes: [], cases: [await found(args.code)] } };
    const { result } = await explainErrors.run(args, terminal, signal);
    return { result: { codes: (result as Pick<Explained, 'codes'>).codes, cases: [] } };
  },
});

async function found(id: string): Promise<Explained['cases'][number]> {
  const { explainCase, OTHER_IDS } = await import('../explained-case.js');
  const known = explainCase(id.toLowerCase());
  if (known) return mutable(known);
  const near = nearest(id, [...CHECK_IDS, ...DIAGNOSIS_IDS, ...OTHER_IDS, ...(await suiteIds())]);
  throw new KeyferryError('UNKNOWN_CASE', { reason: `found ${id}${near === null ? '' : `; did you mean ${near}?`}` });
}

async function suiteIds(): Promise<string[]> {
  const { SUITE_CASES } = await import('../suite-cases.js');
  return Object.values(SUITE_CASES).flatMap((cases) => cases.map(({ id }) => id));
}

function mutable(known: ExplainedCase): Explained['cases'][number] {
  return { ...known, faults: [...known.faults] };
}
