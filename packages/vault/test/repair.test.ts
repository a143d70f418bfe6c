import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { OVERLAY_MODULE } from '../../../test/support/overlay.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { dataFolder } from '../src/data/folder.js';
import { KilledServer } from './support/killed-server.js';
import { openTestVault, type TestVault } from './support/vault.js';

// What a kill at the worst moment leaves in the folder of the token, and how the next start mends it.

const URL = 'https://mended.vault.azure.net';
const value = Buffer.alloc(32, 1).toString('base64url');

const create = async ({ client }: TestVault, name: string): Promise<string> =>
  (await client.call('POST', `${URL}/keys/${name}/create`, { kty: 'EC-HSM' })).body.key.kid;

const signs = async ({ client }: TestVault, kid: string) =>
  (await client.call('POST', `${kid}/sign`, { alg: 'ES256', value })).status;

function tokenFolder(data: string): string {
  const { tokens } = dataFolder(data);
  return join(tokens, readdirSync(tokens)[0] ?? '');
}

const objectsIn = (folder: string) => readdirSync(folder).filter((name) => /^[0-9a-f-]+\.object$/.test(name));

for (const [what, damage] of [
  ['emptied', (path: string) => truncateSync(path, 0)],
  ['cut', (path: string) => truncateSync(path, 100)],
  ['taken away', (path: string) => rmSync(path)],
] as const) {
  test.serial(`keys survive when the file that opens the token was ${what}`, async (t) => {
    const first = await openTestVault(t);
    const kid = await create(first, 'kept');
    await first.vault.close();
    damage(join(tokenFolder(first.data), 'token.object'));
    const second = await openTestVault(t, { data: first.data });
    t.is(await signs(second, kid), 200);
    await second.vault.close();
  });
}

test.serial('a folder of an older emulator, without the copy, gets one', async (t) => {
  const first = await openTestVault(t);
  const kid = await create(first, 'kept');
  await first.vault.close();
  const { tokenBackup } = dataFolder(first.data);
  rmSync(tokenBackup);
  const second = await openTestVault(t, { data: first.data });
  t.is(await signs(second, kid), 200);
  t.true(readFileSync(tokenBackup).length > 0);
  await second.vault.close();
});

test.serial('empty files of objects are removed and counted, with their locks', async (t) => {
  const first = await openTestVault(t);
  const kid = await create(first, 'kept');
  await first.vault.close();
  const folder = tokenFolder(first.data);
  const name = '00000000-1111-2222-3333-444444444444';
  for (const ending of ['object', 'lock']) writeFileSync(join(folder, `${name}.${ending}`), '');
  const second = await openTestVault(t, { data: first.data });
  t.deepEqual(second.notes, ['1 unfinished object was removed from the token']);
  t.is(await signs(second, kid), 200);
  t.false(readdirSync(folder).some((file) => file.startsWith(name)));
  t.is(objectsIn(folder).length, 1);
  await second.vault.close();
});

test.serial('a session key that was copied to the token is swept when the kill came before its record', async (t) => {
  const parent = privateFolder(t);
  const data = join(parent, 'vault');
  const behaviour = join(parent, 'behaviour');
  writeFileSync(behaviour, `module=${SOFTHSM_MODULE}\ndie=C_CopyObject:2\n`);
  const server = new KilledServer(data, {
    options: ['--softhsm', OVERLAY_MODULE],
    env: { KEYFERRY_OVERLAY: behaviour },
  });
  t.teardown(() => server.kill());
  t.true(await server.ready(), server.said);
  const body = { kty: 'EC-HSM' };
  const kept = await server.call('POST', `${URL}/keys/kept/create`, body);
  t.is(await server.call('POST', `${URL}/keys/killed/create`, body), null);
  await server.kill();
  t.is(objectsIn(tokenFolder(data)).length, 2);

  const next = await openTestVault(t, { data });
  t.deepEqual(next.notes, ['1 unfinished object was removed from the token']);
  t.is(objectsIn(tokenFolder(data)).length, 1);
  t.is((await next.client.call('GET', `${URL}/keys/killed`)).status, 404);
  t.is(await signs(next, kept?.body.key.kid), 200);
  await next.vault.close();
});
