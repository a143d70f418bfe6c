import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type StartedVault, startVault } from 'keyferry-vault';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { LONGEST_SCRIPT, runCommand, runProgram } from '../../test/support/programs.js';

const clients = fileURLToPath(new URL('../clients/', import.meta.url));
const practiceKeys = fileURLToPath(new URL('../../fixtures/practice/', import.meta.url));
const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

let vault: StartedVault;
test.before(async () => {
  vault = await startVault({ data: join(privateFolder(wholeFile), 'vault') });
});
test.after.always(() => vault?.close());

type Login = NonNullable<Parameters<StartedVault['environment']>[0]>;

/** Runs a client in a folder of its own, in the environment of the emulator; gives the steps that it says it has done. */
async function stepsOf(t: ExecutionContext, command: string, args: readonly string[], login: Login): Promise<string[]> {
  const { set, unset } = vault.environment(login);
  const { code, stdout, stderr } = await runCommand(command, args, {
    cwd: privateFolder(t),
    env: { ...Object.fromEntries(unset.map((name) => [name, undefined])), ...set, PATH: `${bin}:${process.env.PATH}` },
    longest: LONGEST_SCRIPT,
  });
  t.is(code, 0, `${stdout}\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ok /, ''));
}

const urls = (name: string) => [
  `https://${name}.vault.azure.net`,
  `https://${name}.managedhsm.azure.net`,
  practiceKeys,
];

for (const identity of ['secret', 'workload', 'managed'] as const) {
  test(`@azure/keyvault-keys and @azure/identity (${identity}) do everything with no option`, async (t) => {
    const script = [join(clients, 'javascript.mjs'), ...urls(`js-${identity}`)];
    t.deepEqual(await stepsOf(t, process.execPath, script, { identity, client: 'admin' }), [
      'create',
      'import js-rsa',
      'import js-ec',
      'import js-aes',
      'list',
      'delete',
    ]);
  });
}

test('keyferry-import needs no more than the permissions of an importer, and a workload identity', async (t) => {
  const { set, unset } = vault.environment({ client: 'importer', identity: 'workload' });
  const folder = privateFolder(t);
  const importer = async (...args: string[]) => {
    const env = { ...Object.fromEntries(unset.map((name) => [name, undefined])), ...set };
    const { code, stderr } = await runProgram('keyferry-import', args, { cwd: folder, env });
    t.is(code, 0, stderr);
  };
  const at = ['--vault-url', 'https://importer.vault.azure.net', '--name'];
  await importer('kek', 'create', ...at, 'kek', '--size', '2048', '--out', '.');
  const { kid, key } = JSON.parse(readFileSync(join(folder, 'kek.kek.json'), 'utf8'));
  writeFileSync(join(folder, 'kek.json'), JSON.stringify({ ...key, kid }));
  const wrap = [join(clients, 'make-blob.mjs'), 'kek.json', join(practiceKeys, 'ec-p256.pem'), 'target.byok'];
  t.is((await runCommand(process.execPath, wrap, { cwd: folder })).code, 0);
  const publicKey = createPublicKey(readFileSync(join(practiceKeys, 'ec-p256.pem')));
  writeFileSync(join(folder, 'target.pub'), publicKey.export({ format: 'pem', type: 'spki' }));
  const confirmed = ['--without-manifest', '--kty', 'EC', '--crv', 'P-256', '--public-key', 'target.pub'];
  await importer('import', 'target.byok', ...at, 'target', ...confirmed);
});

// Debian's, which ./scripts/setup.sh --all installs; another python3 on the path would not have its packages.
const PYTHON = '/usr/bin/python3';
const withPython = testWhere('python3-azure', PYTHON, ['-c', 'import azure.identity, azure.keyvault.keys']);

for (const identity of ['secret', 'managed'] as const) {
  withPython(`azure-keyvault-keys of Python (${identity}) does everything with no option`, async (t) => {
    const script = [join(clients, 'python.py'), ...urls(`py-${identity}`)];
    t.deepEqual(await stepsOf(t, PYTHON, script, { identity }), [
      'create',
      'import py-rsa',
      'import py-ec',
      'import py-aes',
      'list',
      'delete',
    ]);
  });
}

const withAz = testWhere('azure-cli', 'sh', ['-c', 'command -v az']);

withAz('the Azure CLI logs in, creates, downloads, imports by file and by string, lists and deletes', async (t) => {
  t.deepEqual(await stepsOf(t, join(clients, 'az.sh'), ['az-vault', 'az-pool', practiceKeys], {}), [
    'login',
    'create and show',
    'download',
    'import az-rsa by file and by string',
    'import az-ec by file and by string',
    'import az-oct by file and by string',
    'list',
    'delete',
  ]);
});

/** `test`, or `test.skip` with the reason on the terminal, where a package of Debian is not installed. */
function testWhere(name: string, command: string, args: readonly string[]): typeof test.skip {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return test;
  } catch {
    console.warn(`tests with ${name} are skipped: it is not installed (./scripts/setup.sh --all installs it)`);
    return test.skip;
  }
}
