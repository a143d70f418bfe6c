import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session, Token } from '@keyferry/pkcs11';
import test from 'ava';
import { SessionPool } from '../src/keys/session-pool.js';
import { findAgain, takeStock } from '../src/keys/sweep.js';
import { badParameter } from '../src/rules/refusal.js';

/** A token that only counts its sessions. */
function countingToken() {
  const state = { opened: 0, open: 0, refuses: false };
  const openSession = () => {
    if (state.refuses) throw new KeyferryError('HSM_ERROR', { reason: 'no more sessions' });
    state.opened += 1;
    state.open += 1;
    const close = () => {
      state.open -= 1;
    };
    return { login: () => undefined, close } as unknown as Session;
  };
  return { state, pool: new SessionPool({ openSession } as unknown as Token, 'pin') };
}

test('at most four flows of work run side by side, each with a session of its own, and sessions are used again', async (t) => {
  const { state, pool } = countingToken();
  let running = 0;
  let most = 0;
  const used = new Set<Session>();
  const work = async (session: Session) => {
    used.add(session);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 30 }, () => pool.use(work)));
  t.is(most, 4);
  t.is(used.size, 4);
  t.is(state.opened, 5); // One more holds the login.
});

for (const [what, error] of [
  ['a refusal of what the client sent', badParameter('the blob does not open', 'KwpFailed')],
  ['an error of the HSM', new KeyferryError('HSM_ERROR', { reason: 'CKR_DEVICE_ERROR' })],
  ['an error that nobody foresaw', new TypeError('oh')],
] as const) {
  test(`after ${what} the session is closed, and the next work gets a new one`, async (t) => {
    const { state, pool } = countingToken();
    const seen: Session[] = [];
    const thrown = await t.throwsAsync(
      pool.use(async (session) => {
        seen.push(session);
        throw error;
      }),
    );
    t.is(thrown as Error, error);
    t.is(state.open, 1);
    await pool.use(async (session) => void seen.push(session));
    t.not(seen[0], seen[1]);
    t.is(state.open, 2);
  });
}

test('when no session can be opened that is the error, and the pool serves again as soon as one can', async (t) => {
  const { state, pool } = countingToken();
  state.refuses = true;
  const asked = Array.from({ length: 9 }, () => pool.use(async () => 'done'));
  for (const one of asked) await t.throwsAsync(one, { code: 'HSM_ERROR' });
  state.refuses = false;
  t.deepEqual(await Promise.all(Array.from({ length: 9 }, () => pool.use(async () => 'done'))), Array(9).fill('done'));
  await pool.drained();
});

/** A pool whose token counts the flows of work; a renewal is due when there were as many as `most` since the last one. */
function renewedPool(most: number) {
  const state = { generation: 0, flows: 0, running: 0, mostRunning: 0, atRenewal: [] as number[], refuses: false };
  const token = () => {
    const { generation } = state;
    return { openSession: () => ({ login: () => undefined, close: () => undefined, generation }) } as unknown as Token;
  };
  const pool = new SessionPool(token(), 'pin', {
    isDue: () => state.flows >= most,
    renew: () => {
      if (state.refuses) throw new KeyferryError('HSM_ERROR', { reason: 'CKR_GENERAL_ERROR' });
      state.atRenewal.push(state.running);
      state.generation += 1;
      state.flows = 0;
      return token();
    },
    renewed: (session) => found.push(generationOf(session)),
  });
  const found: number[] = [];
  const work = async (session: Session) => {
    state.flows += 1;
    state.running += 1;
    state.mostRunning = Math.max(state.mostRunning, state.running);
    const before = state.generation;
    await new Promise((resolve) => setImmediate(resolve));
    state.running -= 1;
    return generationOf(session) === before && before === state.generation;
  };
  return { state, pool, work, found };
}

const generationOf = (session: Session) => (session as unknown as { generation: number }).generation;

test('when a renewal is due the token is opened anew while no work is under way, and no work sees it', async (t) => {
  const { state, pool, work, found } = renewedPool(10);
  t.deepEqual(await Promise.all(Array.from({ length: 100 }, () => pool.use(work))), Array(100).fill(true));
  t.true(state.generation >= 7, `renewed ${state.generation} times`);
  t.deepEqual(state.atRenewal, Array(state.generation).fill(0));
  t.deepEqual(
    found,
    Array.from({ length: state.generation }, (_, at) => at + 1),
  );
  t.is(state.mostRunning, 4);
});

test('a renewal that fails is the error of the work that waited for it, and the next work tries again', async (t) => {
  const { state, pool, work } = renewedPool(3);
  for (let flow = 0; flow < 3; flow += 1) await pool.use(work);
  state.refuses = true;
  for (const one of Array.from({ length: 5 }, () => pool.use(work))) await t.throwsAsync(one, { code: 'HSM_ERROR' });
  t.throws(() => pool.anchor, { code: 'HSM_ERROR' });
  state.refuses = false;
  t.true(await pool.use(work));
  t.is(state.generation, 1);
  t.is(generationOf(pool.anchor), 1);
});

test('keys are found again by their ids; what the token has lost has no handle, and after an error all is as it was', (t) => {
  const ids: Readonly<Record<string, string>> = { 11: '0a', 12: '0c', 13: '0b' };
  const handles = new Map([
    ['0a', 12n as ObjectHandle],
    ['0b', 11n as ObjectHandle],
    ['0d', 13n as ObjectHandle],
  ]);
  const before = new Map(handles);
  const session = {
    find: () => [11n, 12n, 13n],
    read: (object: bigint) => Buffer.from(ids[Number(object)] ?? '', 'hex'),
  };
  const broken = () => {
    throw new KeyferryError('HSM_ERROR', { reason: 'x', values: { call: 'C_FindObjects', number: 5 } });
  };
  t.throws(() => findAgain({ ...session, find: broken } as unknown as Session, handles), { code: 'HSM_ERROR' });
  t.deepEqual(handles, before);
  findAgain(session as unknown as Session, handles);
  t.deepEqual(
    handles,
    new Map([
      ['0a', 11n as ObjectHandle],
      ['0b', 13n as ObjectHandle],
    ]),
  );
});

test('an object that the token will not destroy does not keep the emulator from starting', (t) => {
  const refused = () => {
    throw new KeyferryError('HSM_ERROR', { reason: 'x', values: { call: 'C_DestroyObject', number: 5 } });
  };
  const find = () => [1n, 2n] as ObjectHandle[];
  const session = { find, read: () => Buffer.of(1), destroy: (object: bigint) => object === 2n && refused() };
  const { unnamed, stuck, handles, lost } = takeStock(session as unknown as Session, []);
  t.deepEqual({ unnamed, stuck, handles: handles.size, lost }, { unnamed: 1, stuck: 1, handles: 0, lost: [] });
});
