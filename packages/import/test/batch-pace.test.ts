import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { type Clock, Pace } from '../src/batch/pace.js';

/** A clock that stands still but for the pauses that are waited out. */
function fakeClock() {
  const waits: number[] = [];
  const clock: Clock & { time: number; waits: number[] } = {
    time: 0,
    waits,
    now: () => clock.time,
    async wait(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      clock.time += ms;
    },
  };
  return clock;
}

function pace(most = 8, more: { patience?: number; signal?: AbortSignal } = {}) {
  const clock = fakeClock();
  const notes: string[] = [];
  const signal = more.signal ?? new AbortController().signal;
  const options = { most, patience: more.patience ?? 600_000, signal, say: (note: string) => notes.push(note) };
  return { clock, notes, pace: new Pace(options, clock) };
}

test('it begins with four at a time, adds one for each round without a 429, and stops at the most', (t) => {
  const { pace: subject } = pace(8);
  const limits = [subject.limit];
  for (let round = 0; round < 6; round += 1) {
    for (let key = subject.limit; key > 0; key -= 1) subject.succeeded();
    subject.succeeded();
    limits.push(subject.limit);
  }
  t.deepEqual(limits, [4, 5, 6, 7, 8, 8, 8]);
  t.is(pace(2).pace.limit, 2);
});

test('a 429 halves it once for a burst, and never below one', async (t) => {
  const { pace: subject } = pace(8);
  const limits: number[] = [];
  for (let burst = 0; burst < 4; burst += 1) {
    for (let request = 0; request < 5; request += 1) subject.throttled(1);
    await subject.pauseOver();
    limits.push(subject.limit);
  }
  t.deepEqual(limits, [2, 1, 1, 1]);
});

test('Retry-After holds the whole batch, the longest of a burst counts, and it is told once', async (t) => {
  const { pace: subject, clock, notes } = pace();
  subject.throttled(3);
  subject.throttled(10);
  subject.throttled(2);
  subject.throttled(null);
  await subject.enter();
  t.is(clock.time, 10_000);
  t.deepEqual(notes, ['the vault throttles (429): a pause of 3 s, then 2 at a time']);
});

test('without Retry-After the pauses double up to half a minute, and a finished key begins anew', async (t) => {
  const { pace: subject, clock } = pace();
  for (let burst = 0; burst < 7; burst += 1) {
    subject.throttled(null);
    await subject.pauseOver();
  }
  subject.succeeded();
  subject.throttled(null);
  await subject.pauseOver();
  t.deepEqual(clock.waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 1000]);
});

test('a vault that says "again at once" for ever is asked ever more slowly, and given up in the end', async (t) => {
  const { pace: subject, clock } = pace();
  const ask = async () => {
    for (let request = 0; request < 1000; request += 1) {
      subject.throttled(0);
      await subject.pauseOver();
    }
  };
  const error = await t.throwsAsync(ask(), { instanceOf: KeyferryError });
  t.is(error.code, 'SERVICE_BUSY');
  t.true(clock.waits.length < 40);
  t.true(clock.time <= 600_000);
  await t.throwsAsync(subject.enter(), { is: error });
});

test('a Retry-After beyond patience is not waited for', async (t) => {
  const { pace: subject, clock } = pace(8, { patience: 60_000 });
  subject.throttled(3600);
  t.is((await t.throwsAsync(subject.enter(), { instanceOf: KeyferryError })).code, 'SERVICE_BUSY');
  t.is(clock.time, 0);
});

test('who waits for a place gets it when another one leaves, or when there is one more', async (t) => {
  const { pace: subject } = pace(2);
  await Promise.all([subject.enter(), subject.enter()]);
  const order: string[] = [];
  const third = subject.enter().then(() => order.push('third'));
  await Promise.resolve();
  order.push('left');
  subject.leave();
  await third;
  t.deepEqual(order, ['left', 'third']);
});

test('an interruption ends what waits for a place or for a pause, and nothing that needs neither', async (t) => {
  const interruption = new AbortController();
  const { pace: subject } = pace(1, { signal: interruption.signal });
  await subject.enter();
  const waiting = subject.enter();
  const reason = new KeyferryError('INTERRUPTED', { reason: 'by SIGINT' });
  interruption.abort(reason);
  await t.throwsAsync(waiting, { is: reason });
  await t.notThrowsAsync(subject.pauseOver());
  subject.throttled(5);
  await t.throwsAsync(subject.pauseOver(), { is: reason });
});

test('whatever happens, no more are under way than the limit, and all come to their turn', async (t) => {
  const acts = fc.array(fc.constantFrom('done' as const, 'throttled' as const, 'again' as const), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(acts, fc.integer({ min: 1, max: 6 }), async (ends, most) => {
      const { pace: subject } = pace(most);
      let running = 0;
      await Promise.all(
        ends.map(async (end) => {
          await subject.enter();
          running += 1;
          t.true(running <= most);
          await Promise.resolve();
          if (end === 'done') subject.succeeded();
          if (end === 'throttled') subject.throttled(null);
          if (end === 'again') subject.throttled(0);
          running -= 1;
          subject.leave();
        }),
      );
    }),
  );
});
