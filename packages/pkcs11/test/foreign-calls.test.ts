import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import { type Attributes, CKG, CKM, isHsmError, type Mechanism, nestedTemplate } from '../src/index.js';
import { objectsOf, ownSession, ownToken } from './own-token.js';

const IN_ONE_CALL: Mechanism = {
  type: CKM.RSA_AES_KEY_WRAP,
  parameter: { kind: 'rsa-aes-key-wrap', aesBits: 256, hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
};

test('a token without the mechanism says so, both ways, and Node keeps a clean error queue', async (t) => {
  const session = ownSession();
  const { key, publicKey } = provision(session, 'kek-2048', { label: 'kek', id: Buffer.of(1) });
  const target = provision(session, 'ec-p256', { label: 'target', id: Buffer.of(2) }).key;
  if (publicKey === null) throw new Error('no public object');
  const before = objectsOf(session);
  const wrapped = await t.throwsAsync(session.wrapKey(IN_ONE_CALL, publicKey, target), { instanceOf: KeyferryError });
  t.is(wrapped.code, 'MECHANISM_MISSING');
  t.is(wrapped.reason, 'C_WrapKey returned CKR_MECHANISM_INVALID (0x00000070)');
  t.true(isHsmError(wrapped, 0x70));
  const template = { class: 'private-key', keyType: 'EC', token: false, sensitive: true } as const;
  const unwrapped = await t.throwsAsync(session.unwrapKey(IN_ONE_CALL, key, Buffer.alloc(328), template), {
    instanceOf: KeyferryError,
  });
  t.is(unwrapped.code, 'MECHANISM_MISSING');
  t.is(unwrapped.values.call, 'C_UnwrapKey');
  t.is(practiceKey('rsa-2048').asymmetricKeyType, 'rsa');
  t.deepEqual(objectsOf(session), before);
});

test('the parameters of the one call are for wrapping and unwrapping only', async (t) => {
  const session = ownSession();
  const key = provision(session, 'aes-128', { label: 'k', id: Buffer.of(1) }).key;
  const error = await t.throwsAsync(session.encrypt(IN_ONE_CALL, key, Buffer.alloc(16)), {
    instanceOf: KeyferryError,
  });
  t.is(error.code, 'INTERNAL');
});

test('parameters that a call does not take are refused before the call', async (t) => {
  const session = ownSession();
  const key = provision(session, 'aes-128', { label: 'k', id: Buffer.of(1) }).key;
  const ecdh = { type: CKM.ECDH1_DERIVE, parameter: { kind: 'ecdh', publicData: Buffer.alloc(65) } } as const;
  const oaep = {
    type: CKM.RSA_PKCS_OAEP,
    parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
  } as const;
  const template = { class: 'secret-key', keyType: 'AES', token: false } as const;
  for (const call of [
    session.encrypt(ecdh, key, Buffer.alloc(16)),
    session.unwrapKey(ecdh, key, Buffer.alloc(24), template),
    session.derive(oaep, key, template),
  ]) {
    await t.throwsAsync(call, { instanceOf: KeyferryError, code: 'INTERNAL' });
  }
});

test('a template within a template is what the token goes by', async (t) => {
  const session = ownSession();
  const aes = { class: 'secret-key', keyType: 'AES', token: false, private: true, valueLen: 32 } as const;
  const generate = (more: Attributes) => session.generateKey({ type: CKM.AES_KEY_GEN }, { ...aes, ...more });
  const wrapTemplate = await nestedTemplate({ sensitive: true, derive: false });
  const wrapping = await generate({ wrap: true, wrapTemplate });
  const wrap = async (more: Attributes) =>
    session.wrapKey({ type: CKM.AES_KEY_WRAP }, wrapping, await generate({ extractable: true, ...more }));
  t.is((await wrap({ sensitive: true, derive: false })).length, 40);
  for (const unlike of [
    { sensitive: false, derive: false },
    { sensitive: true, derive: true },
  ]) {
    const error = await t.throwsAsync(wrap(unlike), { instanceOf: KeyferryError });
    t.true(isHsmError(error, 0x69), error.reason);
  }
});

test('a token without a pad refuses to ask for the PIN itself', async (t) => {
  const { token, pin } = ownToken();
  const session = token.openSession();
  const error = await t.throwsAsync(session.loginAtPad(), { instanceOf: KeyferryError });
  t.is(error.reason, 'C_Login returned CKR_ARGUMENTS_BAD (0x00000007)');
  t.false(token.flags.userPinCountLow, 'it must not count as a wrong PIN');
  session.login(pin);
  session.close();
});

test('each of these calls takes its turn in the session', async (t) => {
  const session = ownSession();
  const { key, publicKey } = provision(session, 'kek-2048', { label: 'kek', id: Buffer.of(1) });
  if (publicKey === null) throw new Error('no public object');
  const finished: string[] = [];
  const note = (name: string) => () => finished.push(name);
  const work = [
    session.loginAtPad().catch(note('login')),
    session.wrapKey(IN_ONE_CALL, publicKey, key).catch(note('wrap')),
    session.unwrapKey(IN_ONE_CALL, key, Buffer.alloc(328), {}).catch(note('unwrap')),
    session.generateKey({ type: CKM.AES_KEY_GEN }, { token: false, valueLen: 16 }).then(note('generate')),
  ];
  t.is(t.throws(() => session.find({}), { instanceOf: KeyferryError }).code, 'INTERNAL');
  await Promise.all(work);
  t.deepEqual(finished, ['login', 'wrap', 'unwrap', 'generate']);
  t.is(session.find({}).length, 3);
});
