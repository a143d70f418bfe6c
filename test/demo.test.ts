import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { privateFolder } from './support/folder.js';
import { LONGEST_SCRIPT, runCommand } from './support/programs.js';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the demonstration carries three keys across, ends with a table, and leaves nothing behind', async (t) => {
  const folder = privateFolder(t);
  const { code, stdout, stderr } = await runCommand(join(root, 'scripts/demo.sh'), [], {
    env: { TMPDIR: folder },
    longest: LONGEST_SCRIPT,
  });
  t.is(code, 0, `${stdout}\n${stderr}`);
  const table = stdout.slice(stdout.indexOf('=== What crossed')).trim().split('\n').slice(2);
  t.deepEqual(
    table.map((line) => line.split(/ {2,}/).slice(0, 4)),
    [
      ['payroll', 'RSA-2048', 'vault', 'public-key'],
      ['signing', 'P-256', 'vault', 'public-key'],
      ['storage', 'AES-256', 'managed-hsm', 'kcv'],
    ],
  );
  t.deepEqual(readdirSync(folder), []);
});

const hasAz = spawnSync('sh', ['-c', 'command -v az']).status === 0;
if (!hasAz) console.warn('the demonstration through the Azure CLI is skipped: it is not installed');

(hasAz ? test : test.skip)(
  'the demonstration through the Azure CLI imports three keys that prove to be the same',
  async (t) => {
    const folder = privateFolder(t);
    const { code, stdout, stderr } = await runCommand(join(root, 'scripts/demo.sh'), ['--az'], {
      env: { TMPDIR: folder },
      longest: LONGEST_SCRIPT,
    });
    t.is(code, 0, `${stdout}\n${stderr}`);
    t.is(stdout.match(/^\$ az keyvault key import /gm)?.length, 3);
    t.is(stdout.match(/^\$ keyferry-import verify .* --sign$/gm)?.length, 3);
    t.deepEqual(readdirSync(folder), []);
  },
);
