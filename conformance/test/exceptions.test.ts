import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../test/support/folder.js';
import { exceptionsOf, excused } from '../src/exceptions/apply-exceptions.js';
import { baselineOf } from '../src/exceptions/baseline.js';
import { REASON_TO_BE_WRITTEN } from '../src/exceptions/format.js';
import { readExceptions } from '../src/exceptions/read-exceptions.js';
import type { RanCase } from '../src/runner/run-suite.js';
import { playedCase } from './support/played-subject.js';
import { anyResults } from './support/results.js';

const TODAY = '2026-11-26';
const CASES = ['p/wrap/a', 'p/wrap/b', 'p/refuse/a'].map(playedCase);

function written(t: ExecutionContext, text: string | Uint8Array): string {
  const path = join(privateFolder(t), 'known.yaml');
  writeFileSync(path, text);
  return path;
}

function ran(id: string, outcome: RanCase['outcome']): RanCase {
  return { case: playedCase(id), outcome, verdict: null, reason: null, seconds: 0 };
}

test('a list is read with comments, and every value is the text that stands there', async (t) => {
  const path = written(
    t,
    `# known
- id: p/wrap/*        # all of them
  reason: >
    The firmware
    is old.
  issue: 0042
  expires: 2027-06-30
- {id: "p/refuse/a", reason: 'no'}
`,
  );
  t.deepEqual(await readExceptions(path), [
    { id: 'p/wrap/*', reason: 'The firmware is old.', issue: '0042', expires: '2027-06-30' },
    { id: 'p/refuse/a', reason: 'no' },
  ]);
  t.deepEqual(await readExceptions(written(t, '# nothing\n')), []);
});

for (const [what, text, said] of [
  ['a member that nobody knows', '- {id: a, reason: b, expire: 2027-01-01}', /entry 1: .*expire/],
  ['an entry without a reason', '- {id: a, reason: b}\n- {id: c}', /entry 2, reason/],
  ['an empty reason', "- {id: a, reason: ' '}", /entry 1, reason/],
  ['a day that is none', '- {id: a, reason: b, expires: 2027-02-30}', /entry 1, expires/],
  ['a reason that is still to be written', `- {id: a, reason: "${REASON_TO_BE_WRITTEN}"}`, /entry 1, reason/],
  ['a map in place of a list', 'id: a\nreason: b', /expected array/],
  ['a key that stands twice', '- {id: a, id: b, reason: c}', /line 1, column/],
  ['an anchor', '- &x {id: a, reason: b}', /line 1: found an anchor/],
  ['an alias', '- &x {id: a, reason: b}\n- *x', /found an a/],
  ['a tag', '- {id: !!str a, reason: b}', /found a tag|tag/],
  ['a second document', '- {id: a, reason: b}\n---\n- {id: c, reason: d}', /line 2/],
  ['what is no YAML', '- {id: a', /line 1/],
  ['lists a hundred thousand deep', '['.repeat(100_000), /known\.yaml/],
] as const) {
  test(`a list of known failures with ${what} is refused`, async (t) => {
    await t.throwsAsync(readExceptions(written(t, text)), { code: 'EXCEPTIONS_INVALID', message: said });
  });
}

test('a list is read as what came from elsewhere: no link, no other character set, no size without bound', async (t) => {
  const path = written(t, '[]');
  const link = join(privateFolder(t), 'link.yaml');
  symlinkSync(path, link);
  await t.throwsAsync(readExceptions(link), { code: 'FILE_NOT_REGULAR' });
  await t.throwsAsync(readExceptions(written(t, new Uint8Array([0x5b, 0xff, 0x5d]))), { code: 'FILE_NOT_UTF8' });
  await t.throwsAsync(readExceptions(written(t, '#'.repeat(1024 * 1024 + 1))), { code: 'FILE_TOO_LARGE' });
});

test('what may be accepted is a failure, a crash and a timeout; a pass in its place is an unexpected one', (t) => {
  const exceptions = exceptionsOf(CASES, [{ id: 'p/wrap/*', reason: 'known', expires: TODAY }]);
  const outcomes = (id: string) =>
    (['fail', 'crash', 'timeout', 'pass', 'warn', 'error', 'skipped', 'not-applicable'] as const).map(
      (outcome) => excused(ran(id, outcome), exceptions, TODAY).outcome,
    );
  t.deepEqual(outcomes('p/wrap/b'), [
    'xfail',
    'xfail',
    'xfail',
    'xpass',
    'xpass',
    'error',
    'skipped',
    'not-applicable',
  ]);
  t.deepEqual(outcomes('p/refuse/a'), [
    'fail',
    'crash',
    'timeout',
    'pass',
    'warn',
    'error',
    'skipped',
    'not-applicable',
  ]);
});

test('an exception holds through its last day; from then on it excuses nothing, and a case that passes wants it gone', (t) => {
  const exceptions = exceptionsOf(CASES, [{ id: 'p/wrap/a', reason: 'known', issue: '1', expires: TODAY }]);
  const exception = { reason: 'known', issue: '1', expires: TODAY, expired: false };
  t.like(excused(ran('p/wrap/a', 'fail'), exceptions, TODAY), { outcome: 'xfail', exception });
  for (const [ended, outcome] of [
    ['fail', 'fail'],
    ['crash', 'crash'],
    ['pass', 'xpass'],
    ['skipped', 'skipped'],
  ] as const) {
    const later = excused(ran('p/wrap/a', ended), exceptions, '2026-11-27');
    t.like(later, { outcome, exception: { ...exception, expired: true } });
  }
  t.is(excused(ran('p/wrap/b', 'fail'), exceptions, TODAY).exception, null);
});

test('an entry that speaks of no case is refused, and so are two that speak of one', (t) => {
  const of = (...ids: string[]) =>
    exceptionsOf(
      CASES,
      ids.map((id) => ({ id, reason: 'known' })),
    );
  t.throws(() => of('p/wrap/a', 'p/warp/b'), { code: 'EXCEPTION_UNUSED', message: /nearest are p\/wrap\/b/ });
  t.throws(() => of('p/wrap/*', 'p/*/a'), {
    code: 'EXCEPTIONS_INVALID',
    message: /p\/wrap\/a: p\/wrap\/\* and p\/\*\/a/,
  });
  t.is(of('p/wrap/*', 'p/refuse/a').size, 3);
});

test('a baseline has what failed, whatever its texts, is refused until its reasons are written, and then accepts exactly that', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'known.yaml');
  const plain = fc.stringMatching(/^[a-z]{1,8}\/[a-z0-9-]{1,8}$/);
  await fc.assert(
    fc.asyncProperty(anyResults, fc.uniqueArray(plain, { minLength: 12, maxLength: 12 }), async (results, ids) => {
      const cases = results.cases.map((one, index) => ({
        ...one,
        id: ids[index] ?? '',
        // As --expect would have read it.
        exception:
          one.outcome === 'xfail'
            ? { reason: 'an old one', issue: 'x: #1', expires: '2027-01-31', expired: false }
            : null,
      }));
      const text = baselineOf({ ...results, cases });
      writeFileSync(path, text);
      const unwritten = cases.filter(({ outcome }) => ['fail', 'crash', 'timeout'].includes(outcome));
      if (unwritten.length > 0) await t.throwsAsync(readExceptions(path), { code: 'EXCEPTIONS_INVALID' });
      writeFileSync(path, text.replaceAll(REASON_TO_BE_WRITTEN, 'written'));
      const read = await readExceptions(path);
      t.deepEqual(
        read.map(({ id }) => id),
        cases.filter(({ outcome }) => ['fail', 'crash', 'timeout', 'xfail'].includes(outcome)).map(({ id }) => id),
      );
      t.is(read.filter(({ reason }) => reason === 'written').length, unwritten.length);
      for (const { reason, issue, expires } of read.filter(({ reason }) => reason !== 'written')) {
        t.deepEqual([reason, issue, expires], ['an old one', 'x: #1', '2027-01-31']);
      }
    }),
    { numRuns: 60 },
  );
});
