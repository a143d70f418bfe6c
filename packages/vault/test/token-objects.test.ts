import { type Attributes, loadModule, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

const VAULT = 'https://inside.vault.azure.net';
const POOL = 'https://inside.managedhsm.azure.net';

let opened: TestVault;
let session: Session;

test.before(async () => {
  opened = await openTestVault(wholeFile);
  session = loadModule(SOFTHSM_MODULE).findToken({ token: 'keyferry-vault' }).openSession();
});

test.after.always(async () => {
  session.close();
  await opened.vault.close();
});

/** The one object of a key, by its label. */
function objectOf(label: string): ObjectHandle {
  const [object, ...others] = session.find({ label });
  if (object === undefined || others.length > 0) throw new Error(`${others.length + 1} objects of ${label}`);
  return object;
}

const USES = ['sign', 'decrypt', 'unwrap', 'encrypt', 'wrap', 'derive', 'verify', 'signRecover'] as const;

function usesOf(label: string): string[] {
  return usesOfObject(objectOf(label));
}

function usesOfObject(object: ObjectHandle): string[] {
  return USES.filter((use) => session.read(object, use) === true);
}

test.serial(
  'each key is one token object that never leaves it, with the uses of its key_ops and no others',
  async (t) => {
    const { client } = opened;
    const create = (url: string, name: string, body: object) => client.call('POST', `${url}/keys/${name}/create`, body);
    const kek = (await create(VAULT, 'kek', { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
    await create(VAULT, 'signer', { kty: 'RSA-HSM', key_ops: ['sign', 'verify'] });
    await create(VAULT, 'unwrapper', { kty: 'RSA', key_ops: ['wrapKey', 'unwrapKey'] });
    await create(VAULT, 'ec', { kty: 'EC-HSM' });
    await create(VAULT, 'nothing', { kty: 'EC-HSM', key_ops: [] });
    await create(POOL, 'wrapper', { kty: 'oct-HSM', key_ops: ['wrapKey'] });
    await create(POOL, 'cipher', { kty: 'oct-HSM', key_ops: ['encrypt', 'decrypt'] });
    for (const [name, kty, source, crv] of [
      ['imported-rsa', 'RSA-HSM', 'rsa-2048', undefined],
      ['imported-ec', 'EC-HSM', 'ec-p521', 'P-521'],
    ] as const) {
      const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey(source)))));
      t.is(
        (await client.call('PUT', `${VAULT}/keys/${name}`, { key: { kty, crv, key_hsm, key_ops: ['sign'] } })).status,
        200,
      );
    }

    const inside = 'inside.vault.azure.net';
    t.deepEqual(usesOf(`${inside}/kek`), ['unwrap']);
    t.deepEqual(usesOf(`${inside}/signer`), ['sign']);
    t.deepEqual(usesOf(`${inside}/unwrapper`), ['decrypt']);
    t.deepEqual(usesOf(`${inside}/ec`), ['sign']);
    t.deepEqual(usesOf(`${inside}/nothing`), []);
    t.deepEqual(usesOf(`${inside}/imported-rsa`), ['sign']);
    t.deepEqual(usesOf(`${inside}/imported-ec`), ['sign']);
    t.deepEqual(usesOf('inside.managedhsm.azure.net/wrapper'), ['wrap']);
    t.deepEqual(usesOf('inside.managedhsm.azure.net/cipher'), ['decrypt', 'encrypt']);

    // All there is: of the session objects only the throwaway key that measures AES keys is left, and it wraps only.
    const locked: Attributes = { private: true, sensitive: true, extractable: false };
    t.is(session.find({}).length, 10);
    t.is(session.find({ ...locked, token: true }).length, 9);
    const [throwaway] = session.find({ ...locked, token: false, class: 'secret-key', local: true });
    t.deepEqual(throwaway && usesOfObject(throwaway), ['wrap']);
  },
);

test.serial('an update of key_ops changes the uses in the token, and leaves one object', async (t) => {
  const { client } = opened;
  const label = 'inside.vault.azure.net/changing';
  const { kid } = (await client.call('POST', `${VAULT}/keys/changing/create`, { kty: 'RSA-HSM', key_ops: ['sign'] }))
    .body.key;
  const updated = await client.call('PATCH', kid, { key_ops: ['decrypt', 'sign'] });
  t.deepEqual(updated.body.key.key_ops, ['decrypt', 'sign']);
  t.deepEqual(usesOf(label), ['sign', 'decrypt']);
  await client.call('PATCH', kid, { key_ops: ['verify'] });
  t.deepEqual(usesOf(label), []);
  const value = Buffer.alloc(32).toString('base64url');
  t.is((await client.call('POST', `${kid}/sign`, { alg: 'RS256', value })).status, 403);
  await client.call('PATCH', kid, { key_ops: ['sign'] });
  t.is((await client.call('POST', `${kid}/sign`, { alg: 'RS256', value })).status, 200);
});

test.serial('updates and uses at the same time do not get into each other', async (t) => {
  const { client } = opened;
  const { kid } = (await client.call('POST', `${VAULT}/keys/busy/create`, { kty: 'EC-HSM' })).body.key;
  const value = Buffer.alloc(32).toString('base64url');
  const work = Array.from({ length: 12 }, (_, turn) =>
    turn % 3 === 0
      ? client.call('PATCH', kid, {
          key_ops: turn % 2 === 0 ? ['sign'] : ['sign', 'verify'],
          tags: { [`t${turn}`]: 'x' },
        })
      : client.call('POST', `${kid}/sign`, { alg: 'ES256', value }),
  );
  t.deepEqual(new Set((await Promise.all(work)).map(({ status }) => status)), new Set([200]));
  objectOf('inside.vault.azure.net/busy');
  t.pass();
});

test.serial('a purge destroys every version of a key in the token, and nothing else', async (t) => {
  const { client } = opened;
  const label = 'inside.vault.azure.net/purged';
  const others = session.find({}).length;
  for (let count = 0; count < 3; count++) await client.call('POST', `${VAULT}/keys/purged/create`, { kty: 'EC-HSM' });
  await client.call('DELETE', `${VAULT}/keys/purged`);
  t.is(session.find({ label }).length, 3, 'a deleted key can still be recovered');
  t.is((await client.call('DELETE', `${VAULT}/deletedkeys/purged`)).status, 204);
  t.is(session.find({ label }).length, 0);
  t.is(session.find({}).length, others);
});

test.serial(
  'creates, updates, deletes, recoveries and purges of one key at the same time leave nothing over',
  async (t) => {
    const { client } = opened;
    const url = `${VAULT}/keys/torn`;
    const deleted = `${VAULT}/deletedkeys/torn`;
    const works = [
      () => client.call('POST', `${url}/create`, { kty: 'EC-HSM' }),
      () => client.call('PATCH', url, { key_ops: ['verify'] }),
      () => client.call('DELETE', url),
      () => client.call('POST', `${deleted}/recover`),
      () => client.call('DELETE', deleted),
      () => client.call('POST', `${url}/rotate`),
    ];
    const answers = await Promise.all(Array.from({ length: 48 }, (_, turn) => works[turn % works.length]?.()));
    for (const answer of answers) t.true([200, 204, 404, 409].includes(answer?.status ?? 0), `${answer?.status}`);
    const live = (await client.call('GET', `${url}/versions`)).body.value ?? [];
    await client.call('DELETE', url);
    t.true(live.length === 0 || (await client.call('GET', deleted)).status === 200);
    await client.call('DELETE', deleted);
    t.is(session.find({ label: 'inside.vault.azure.net/torn' }).length, 0);
  },
);
