import test from 'ava';
import fc from 'fast-check';
import { type Candidate, newVersions, reconcile } from '../src/reconcile.js';

const table: readonly (readonly [title: string, candidates: readonly Candidate[], outcome: string])[] = [
  ['no new version', [], 'unknown'],
  ['one new version that is the expected key', [{ version: 'a', equal: true }], 'ours'],
  ['one new version that is another key', [{ version: 'a', equal: false }], 'different'],
  ['one new version that shows nothing', [{ version: 'a', equal: null }], 'unknown'],
  [
    'two new versions, though one is the expected key',
    [
      { version: 'a', equal: true },
      { version: 'b', equal: false },
    ],
    'unknown',
  ],
];
for (const [title, candidates, outcome] of table) {
  test(`${title} is ${outcome}`, (t) => {
    t.is(reconcile(candidates).outcome, outcome as ReturnType<typeof reconcile>['outcome']);
  });
}

test('whatever the vault shows, a version of before is never ours, and ours is always the expected key', (t) => {
  const versions = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f'));
  const verdict = fc.constantFrom(true, false, null);
  fc.assert(
    fc.property(versions, versions, fc.func(verdict), (before, after, equal) => {
      const candidates = newVersions(before, after).map((version) => ({ version, equal: equal(version) }));
      const decision = reconcile(candidates);
      if (decision.outcome === 'unknown') return;
      t.false(before.includes(decision.version));
      t.true(after.includes(decision.version));
      t.is(equal(decision.version), decision.outcome === 'ours');
    }),
  );
  t.pass();
});
