import { createHash, createPublicKey, verify } from 'node:crypto';
import { loadModule, type Pkcs11Module } from '@keyferry/pkcs11';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { renewalOf } from '../src/softhsm.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault } from './support/vault.js';

const URL = 'https://renewed.vault.azure.net';
const POOL = 'https://renewed.managedhsm.azure.net';

// One vault at a time in a process.
test.serial('a token that is opened anew again and again serves all clients meanwhile and loses no key', async (t) => {
  const { vault, client, unforeseen } = await openTestVault(t, { mostObjects: 25 });
  // Ends when the token is opened anew: it is of the same library in the same process.
  const witness = loadModule(SOFTHSM_MODULE).findToken({ token: 'keyferry-vault' }).openSession();
  try {
    const { key: kek } = (await client.call('POST', `${URL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] }))
      .body;
    const target = practiceKey('rsa-2048');
    const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(target))));
    const wrong = keyHsm(blobFor(kek.kid, wrapFor(kek, Buffer.from('no key'))));
    const digest = createHash('sha256').update('a message').digest().toString('base64url');
    const oneClient = async (number: number) => {
      const name = `key-${number}`;
      const put = (key: string) =>
        client.call('PUT', `${URL}/keys/${name}`, { key: { kty: 'RSA-HSM', key_ops: ['sign'], key_hsm: key } });
      const statuses: number[] = [];
      for (let round = 0; round < 6; round += 1) {
        const { status, body } = await put(key_hsm);
        const refused = await put(wrong);
        const signed = await client.call('POST', `${body.key.kid}/sign`, { alg: 'RS256', value: digest });
        const random = await client.call('POST', `${POOL}/rng`, { count: 8 });
        statuses.push(status, refused.status, signed.status, random.status);
        const signature = Buffer.from(signed.body.value, 'base64url');
        t.true(verify('sha256', Buffer.from('a message'), createPublicKey(target), signature));
      }
      return statuses;
    };
    const all = await Promise.all([1, 2, 3, 4, 5, 6].map(oneClient));
    t.deepEqual(all.flat(), Array(36).fill([200, 400, 200, 200]).flat());
    t.throws(() => witness.find({}), { message: /CKR_SESSION_HANDLE_INVALID/ });

    for (const number of [1, 2, 3, 4, 5, 6]) {
      const { value: versions } = (await client.call('GET', `${URL}/keys/key-${number}/versions`)).body;
      t.is(versions.length, 6);
      for (const { kid } of versions) {
        t.is((await client.call('POST', `${kid}/sign`, { alg: 'RS256', value: digest })).status, 200);
      }
    }
    t.deepEqual(unforeseen, []);
  } finally {
    await vault.close();
  }
});

test('a renewal is due after so many objects, and not while the disk has no room', (t) => {
  const state = { objectsMade: 24, room: true };
  const renewal = renewalOf(state as unknown as Pkcs11Module, 25, {
    hasRoom: () => state.room,
    renewed: () => undefined,
  });
  t.false(renewal.isDue());
  state.objectsMade = 25;
  t.true(renewal.isDue());
  state.room = false;
  t.false(renewal.isDue());
});
