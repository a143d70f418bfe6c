import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { fullDisk } from '../src/data/room.js';
import type { KeyRecord } from '../src/keys/record.js';
import type { SessionPool } from '../src/keys/session-pool.js';
import { tokenEngine } from '../src/keys/token-engine.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

// A file system in memory of a few megabytes, where this user may mount one.

const URL = 'https://full.vault.azure.net';

/** The folder of a mount of its own; null, with the reason in the log, where mounting is not permitted. */
function smallDisk(t: ExecutionContext, options: string): string | null {
  const folder = join(privateFolder(t), 'disk');
  mkdirSync(folder, { mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=700`, 'none', folder], { stdio: 'pipe' });
  } catch (error) {
    t.log(`not tried, since this user may not mount: ${(error as Error).message.trim()}`);
    t.pass();
    return null;
  }
  t.teardown(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

/** Fills the disk but for so many bytes. */
function fill(folder: string, butFor: number): string {
  const path = join(folder, 'filling');
  writeFileSync(path, Buffer.alloc(roomBeyond(folder, butFor)));
  return path;
}

function roomBeyond(folder: string, butFor: number): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.max(0, bavail * bsize - butFor);
}

const value = Buffer.alloc(32, 1).toString('base64url');

async function signs({ client }: TestVault, kid: string): Promise<number> {
  return (await client.call('POST', `${kid}/sign`, { alg: 'ES256', value })).status;
}

for (const [what, butFor] of [
  ['no byte', 0],
  ['one block', 4096],
  ['half a megabyte', 512 * 1024],
] as const) {
  test.serial(`on a disk with room for ${what} nothing new is made, and nothing is lost`, async (t) => {
    const disk = smallDisk(t, 'size=8m');
    if (disk === null) return;
    const data = join(disk, 'vault');
    const first = await openTestVault(t, { data });
    const { client } = first;
    const kek = (await client.call('POST', `${URL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
    const kid = (await client.call('POST', `${URL}/keys/kept/create`, { kty: 'EC-HSM' })).body.key.kid;
    const before = contents(data);

    const filling = fill(disk, butFor);
    const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p256')))));
    for (const [method, path, body] of [
      ['PUT', '/keys/new', { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm } }],
      ['POST', '/keys/new/create', { kty: 'EC-HSM' }],
      ['PATCH', '/keys/kept', { key_ops: ['sign'] }],
    ] as const) {
      const answer = await client.call(method, URL + path, body);
      t.is(answer.status, 507, answer.text);
      t.like(answer.body.error, { code: 'InsufficientStorage', innererror: { code: 'KeyferryVault.DiskFull' } });
    }
    if (butFor === 0) t.is((await client.call('PATCH', kid, { tags: { a: 'b' } })).status, 507);
    t.deepEqual((await client.call('GET', kid)).body.tags, {});
    t.is((await client.call('GET', `${URL}/keys/new`)).status, 404);
    t.is(await signs(first, kid), 200);
    t.deepEqual(contents(data), before);
    await first.vault.close();

    // The files that went with the server have left room, which a server that was killed would not have.
    writeFileSync(filling, Buffer.alloc(statSync(filling).size + roomBeyond(disk, butFor)));
    await t.throwsAsync(openTestVault(t, { data }), { code: 'DISK_FULL' });
    rmSync(filling);
    const second = await openTestVault(t, { data });
    t.deepEqual(second.notes, []);
    t.is(await signs(second, kid), 200);
    t.is((await second.client.call('POST', `${URL}/keys/new/create`, { kty: 'EC-HSM' })).status, 200);
    t.deepEqual([...first.unforeseen, ...second.unforeseen], []);
    await second.vault.close();
  });
}

test.serial('on a disk without inodes nothing new is made, and nothing is lost', async (t) => {
  const disk = smallDisk(t, 'size=8m,nr_inodes=100');
  if (disk === null) return;
  const data = join(disk, 'vault');
  // The token is opened anew at each occasion, as long as there is room.
  const opened = await openTestVault(t, { data, mostObjects: 1 });
  const kids: string[] = [];
  let status = 200;
  while (status === 200) {
    const answer = await opened.client.call('POST', `${URL}/keys/k${kids.length}/create`, { kty: 'EC-HSM' });
    ({ status } = answer);
    if (status === 200) kids.push(answer.body.key.kid);
  }
  t.is(status, 507);
  t.true(kids.length > 0);
  for (const kid of kids) t.is(await signs(opened, kid), 200);
  t.deepEqual(opened.unforeseen, []);
  await opened.vault.close();
});

test('an object is taken out again when the disk has become full while it was made', async (t) => {
  const destroyed: unknown[] = [];
  const session = { copy: () => 7n, destroy: (object: unknown) => destroyed.push(object) } as unknown as Session;
  const pool = { use: (work: (one: Session) => unknown) => work(session) } as unknown as SessionPool;
  const handles = new Map([['old', 1n as ObjectHandle]]);
  let asked = 0;
  const engine = tokenEngine(pool, handles, () => {
    asked += 1;
    if (asked === 2) throw fullDisk('in a test');
  });
  const key = { objectId: 'old', material: { type: 'oct', bits: 256 } } as KeyRecord;
  await t.throwsAsync(engine.remake(key, { label: 'x', keyOps: [] }), { code: 'DISK_FULL' });
  t.deepEqual(destroyed, [7n]);
  t.deepEqual([...handles.keys()], ['old']);
});

/** What a start makes anew each time left out. */
function contents(data: string): string[] {
  return (readdirSync(data, { recursive: true }) as string[]).filter((name) => !name.endsWith('.lock')).sort();
}
