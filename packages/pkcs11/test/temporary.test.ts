import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { type Attributes, CKM, type ObjectHandle } from '../src/index.js';
import { objectsOf, ownSession, ownToken } from './own-token.js';

const NOTE: Attributes = { class: 'data', token: false, private: false };

test('what is owned lives during the work and is destroyed after it', async (t) => {
  const session = ownSession();
  const before = objectsOf(session);
  const result = await session.temporary(async (own) => {
    const key = own(await session.generateKey({ type: CKM.AES_KEY_GEN }, { token: false, valueLen: 32 }));
    t.true(objectsOf(session).has(key));
    own(session.create(NOTE));
    return 'result';
  });
  t.is(result, 'result');
  t.deepEqual(objectsOf(session), before);
});

test('what is not owned stays', async (t) => {
  const session = ownSession();
  const kept = await session.temporary(async () => session.create(NOTE));
  t.deepEqual(objectsOf(session), new Set([kept]));
});

test('an error after any number of objects leaves none, and is the error that is told', async (t) => {
  for (const count of [0, 1, 2, 5]) {
    const session = ownSession();
    const interrupted = new KeyferryError('INTERRUPTED', { reason: 'SIGINT' });
    const work = session.temporary(async (own) => {
      for (let made = 0; made < count; made += 1) own(session.create(NOTE));
      throw interrupted;
    });
    t.is(await t.throwsAsync(work), interrupted);
    t.deepEqual(objectsOf(session), new Set());
  }
});

test('an abort between two calls leaves nothing', async (t) => {
  const session = ownSession();
  const abort = new AbortController();
  const work = session.temporary(async (own) => {
    const kek = own(await session.generateKey({ type: CKM.AES_KEY_GEN }, { token: false, wrap: true, valueLen: 32 }));
    abort.abort(new KeyferryError('INTERRUPTED', { reason: 'SIGINT' }));
    abort.signal.throwIfAborted();
    await session.wrapKey({ type: CKM.AES_KEY_WRAP_PAD }, kek, kek);
  });
  t.is((await t.throwsAsync(work, { instanceOf: KeyferryError })).code, 'INTERRUPTED');
  t.deepEqual(objectsOf(session), new Set());
});

test('the last made is destroyed first', async (t) => {
  const session = ownSession();
  const destroyed: ObjectHandle[] = [];
  const destroy = session.destroy.bind(session);
  session.destroy = (object) => {
    destroyed.push(object);
    destroy(object);
  };
  const made = await session.temporary(async (own) => [own(session.create(NOTE)), own(session.create(NOTE))]);
  t.deepEqual(destroyed, made.toReversed());
});

test('an object that the work destroyed itself is no failure', async (t) => {
  const session = ownSession();
  await session.temporary(async (own) => session.destroy(own(session.create(NOTE))));
  t.deepEqual(objectsOf(session), new Set());
});

test('an object that cannot be destroyed is told, the others are destroyed all the same', async (t) => {
  const { token, pin } = ownToken();
  const observer = token.openSession();
  const session = token.openSession({ writable: true });
  session.login(pin);
  let stays: ObjectHandle | undefined;
  const work = session.temporary(async (own) => {
    own(session.create(NOTE));
    stays = own(session.create({ ...NOTE, destroyable: false }));
    own(session.create(NOTE));
  });
  const error = await t.throwsAsync(work, { instanceOf: KeyferryError });
  t.is(error.code, 'HSM_LEFTOVER');
  t.is(error.reason, '1 temporary object left: C_DestroyObject returned CKR_ACTION_PROHIBITED (0x0000001b)');
  t.deepEqual(objectsOf(session), new Set([stays]));
  session.close();
  t.deepEqual(objectsOf(observer), new Set());
});

test('an object that cannot be destroyed does not hide the error of the work', async (t) => {
  const session = ownSession();
  const work = session.temporary(async (own) => {
    own(session.create({ ...NOTE, destroyable: false }));
    throw new KeyferryError('CANCELLED', { reason: 'no' });
  });
  t.is((await t.throwsAsync(work, { instanceOf: KeyferryError })).code, 'CANCELLED');
});

test('temporary work inside temporary work ends in order', async (t) => {
  const session = ownSession();
  await session.temporary(async (own) => {
    const outer = own(session.create(NOTE));
    await session.temporary(async (alsoOwn) => alsoOwn(session.create(NOTE)));
    t.deepEqual(objectsOf(session), new Set([outer]));
  });
  t.deepEqual(objectsOf(session), new Set());
});

test('a closed session takes its objects with it, and says so when it is used', async (t) => {
  const { token, pin } = ownToken();
  const observer = token.openSession();
  const session = token.openSession({ writable: true });
  session.login(pin);
  await session.generateKey({ type: CKM.AES_KEY_GEN }, { token: false, valueLen: 16 });
  t.is(objectsOf(observer).size, 1);
  session.close();
  session.close();
  t.is(objectsOf(observer).size, 0);
  t.is(t.throws(() => session.find({}), { instanceOf: KeyferryError }).code, 'INTERNAL');
  const key = session.generateKey({ type: CKM.AES_KEY_GEN }, { valueLen: 16 });
  t.is((await t.throwsAsync(key, { instanceOf: KeyferryError })).code, 'INTERNAL');
});

test('temporary work in a session that is closed meanwhile tells its own error, or that the session is closed', async (t) => {
  const session = ownSession();
  const work = session.temporary(async (own) => {
    own(session.create(NOTE));
    session.close();
    throw new KeyferryError('CANCELLED', { reason: 'no' });
  });
  t.is((await t.throwsAsync(work, { instanceOf: KeyferryError })).code, 'CANCELLED');
});
