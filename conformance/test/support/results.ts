import fc from 'fast-check';
import { countOutcomes, verdictOf } from '../../src/report/count-outcomes.js';
import { type CaseResult, OUTCOMES, type Results, resultsSchema } from '../../src/report/results.js';

/** Markup, control characters, marks that turn text, and halves of surrogates. */
export const HOSTILE =
  '</td></style></script><script>alert(1)</script><img src=x onerror=alert(1)> &amp; ]]> \u001b[2J \u202e " \' \u0000\ud800';

/** Any text of a report, often a hostile one. */
export const anyText = fc.oneof(
  fc.constantFrom(HOSTILE, '', ' ', '<b', '-->', 'javascript:alert(1)', '|', '`', '\u05d0\u05d1 1', 'a'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[a-z-]{1,12}(\/[a-z0-9-]{1,12}){0,3}$/),
);

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });

const anyFinding = fc.record({
  id: anyText,
  level: fc.constantFrom('pass' as const, 'fail' as const, 'warn' as const, 'not-checked' as const),
  clause: anyText,
  expected: anyText,
  actual: anyText,
});

const anyException = fc.record({
  reason: anyText,
  issue: fc.option(anyText),
  expires: fc.option(fc.constantFrom('2024-02-29', '2027-01-31')),
  expired: fc.boolean(),
});

const anyCase: fc.Arbitrary<Omit<CaseResult, 'index'>> = fc.record({
  id: anyText,
  title: anyText,
  level: fc.constantFrom('must' as const, 'should' as const, 'may' as const),
  clause: anyText,
  why: anyText,
  since: anyText,
  cell: fc.option(fc.record({ kek: anyText, target: anyText })),
  outcome: fc.constantFrom(...OUTCOMES),
  conclusion: fc.option(anyText),
  reason: fc.option(anyText),
  seconds,
  findings: fc.array(anyFinding, { maxLength: 4 }),
  faults: fc.array(fc.record({ id: anyText, title: anyText, cause: anyText, mend: anyText }), { maxLength: 2 }),
  exception: fc.option(anyException),
});

/** Any results of up to 12 cases: counts and verdict follow from the cases, all texts are any text. */
export const anyResults: fc.Arbitrary<Results> = fc
  .record({
    suite: fc.record({ name: anyText, version: anyText, vectorsSha256: fc.option(digest) }),
    subject: fc.record({
      kind: fc.constantFrom('producer' as const, 'importer' as const, 'module' as const),
      name: anyText,
      version: fc.option(anyText),
      sha256: fc.option(digest),
      features: fc.dictionary(
        anyText.filter((name) => name !== '__proto__'),
        anyText,
        { maxKeys: 3 },
      ),
    }),
    host: fc.record({ platform: anyText, arch: anyText, release: anyText, node: anyText, cpus: fc.nat() }),
    run: fc.record({
      startedAt: fc
        .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      seconds,
      seed: fc.nat(),
      jobs: fc.nat(),
      timeoutSeconds: seconds,
      selected: fc.array(anyText, { maxLength: 2 }),
      shards: fc.option(fc.subarray([1, 2, 3, 4], { minLength: 1 }).map((indexes) => ({ indexes, of: 4 }))),
      interrupted: fc.boolean(),
      troubles: fc.array(anyText, { maxLength: 2 }),
    }),
    cases: fc.uniqueArray(anyCase, { maxLength: 12, selector: ({ id }) => id }),
  })
  .map(resultsOf);

/** Results of a whole suite, with the counts and the verdict that follow from its cases. */
export function resultsOf({ run, cases, ...facts }: Found): Results {
  const placed = cases.map((result, index) => ({ ...result, index }));
  const counts = countOutcomes(placed);
  return resultsSchema.parse({
    schema: 'keyferry/results/1',
    ...facts,
    run: { ...run, suiteCases: placed.length },
    cases: placed,
    counts,
    verdict: verdictOf(counts, run),
  });
}

type Found = Pick<Results, 'suite' | 'subject' | 'host'> & {
  readonly run: Omit<Results['run'], 'suiteCases'>;
  readonly cases: readonly Omit<CaseResult, 'index'>[];
};
