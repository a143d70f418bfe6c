import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { CKM, loadModule } from '../src/index.js';
import { ownToken, softhsm } from './own-token.js';

const AES = { class: 'secret-key', keyType: 'AES', valueLen: 32, encrypt: true } as const;
const generate = { type: CKM.AES_KEY_GEN };

// A restart ends the sessions of the whole process.
test.serial(
  'a module counts the objects that were made through it, those that are gone or were refused included',
  async (t) => {
    const { token, pin } = ownToken();
    const session = token.openSession({ writable: true });
    session.login(pin);
    const before = softhsm.objectsMade;
    const made = () => softhsm.objectsMade - before;
    const key = await session.generateKey(generate, { ...AES, token: false });
    t.is(made(), 1);
    session.destroy(session.copy(key, { token: false, label: 'copy' }));
    t.is(made(), 2);
    session.destroy(session.create({ class: 'secret-key', keyType: 'AES', value: Buffer.alloc(32), token: false }));
    t.is(made(), 3);
    const pair = { keyType: 'EC', token: false } as const;
    await session.generateKeyPair(
      { type: CKM.EC_KEY_PAIR_GEN },
      { ...pair, class: 'public-key', ecParams: Buffer.from('06082a8648ce3d030107', 'hex') },
      { ...pair, class: 'private-key', derive: true },
    );
    t.is(made(), 5);
    await t.throwsAsync(
      session.unwrapKey({ type: CKM.AES_KEY_WRAP_PAD }, key, Buffer.alloc(24), { ...AES, token: false }),
    );
    t.is(made(), 6);
    session.close();
  },
);

test.serial('a restart ends sessions and login and begins to count anew; the token keeps what it has', async (t) => {
  const { token, label, pin } = ownToken();
  const session = token.openSession({ writable: true });
  session.login(pin);
  await session.generateKey(generate, { ...AES, token: true, private: true, label: 'kept' });
  await session.generateKey(generate, { ...AES, token: false, private: true, label: 'gone' });
  softhsm.restart();
  t.is(softhsm.objectsMade, 0);
  t.throws(() => session.find({}), { code: 'INTERNAL', message: /after it was closed/ });

  const again = softhsm.findToken({ token: label }).openSession();
  t.deepEqual(again.find({}), [], 'private objects show without a login');
  again.login(pin);
  t.deepEqual(
    again.find({}).map((object) => again.read(object, 'label')),
    ['kept'],
  );
  again.close();
});

test.serial('a module is not restarted while an operation is under way', async (t) => {
  const { token, pin } = ownToken();
  const session = token.openSession({ writable: true });
  session.login(pin);
  const pair = { keyType: 'RSA', token: false } as const;
  const underWay = session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    { ...pair, class: 'public-key', modulusBits: 2048, publicExponent: Buffer.of(1, 0, 1) },
    { ...pair, class: 'private-key' },
  );
  t.throws(() => softhsm.restart(), { code: 'INTERNAL', message: /under way/ });
  await underWay;
  softhsm.restart();
});

test.serial('only who initialised a module may restart it', (t) => {
  const other = loadModule(SOFTHSM_MODULE);
  const session = ownToken().token.openSession();
  t.throws(() => other.restart(), { instanceOf: KeyferryError, code: 'INTERNAL' });
  t.deepEqual(session.find({}), [], 'the session does not serve any more');
  session.close();
});
