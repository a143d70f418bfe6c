import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../test/support/folder.js';
import { countOutcomes, verdictOf } from '../src/report/count-outcomes.js';
import { mergeResults } from '../src/report/merge-results.js';
import { disagreement, readResults } from '../src/report/read-results.js';
import type { Results } from '../src/report/results.js';
import { isInShard } from '../src/runner/select.js';
import { producerResults } from './support/practice-results.js';

/** The results of a whole run, as one that was not in shards. */
function wholeResults(): Results {
  const found = producerResults();
  return { ...found, run: { ...found.run, shards: null } };
}

/** What a run of one shard of it would have found. */
function shardOf(whole: Results, index: number, of: number, run: Partial<Results['run']> = {}): Results {
  const cases = whole.cases.filter(({ id }) => isInShard(id, { index, of }));
  const circumstances = { ...whole.run, shards: { indexes: [index], of }, ...run };
  const counts = countOutcomes(cases);
  return { ...whole, run: circumstances, cases, counts, verdict: verdictOf(counts, circumstances) };
}

function shardsOf(whole: Results, of: number): Results[] {
  return Array.from({ length: of }, (_, index) => shardOf(whole, index + 1, of));
}

const whole = wholeResults();

test('shards of any number, in any order, come to the results of the whole', (t) => {
  const anyOrder = fc
    .integer({ min: 1, max: 9 })
    .chain((of) => fc.shuffledSubarray(shardsOf(whole, of), { minLength: of }));
  fc.assert(
    fc.property(anyOrder, (shards) => {
      const merged = mergeResults(shards);
      const indexes = shards.map((_, index) => index + 1);
      t.deepEqual(merged, { ...whole, run: { ...whole.run, shards: { indexes, of: shards.length } } });
      t.is(disagreement(merged), null);
    }),
    { numRuns: 30 },
  );
});

test('a part that was put together can be put together again', (t) => {
  const [a, b, c] = shardsOf(whole, 3) as [Results, Results, Results];
  const cases = [...a.cases, ...c.cases].sort((x, y) => x.index - y.index);
  const counts = countOutcomes(cases);
  const part = {
    ...a,
    run: { ...a.run, shards: { indexes: [1, 3], of: 3 } },
    cases,
    counts,
    verdict: verdictOf(counts, a.run),
  };
  t.is(disagreement(part), null);
  t.deepEqual(mergeResults([b, part]).cases, whole.cases);
});

test('one result that is no shard stays what it is', (t) => {
  t.deepEqual(mergeResults([whole]), whole);
});

test('the time of the whole is from the first start to the last end, and machines that differ are all named', (t) => {
  const first = shardOf(whole, 1, 2, { startedAt: '2026-11-24T08:30:10.000Z', seconds: 5, jobs: 2 });
  const second = shardOf(whole, 2, 2, { startedAt: '2026-11-24T08:30:00.000Z', seconds: 40.5 });
  const other = { ...second, host: { ...second.host, node: 'v22.1.0', cpus: 2 } };
  const { run, host } = mergeResults([first, other]);
  t.like(run, { startedAt: '2026-11-24T08:30:00.000Z', seconds: 40.5, jobs: 4 });
  t.deepEqual(host, { ...whole.host, node: 'v20.19.5, v22.1.0', cpus: 2 });
});

test('one interrupted shard makes the whole incomplete, and troubles of each are told', (t) => {
  const [a] = shardsOf(whole, 2) as [Results];
  const cut = shardOf(whole, 2, 2, { interrupted: true, troubles: ['a key is left'] });
  const merged = mergeResults([a, { ...cut, cases: cut.cases.slice(1) }]);
  t.is(merged.verdict, 'incomplete');
  t.deepEqual(merged.run.troubles, ['a key is left']);
});

test('results of different runs are not put together', (t) => {
  const [a, b] = shardsOf(whole, 2) as [Results, Results];
  const others: Readonly<Record<string, Results>> = {
    'suite.version': { ...b, suite: { ...b.suite, version: '9' } },
    'suite.vectorsSha256': { ...b, suite: { ...b.suite, vectorsSha256: null } },
    'subject.name': { ...b, subject: { ...b.subject, name: 'another' } },
    'subject.sha256': { ...b, subject: { ...b.subject, sha256: '00'.repeat(32) } },
    'subject.features': { ...b, subject: { ...b.subject, features: {} } },
    'run.seed': { ...b, run: { ...b.run, seed: 1 } },
    'run.timeoutSeconds': { ...b, run: { ...b.run, timeoutSeconds: 1 } },
    'run.selected': { ...b, run: { ...b.run, selected: ['*'] } },
    'run.suiteCases': { ...b, run: { ...b.run, suiteCases: 99 } },
    'run.shards.of': shardOf(whole, 2, 3),
  };
  for (const [member, other] of Object.entries(others)) {
    const failure = t.throws(() => mergeResults([a, other]), { code: 'RESULTS_DIFFER' }, member);
    t.true(failure?.message.includes(`${member}: `), failure?.message);
  }
});

test('a shard that is there twice, beside the whole, or not at all is refused', (t) => {
  const [a, b, c] = shardsOf(whole, 3) as [Results, Results, Results];
  t.throws(() => mergeResults([a, b, c, b]), { code: 'SHARDS_OVERLAP', message: /shard 2\/3 is there twice/ });
  t.throws(() => mergeResults([whole, whole]), { code: 'SHARDS_OVERLAP' });
  t.throws(() => mergeResults([a, whole]), { code: 'SHARDS_OVERLAP' });
  t.throws(() => mergeResults([b]), { code: 'SHARDS_MISSING', message: /not there: 1\/3, 3\/3/ });
  const hollow = { ...b, cases: b.cases.slice(1) };
  t.throws(() => mergeResults([a, hollow, c]), { code: 'SHARDS_MISSING', message: /cases for this subject/ });
});

test('results that do not agree with themselves are refused', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'results.json');
  const shard = shardOf(whole, 1, 3);
  writeFileSync(path, JSON.stringify(shard));
  t.deepEqual(await readResults(path), shard);
  const [first, second] = shard.cases as [Results['cases'][number], Results['cases'][number]];
  const stray = whole.cases.find(({ id }) => !isInShard(id, { index: 1, of: 3 })) as Results['cases'][number];
  const wrong: Readonly<Record<string, unknown>> = {
    'counts: ': { ...shard, counts: { ...shard.counts, pass: shard.counts.pass + 1 } },
    'verdict: ': { ...shard, verdict: 'conforms' },
    'two have the same id': { ...shard, cases: [first, { ...second, id: first.id }, ...shard.cases.slice(2)] },
    'order of their index': { ...shard, cases: [second, first, ...shard.cases.slice(2)] },
    'beyond the suite': { ...shard, run: { ...shard.run, suiteCases: 2 } },
    'in none of these shards': { ...shard, cases: [{ ...first, id: stray.id }, ...shard.cases.slice(1)] },
    'run.shards: ': { ...shard, run: { ...shard.run, shards: { indexes: [2, 1], of: 3 } } },
    expires: { ...shard, more: { expires: 1 } },
    'run.seed': { ...shard, run: { ...shard.run, seed: '1' } },
  };
  for (const [words, value] of Object.entries(wrong)) {
    writeFileSync(path, JSON.stringify(value));
    const failure = await t.throwsAsync(readResults(path), { code: 'RESULTS_INVALID' }, words);
    if (words !== 'expires') t.true(failure?.message.includes(words), failure?.message);
  }
  writeFileSync(path, JSON.stringify(shard).replace('"schema"', '"schema":"x","schema"'));
  await t.throwsAsync(readResults(path), { code: 'JSON_DUPLICATE_MEMBER' });
  writeFileSync(path, '{');
  await t.throwsAsync(readResults(path), { code: 'JSON_INVALID' });
});
