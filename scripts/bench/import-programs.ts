import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKek, writeManifest } from '@keyferry/blob';
import { startVault } from 'keyferry-vault';
import { makeTransfer } from '../../packages/import/test/support/transfer.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import type { Benchmark } from './benchmark.js';
import { time } from './programs.js';
import { type Pair, pairUp, ratiosOf, sideBySide } from './statistics.js';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const program = at('node_modules/.bin/keyferry-import');
const az = at('conformance/clients/debian-az.sh');

/** Nothing of the SDK may be loaded to show help. */
export const importStart: Benchmark = {
  id: 'import-start',
  about: 'node -e 0 against keyferry-import --help: 0.625 is 1.6 times as long',
  target: 1 / 1.6,
  async run(runs) {
    const seconds = async (command: string, args: readonly string[]) => (await time(command, args, '', {})).seconds;
    const pairs = await pairUp(
      // Milliseconds each: more of them cost little.
      runs * 3,
      () => seconds(program, ['--help']),
      () => seconds(process.execPath, ['-e', '0']),
    );
    return { ratios: ratiosOf(pairs), notes: notesOf(pairs, 'keyferry-import --help', 'node -e 0') };
  },
};

/** One key, from the start of the process until it is there; ours has also logged in, checked, compared, enabled and written a receipt by then. */
export const importAz: Benchmark = {
  id: 'import-az',
  about: 'az keyvault key import (logged in before) against keyferry-import import, the same blob and emulator',
  target: 2,
  unavailable: () => (spawnSync('sh', ['-c', 'command -v az']).status === 0 ? null : 'the Azure CLI is not installed'),
  async run(runs) {
    const folder = privateFolder(wholeFile);
    const vault = await startVault({ data: join(folder, 'vault') });
    try {
      const env = { ...vault.env, AZURE_CONFIG_DIR: join(folder, 'az'), AZURE_CORE_COLLECT_TELEMETRY: 'false' };
      const url = 'https://bench.vault.azure.net';
      const where = ['--vault-url', url, '--auth', 'client-secret'];
      const file = await makeBlob(folder, where, env);
      login(folder, env);
      const ours = [...['import', file, ...where, '--name', 'ours', '--new-version', '--force', '--quiet']];
      const theirs = [
        ...['keyvault', 'key', 'import', '--vault-name', 'bench', '--name', 'theirs', '--byok-file', file],
        ...['--kty', 'RSA', '--protection', 'hsm', '--only-show-errors'],
      ];
      const pairs = await pairUp(
        runs,
        async () => (await time(program, ours, '', env)).seconds,
        async () => (await time(az, theirs, '', env)).seconds,
      );
      return { ratios: ratiosOf(pairs), notes: notesOf(pairs, 'keyferry-import import', 'az keyvault key import') };
    } finally {
      await vault.close();
    }
  },
};

async function makeBlob(folder: string, where: readonly string[], env: Record<string, string>): Promise<string> {
  await time(program, ['kek', 'create', ...where, '--name', 'kek', '--size', '2048', '--out', folder], '', env);
  const kek = readKek(readFileSync(join(folder, 'kek.kek.json')));
  const { blob, manifest } = makeTransfer(kek.kid.text, 'rsa-2048', kek.key);
  const file = join(folder, 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(join(folder, 'target.manifest.json'), writeManifest(manifest));
  return file;
}

/** The secret is a published constant of the emulator; a file keeps it off the command line all the same. */
function login(folder: string, env: Record<string, string>): void {
  const secret = join(folder, 'secret');
  mkdirSync(join(folder, 'az'), { recursive: true });
  writeFileSync(secret, env.AZURE_CLIENT_SECRET ?? '', { mode: 0o600 });
  const who = ['--username', env.AZURE_CLIENT_ID ?? '', '--tenant', env.AZURE_TENANT_ID ?? ''];
  execFileSync(az, ['login', '--service-principal', ...who, '--password', `@${secret}`, '--only-show-errors'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(secret);
}

function notesOf(pairs: readonly Pair[], ours: string, theirs: string): string[] {
  return sideBySide(pairs, ours, theirs, (seconds) => `${(1000 * seconds).toFixed(0)} ms`);
}
