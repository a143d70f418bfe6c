import { z } from 'zod';

export const OUTCOMES = [
  'pass',
  'warn',
  'fail',
  'xfail',
  'xpass',
  'not-applicable',
  'skipped',
  'error',
  'timeout',
  'crash',
] as const;
export type CaseOutcome = (typeof OUTCOMES)[number];

const text = z.string();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const level = z.enum(['must', 'should', 'may']);

const findingSchema = z.strictObject({
  id: text,
  level: z.enum(['pass', 'fail', 'warn', 'not-checked']),
  clause: text,
  expected: text,
  actual: text,
});

const caseSchema = z.strictObject({
  id: text,
  /** Its place among all cases of the subject, from 0: what shards found is put together in this order. */
  index: z.int(),
  title: text,
  level,
  clause: text,
  why: text,
  since: text,
  cell: z.strictObject({ kek: text, target: text }).nullable(),
  outcome: z.enum(OUTCOMES),
  /** A few words of the case itself, such as `standard violated`; null where the outcome says all. */
  conclusion: text.nullable(),
  /** Why it is not-applicable, skipped, an error, a timeout or a crash; null for what was judged. */
  reason: text.nullable(),
  seconds: z.number(),
  findings: z.array(findingSchema),
  faults: z.array(z.strictObject({ id: text, title: text, cause: text, mend: text })),
  /** The entry of --expect that speaks of this case. */
  exception: z
    .strictObject({ reason: text, issue: text.nullable(), expires: z.iso.date().nullable(), expired: z.boolean() })
    .nullable(),
});

/** `keyferry/results/1`: what one run of the suite found, or several shards of one run together. */
export const resultsSchema = z.strictObject({
  schema: z.literal('keyferry/results/1'),
  suite: z.strictObject({
    name: text,
    version: text,
    /** SHA-256 over the published vectors; null where they are not installed. */
    vectorsSha256: sha256.nullable(),
  }),
  subject: z.strictObject({
    kind: z.enum(['producer', 'importer', 'module']),
    name: text,
    version: text.nullable(),
    sha256: sha256.nullable(),
    features: z.record(text, text),
  }),
  host: z.strictObject({ platform: text, arch: text, release: text, node: text, cpus: z.int() }),
  run: z.strictObject({
    startedAt: z.iso.datetime(),
    seconds: z.number(),
    seed: z.int(),
    jobs: z.int(),
    timeoutSeconds: z.number(),
    /** What --run selected; empty for all cases. */
    selected: z.array(text),
    /** How many cases the whole suite has for this subject. */
    suiteCases: z.int(),
    /** Which shards these are of how many; null for the whole. */
    shards: z.strictObject({ indexes: z.array(z.int()), of: z.int() }).nullable(),
    /** It was ended by a signal before all cases were run; those that were not run are not listed. */
    interrupted: z.boolean(),
    /** What went wrong outside the cases, such as a subject that could not take back what the cases left. */
    troubles: z.array(text),
  }),
  /**
   * `conforms` only when at least one case passed or warned and nothing stands against it; `incomplete` when the run was
   * interrupted, or nothing stands against it and the run had troubles.
   */
  verdict: z.enum(['conforms', 'does not conform', 'nothing was judged', 'incomplete']),
  counts: z.record(z.enum(OUTCOMES), z.int()),
  /** In the order of the suite. */
  cases: z.array(caseSchema),
});

export type Results = z.output<typeof resultsSchema>;
export type CaseResult = Results['cases'][number];
