import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { runProgram } from '../../../test/support/programs.js';
import { openTestVault } from './support/vault.js';

const bin = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-vault', import.meta.url));

/** A folder with one key, which no server uses any more. */
async function usedFolder(t: ExecutionContext): Promise<string> {
  const { vault, client, data } = await openTestVault(t);
  await client.call('POST', 'https://reset.vault.azure.net/keys/k/create', { kty: 'EC-HSM' });
  await vault.close();
  return data;
}

const reset = (data: string, ...more: string[]) => runProgram('keyferry-vault', ['reset', '--data', data, ...more]);

test.serial('reset --yes empties a folder, which can be served again', async (t) => {
  const data = await usedFolder(t);
  const { code, stdout } = await reset(data, '--yes', '--json');
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), { data, keyVersions: 1 });
  t.deepEqual(readdirSync(data), []);
  const again = await openTestVault(t, { data });
  t.is(again.vault.keyCount, 0);
  const held = await reset(data, '--yes');
  await again.vault.close();
  t.is(held.code, 1);
  t.regex(held.stderr, /^error\[DATA_IN_USE\]/);
});

test.serial('reset asks for the name of the folder, and takes no other answer', async (t) => {
  const data = await usedFolder(t);
  const before = readdirSync(data);
  for (const answer of ['yes', 'y', '']) {
    const { code } = await onTerminal(`${bin} reset --data ${data}`, [['to remove them:', `${answer}\r`]]);
    t.is(code, 7);
    t.deepEqual(readdirSync(data), before);
  }
  t.is((await reset(data)).code, 2, 'nobody can be asked');
  const { code } = await onTerminal(`${bin} reset --data ${data}`, [['to remove them:', `${basename(data)}\r`]]);
  t.is(code, 0);
  t.deepEqual(readdirSync(data), []);
});

test.serial('reset refuses a folder with other things in it, and touches nothing', async (t) => {
  const data = await usedFolder(t);
  writeFileSync(join(data, 'thesis.txt'), '');
  const before = readdirSync(data);
  const { code, stderr } = await reset(data, '--yes');
  t.is(code, 1);
  t.regex(stderr, /^error\[DATA_FOLDER\].*\ncause: .*thesis\.txt/);
  t.deepEqual(readdirSync(data), before);
});

test('reset refuses a folder that is not ours, is not there, or is a file', async (t) => {
  const folder = privateFolder(t);
  mkdirSync(join(folder, 'home/keys'), { recursive: true });
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('/', join(folder, 'root'));
  for (const name of ['home', 'file', 'nowhere', 'root']) {
    const { code, stderr } = await reset(join(folder, name), '--yes');
    t.is(code, 1, name);
    t.regex(stderr, /^error\[DATA_FOLDER\]/);
  }
  t.deepEqual(readdirSync(join(folder, 'home')), ['keys']);
});
