import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import type { KeyferryError } from '@keyferry/errors';
import { loadModule } from '@keyferry/pkcs11';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { dataFolder, readPin } from '../src/data/folder.js';
import { openTestVault } from './support/vault.js';

const URL = 'https://lasting.vault.azure.net';
const POOL = 'https://lasting.managedhsm.azure.net';

// One vault at a time in a process.
test.serial('keys, versions and their states survive a restart', async (t) => {
  const first = await openTestVault(t);
  const created = [
    await first.client.call('POST', `${URL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] }),
    await first.client.call('POST', `${URL}/keys/ec/create`, { kty: 'EC-HSM', tags: { a: 'b' } }),
    await first.client.call('POST', `${POOL}/keys/oct/create`, { kty: 'oct-HSM', attributes: { exp: 2_000_000_000 } }),
  ];
  const value = Buffer.alloc(32).toString('base64url');
  const wrap = { alg: 'A256KW', value };
  const wrapped = (await first.client.call('POST', `${POOL}/keys/oct/wrapkey`, wrap)).body.value;
  await first.vault.close();
  t.false(readdirSync(first.data).includes('endpoint.json'));

  const second = await openTestVault(t, { data: first.data });
  try {
    t.is(second.vault.keyCount, 3);
    t.deepEqual(second.notes, []);
    for (const { body } of created) t.deepEqual((await second.client.call('GET', body.key.kid)).body, body);
    t.is((await second.client.call('POST', `${POOL}/keys/oct/wrapkey`, wrap)).body.value, wrapped);
    t.is((await second.client.call('POST', `${URL}/keys/ec/sign`, { alg: 'ES256', value })).status, 200);
  } finally {
    await second.vault.close();
  }
});

test.serial('what is in the token without a record is swept at the start, and the rest stays', async (t) => {
  const first = await openTestVault(t);
  const { kid } = (await first.client.call('POST', `${URL}/keys/kept/create`, { kty: 'EC-HSM' })).body.key;
  const lost = (await first.client.call('POST', `${URL}/keys/lost/create`, { kty: 'EC-HSM' })).body.key.kid;
  await first.vault.close();
  // As if the process had been killed between the token and the record.
  rmSync(join(first.data, 'keys', `${lost.split('/').at(-1)}.json`));

  const second = await openTestVault(t, { data: first.data });
  const objects = () => {
    const session = loadModule(SOFTHSM_MODULE).findToken({ token: 'keyferry-vault' }).openSession();
    const { length } = session.find({});
    session.close();
    return length;
  };
  try {
    t.deepEqual(second.notes, ['1 unfinished object was removed from the token']);
    t.is(objects(), 1);
    t.is((await second.client.call('GET', lost)).status, 404);
    t.is(
      (await second.client.call('POST', `${kid}/sign`, { alg: 'ES256', value: Buffer.alloc(32).toString('base64url') }))
        .status,
      200,
    );
  } finally {
    await second.vault.close();
  }
});

test.serial('a record whose key has gone is reported, and its use is an error that says so', async (t) => {
  const first = await openTestVault(t);
  const { kid } = (await first.client.call('POST', `${URL}/keys/gone/create`, { kty: 'EC-HSM' })).body.key;
  await first.vault.close();
  const tokens = join(first.data, 'tokens');
  const [token = ''] = readdirSync(tokens);
  for (const name of readdirSync(join(tokens, token))) {
    if (/^[0-9a-f-]+\.object$/.test(name)) rmSync(join(tokens, token, name));
  }
  const second = await openTestVault(t, { data: first.data });
  try {
    t.regex(second.notes[0] ?? '', /^the token has lost the key of lasting\.vault\.azure\.net\/gone\//);
    const { status, body } = await second.client.call('POST', `${kid}/sign`, {
      alg: 'ES256',
      value: Buffer.alloc(32).toString('base64url'),
    });
    t.is(status, 500);
    t.is(body.error.innererror.code, 'KeyferryVault.KEY_NOT_FOUND');
  } finally {
    await second.vault.close();
  }
});

test.serial('a folder whose first start was interrupted begins again', async (t) => {
  const first = await openTestVault(t);
  await first.vault.close();
  const folder = dataFolder(first.data);
  const pin = await readPin(folder);
  writeFileSync(folder.marker, '{"schema":"keyferry/vault-data/1","token":"new"}');
  const second = await openTestVault(t, { data: first.data });
  t.not(await readPin(folder), pin);
  t.is((await second.client.call('POST', `${URL}/keys/ec/create`, { kty: 'EC-HSM' })).status, 200);
  await second.vault.close();
});

test.serial('nothing in the data folder is for others', async (t) => {
  const { data, vault } = await openTestVault(t);
  for (const name of ['', ...(readdirSync(data, { recursive: true }) as string[])]) {
    const { mode } = statSync(join(data, name));
    t.is(mode & 0o077, 0, name);
  }
  await vault.close();
});

test.serial('a folder is made with its parents; where none can be made the reason is told', async (t) => {
  const folder = privateFolder(t);
  const data = join(folder, 'a', 'b', 'c');
  await (await openTestVault(t, { data })).vault.close();
  for (const path of ['a', 'a/b', 'a/b/c']) t.is(statSync(join(folder, path)).mode & 0o777, 0o700);
  symlinkSync('/nowhere', join(folder, 'dangling'));
  for (const path of ['/proc/keyferry/vault', join(folder, 'dangling', 'x'), join(folder, 'dangling')]) {
    const refused = await t.throwsAsync<KeyferryError>(openTestVault(t, { data: path }), { code: 'DATA_FOLDER' });
    t.true(refused.reason.startsWith(path));
  }
});

test.serial('what a start that was killed had half written is removed by the next', async (t) => {
  const data = join(privateFolder(t), 'vault');
  await (await openTestVault(t, { data })).vault.close();
  const left = readdirSync(data).sort();
  writeFileSync(join(data, `.keyferry-${'ab'.repeat(8)}.tmp`), 'half a sec');
  await (await openTestVault(t, { data })).vault.close();
  t.deepEqual(readdirSync(data).sort(), left);
});

test.serial('a request under way is answered before the vault closes', async (t) => {
  const { client, vault } = await openTestVault(t);
  const host = 'lasting.vault.azure.net';
  const socket = await client.connect(host);
  const asked = request({
    host,
    method: 'POST',
    path: '/keys/late/create?api-version=7.4',
    createConnection: () => socket,
    headers: { expect: '100-continue', authorization: `Bearer ${await client.token('https://vault.azure.net')}` },
  });
  const answered = once(asked, 'response');
  asked.flushHeaders();
  await once(asked, 'continue');
  const closing = vault.close();
  asked.end('{"kty":"RSA-HSM"}');
  const [response] = (await answered) as [IncomingMessage];
  t.is(response.statusCode, 200);
  t.regex((await response.setEncoding('utf8').toArray()).join(''), /"kty":"RSA-HSM"/);
  await closing;
});

test.serial('a folder with other things in it, or open to others, is not touched', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'letter.txt'), 'dear');
  await t.throwsAsync(openTestVault(t, { data: folder }), { code: 'DATA_FOLDER' });
  t.deepEqual(readdirSync(folder), ['letter.txt']);
  chmodSync(folder, 0o755);
  const foreign = await t.throwsAsync<KeyferryError>(openTestVault(t, { data: folder }), { code: 'DATA_FOLDER' });
  t.regex(foreign.reason, /^found other things/);
  t.notRegex(foreign.hint, /chmod/);
  const exposed = privateFolder(t);
  chmodSync(exposed, 0o755);
  const { hint } = await t.throwsAsync<KeyferryError>(openTestVault(t, { data: exposed }), {
    code: 'DATA_FOLDER',
    message: /0755/,
  });
  t.is(hint, `chmod 700 ${exposed}`);
  const file = join(folder, 'letter.txt');
  await t.throwsAsync(openTestVault(t, { data: file }), { code: 'DATA_FOLDER' });
});

test.serial(
  'a deleted key outlives a restart, and one whose purge was cut off is gone from disk and token',
  async (t) => {
    const first = await openTestVault(t);
    const { client } = first;
    const kept = (await client.call('POST', `${URL}/keys/kept/create`, { kty: 'EC-HSM' })).body.key.kid;
    const versions = [];
    for (let count = 0; count < 3; count++) {
      versions.push(
        (await client.call('POST', `${URL}/keys/purged/create`, { kty: 'EC-HSM' })).body.key.kid.split('/').at(-1),
      );
    }
    for (const name of ['kept', 'purged']) await client.call('DELETE', `${URL}/keys/${name}`);
    await first.vault.close();
    // What a kill right after the commit of a purge leaves: the first version says so, and all else is still there.
    const file = join(first.data, 'keys', `${versions[0]}.json`);
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const last = JSON.parse(readFileSync(join(first.data, 'keys', `${versions[2]}.json`), 'utf8'));
    const wholeKey = { ...record.wholeKey, purgedUpTo: last.sequence };
    writeFileSync(file, JSON.stringify({ ...record, wholeKey }), { mode: 0o600 });

    const second = await openTestVault(t, { data: first.data });
    try {
      t.deepEqual(second.notes, ['3 unfinished objects were removed from the token']);
      t.is(readdirSync(join(first.data, 'keys')).length, 1);
      const deleted = (await second.client.call('GET', `${URL}/deletedkeys`)).body.value;
      t.deepEqual(
        deleted.map(({ recoveryId }: { recoveryId: string }) => recoveryId),
        [`${URL}/deletedkeys/kept`],
      );
      t.is((await second.client.call('POST', `${URL}/deletedkeys/purged/recover`)).status, 404);
      t.is((await second.client.call('POST', `${URL}/keys/purged/create`, { kty: 'EC-HSM' })).status, 200);
      t.is((await second.client.call('POST', `${URL}/deletedkeys/kept/recover`)).body.key.kid, kept);
      const sign = { alg: 'ES256', value: Buffer.alloc(32).toString('base64url') };
      t.is((await second.client.call('POST', `${kept}/sign`, sign)).status, 200);
    } finally {
      await second.vault.close();
    }
  },
);
