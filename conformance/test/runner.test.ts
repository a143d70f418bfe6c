import test from 'ava';
import fc from 'fast-check';
import { PRODUCER_CASES } from '../src/producer/cases.js';
import { runCases } from '../src/runner/run-suite.js';
import { hasPattern, seedOf, selectCases } from '../src/runner/select.js';
import type { Subject } from '../src/suite/subject.js';
import { SubjectCrash } from '../src/suite/verdict.js';
import {
  fails,
  hangs,
  judged,
  type Play,
  passes,
  playedCase,
  playedSubject,
  stopsWhenTold,
} from './support/played-subject.js';

const NEVER = new AbortController().signal;

function run(subject: Subject, options: Partial<Parameters<typeof runCases>[1]> = {}) {
  const rest = { seed: 1, jobs: 1, timeoutSeconds: 60, graceSeconds: 60, signal: NEVER, onCase: () => {} };
  return runCases(subject, { cases: subject.cases, ...rest, ...options });
}

test('each way in which a case can end has its outcome and its reason', async (t) => {
  const subject = playedSubject({
    'p/pass': passes,
    'p/warn': () => judged('pass', 'warn', 'not-checked'),
    'p/fail': () => judged('warn', 'fail'),
    'p/not-applicable': () => ({ kind: 'not-applicable', reason: 'it has no oct' }),
    'p/skipped': () => ({ kind: 'skipped', reason: 'no tool here' }),
    'p/error': () => {
      throw new Error('the adapter is not there');
    },
    'p/nothing-checked': () => judged('not-checked'),
    'p/crash': () => Promise.reject(new SubjectCrash('ended by SIGSEGV')),
  });
  const { ran, troubles, abandoned } = await run(subject);
  t.deepEqual(
    ran.map((one) => [one.case.id, one.outcome, one.reason]),
    [
      ['p/pass', 'pass', null],
      ['p/warn', 'warn', null],
      ['p/fail', 'fail', null],
      ['p/not-applicable', 'not-applicable', 'it has no oct'],
      ['p/skipped', 'skipped', 'no tool here'],
      ['p/error', 'error', 'the adapter is not there'],
      ['p/nothing-checked', 'error', 'a verdict without a finding that was checked'],
      ['p/crash', 'crash', 'ended by SIGSEGV'],
    ],
  );
  t.deepEqual(troubles, []);
  t.false(abandoned);
});

test('a lane takes one case after another, and is replaced after an error, a timeout and a crash', async (t) => {
  const crashes: Play = () => Promise.reject(new SubjectCrash('gone'));
  const subject = playedSubject({ 'p/1': passes, 'p/2': fails, 'p/3': crashes, 'p/4': passes });
  await run(subject);
  t.deepEqual(subject.acts, ['open', 'p/1', 'p/2', 'p/3', 'close', 'open', 'p/4', 'close']);
});

test('results stand in the order of the suite, however many lanes there are and whichever is first', async (t) => {
  const ids = Array.from({ length: 12 }, (_, index) => `p/${index}`);
  const waits: (() => void)[] = [];
  // The cases of a round end in the reverse of the order in which they began.
  const play: Play = () =>
    new Promise((resolve) => {
      waits.push(() => resolve(judged('pass')));
      if (waits.length === 4)
        setImmediate(() => {
          for (const end of waits.splice(0).reverse()) end();
        });
    });
  const subject = playedSubject(Object.fromEntries(ids.map((id) => [id, play])));
  const told: string[] = [];
  const { ran } = await run(subject, { jobs: 4, onCase: ({ case: { id } }) => told.push(id) });
  t.deepEqual(
    ran.map((one) => one.case.id),
    ids,
  );
  t.notDeepEqual(told, ids);
  t.is(subject.acts.filter((act) => act === 'open').length, 4);
});

test('no more lanes are opened than the subject bears, than are asked for, and than there are cases', async (t) => {
  const plays = { 'p/1': passes, 'p/2': passes, 'p/3': passes };
  for (const [mostLanes, jobs, expected] of [
    [2, 8, 2],
    [8, 1, 1],
    [8, 8, 3],
  ] as const) {
    let most = 0;
    let open = 0;
    const openLane = async () => {
      most = Math.max(most, ++open);
    };
    const closeLane = async () => {
      open--;
    };
    await run(playedSubject(plays, { mostLanes, openLane, closeLane }), { jobs });
    t.is(most, expected);
    t.is(open, 0);
  }
});

test('a case that takes too long is a timeout, also when it says something once it is told to stop', async (t) => {
  const answersLate: Play = ({ signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(judged('pass'))));
  const subject = playedSubject({ 'p/stops': stopsWhenTold, 'p/late': answersLate, 'p/next': passes });
  const { ran, abandoned } = await run(subject, { timeoutSeconds: 0.02 });
  t.deepEqual(
    ran.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['timeout', 'no end within 0.02 s'],
      ['timeout', 'no end within 0.02 s'],
      ['pass', null],
    ],
  );
  t.false(abandoned);
});

test('a lane that heeds no signal is given up after the grace, and the next case has another', async (t) => {
  const subject = playedSubject({ 'p/hangs': hangs, 'p/next': passes });
  const { ran, abandoned } = await run(subject, { timeoutSeconds: 0.02, graceSeconds: 0.02 });
  t.is(ran[0]?.outcome, 'timeout');
  t.is(ran[0]?.reason, 'no end within 0.02 s, nor within 0.02 s of being told to stop; its lane was given up');
  t.is(ran[1]?.outcome, 'pass');
  t.true(abandoned);
  t.deepEqual(subject.acts, ['open', 'p/hangs', 'close', 'open', 'p/next', 'close']);
});

test('a lane that does not open makes its case an error, and after three in a row no more are tried', async (t) => {
  const plays = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`p/${index}`, passes]));
  const openLane = () => Promise.reject(new Error('no such program'));
  const subject = playedSubject(plays, { openLane });
  const { ran } = await run(subject);
  t.deepEqual(new Set(ran.map(({ outcome }) => outcome)), new Set(['error']));
  t.is(ran[2]?.reason, 'its lane could not be opened: no such program');
  t.is(ran[3]?.reason, 'not run: 3 lanes in a row did not open; of the last one: no such program');
  t.is(subject.acts.length, 3);
});

test('a lane that opens at the second attempt is used', async (t) => {
  let attempts = 0;
  const openLane = async () => {
    if (++attempts === 1) throw new Error('busy');
  };
  const { ran } = await run(playedSubject({ 'p/1': passes, 'p/2': passes }, { openLane }));
  t.deepEqual(
    ran.map(({ outcome }) => outcome),
    ['error', 'pass'],
  );
});

test('an opening that never ends is bounded by the time of a case', async (t) => {
  const subject = playedSubject({ 'p/1': passes }, { openLane: () => new Promise(() => {}) });
  const { ran, abandoned } = await run(subject, { timeoutSeconds: 0.02, graceSeconds: 0.02 });
  t.is(ran[0]?.outcome, 'error');
  t.is(ran[0]?.reason, 'its lane could not be opened: no end within 0.02 s');
  t.true(abandoned);
});

test('a lane that cannot be closed, or never is, is told among the troubles', async (t) => {
  const failing = playedSubject({ 'p/1': passes }, { closeLane: () => Promise.reject(new Error('still busy')) });
  const first = await run(failing);
  t.deepEqual(first.troubles, ['a lane could not be closed: still busy']);
  t.false(first.abandoned);
  const hanging = playedSubject({ 'p/1': passes }, { closeLane: () => new Promise(() => {}) });
  const second = await run(hanging, { graceSeconds: 0.02 });
  t.deepEqual(second.troubles, ['a lane could not be closed: no end within 0.02 s']);
  t.true(second.abandoned);
  t.is(second.ran[0]?.outcome, 'pass');
});

test('an interruption gives up what is under way, and what was run is kept', async (t) => {
  for (const [play, troubles] of [
    [stopsWhenTold, []],
    [hangs, ['p/2 did not stop when the run was interrupted']],
  ] as const) {
    const controller = new AbortController();
    const interrupted: Play = (circumstances) => {
      controller.abort(new Error('Ctrl-C'));
      return play(circumstances);
    };
    const subject = playedSubject({ 'p/1': fails, 'p/2': interrupted, 'p/3': passes });
    const result = await run(subject, { signal: controller.signal, graceSeconds: 0.02 });
    t.deepEqual(
      result.ran.map((one) => [one.case.id, one.outcome]),
      [['p/1', 'fail']],
    );
    t.deepEqual(result.troubles, troubles);
    t.deepEqual(subject.acts, ['open', 'p/1', 'p/2', 'close']);
  }
});

test('a verdict that comes after the interruption does not count', async (t) => {
  const controller = new AbortController();
  const subject = playedSubject({
    'p/1': () => {
      controller.abort(new Error('Ctrl-C'));
      return judged('fail');
    },
  });
  t.deepEqual((await run(subject, { signal: controller.signal })).ran, []);
});

const anyId = fc.stringMatching(/^[a-z]{1,8}(\/[a-z0-9-]{1,8}){1,3}$/);
const anyCases = fc.uniqueArray(anyId, { maxLength: 40 }).map((ids) => ids.map(playedCase));

test('the shards of any number are disjoint, in order, and together the whole', (t) => {
  fc.assert(
    fc.property(anyCases, fc.integer({ min: 1, max: 12 }), (cases, of) => {
      const shards = Array.from({ length: of }, (_, index) => selectCases(cases, [], { index: index + 1, of }));
      const found = shards.flat();
      t.is(found.length, cases.length);
      t.true(cases.every((one) => found.includes(one)));
      const inOrder = (shard: typeof cases) => cases.filter((one) => shard.includes(one));
      for (const shard of shards) t.deepEqual(shard, inOrder(shard));
    }),
  );
});

test('up to four shards have of the matrix of producers as many fields as the others, or one more or less', (t) => {
  const matrix = PRODUCER_CASES.filter(({ cell }) => cell !== null);
  t.is(matrix.length, 30);
  for (const of of [2, 3, 4]) {
    for (let index = 1; index <= of; index++) {
      const { length } = selectCases(matrix, [], { index, of });
      t.true(Math.abs(length - matrix.length / of) <= 1, `${length} in shard ${index}/${of}`);
    }
  }
});

test('the seed that a case is given depends on its id and on --seed, not on what else is run', async (t) => {
  const seeds: Record<string, number[]> = {};
  const play =
    (id: string): Play =>
    ({ seed }) => {
      seeds[id] = [...(seeds[id] ?? []), seed];
      return judged('pass');
    };
  const ids = ['p/a', 'p/b', 'p/c', 'p/d'];
  const subject = playedSubject(Object.fromEntries(ids.map((id) => [id, play(id)])));
  await run(subject, { seed: 7, jobs: 4 });
  await run(subject, { seed: 7, cases: subject.cases.slice(2) });
  await run(subject, { seed: 8, cases: subject.cases.slice(3) });
  t.deepEqual(seeds['p/c'], [seedOf('p/c', 7), seedOf('p/c', 7)]);
  t.deepEqual(seeds['p/d'], [seedOf('p/d', 7), seedOf('p/d', 7), seedOf('p/d', 8)]);
  t.is(new Set(Object.values(seeds).flat()).size, 5);
  for (const seed of Object.values(seeds).flat()) t.true(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
});

test('* in a pattern is any text, and everything else is itself', (t) => {
  const cases = ['p/wrap/kek-2048', 'p/wrap/kek-4096', 'p/refuse/kek-1024', 'p/a.c'].map(playedCase);
  const ids = (...patterns: string[]) => selectCases(cases, patterns, null).map(({ id }) => id);
  t.deepEqual(ids('p/wrap/*'), ['p/wrap/kek-2048', 'p/wrap/kek-4096']);
  t.deepEqual(ids('*kek-*4'), ['p/refuse/kek-1024']);
  t.deepEqual(ids('p/refuse/kek-1024', '*2048'), ['p/wrap/kek-2048', 'p/refuse/kek-1024']);
  t.deepEqual(ids('*'), ids());
  t.throws(() => ids('p/abc'), { message: /p\/abc/ });
  t.throws(() => ids('p/a.c*p/a.c'));
});

test('a pattern made from an id by putting * for parts of it has the id, and takes no time', (t) => {
  fc.assert(
    fc.property(anyId, fc.array(fc.nat(30), { maxLength: 6 }), (id, cuts) => {
      const letters = [...id];
      for (const cut of cuts) if (cut < letters.length) letters[cut] = '*';
      t.true(hasPattern(id, letters.join('')));
      t.false(hasPattern(`${id}x`, id));
    }),
  );
  t.false(hasPattern('a'.repeat(200), `${'*a'.repeat(100)}*b`));
});

test('a pattern that no case has is refused, with the ids that are nearest', (t) => {
  const cases = ['p/wrap/kek-2048', 'p/wrap/kek-4096', 'p/refuse/kek-1024'].map(playedCase);
  t.throws(() => selectCases(cases, ['p/wrap/kek-2048', 'p/warp/kek-4096'], null), {
    code: 'USAGE',
    message: /called p\/warp\/kek-4096; the nearest are p\/wrap\/kek-4096, /,
  });
  t.throws(() => selectCases(cases, ['zzz'], null), { code: 'USAGE', message: /called zzz$/ });
  t.deepEqual(selectCases(cases, ['p/refuse/*'], { index: 2, of: 1000 }), []);
});
