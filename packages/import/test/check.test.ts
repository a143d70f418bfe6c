import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { runImporter } from './support/importer.js';
import { publicPart, type ServiceStub, type StubKey, startServiceStub } from './support/service-stub.js';
import { KEK, makeTransfer } from './support/transfer.js';

const URL = 'https://v.vault.azure.net';

interface Scene {
  readonly stub: ServiceStub;
  readonly folder: string;
  readonly file: string;
  check(...more: string[]): ReturnType<typeof runImporter>;
  command(name: string, ...more: string[]): ReturnType<typeof runImporter>;
}

async function scene(t: ExecutionContext, kek: Partial<StubKey> = {}): Promise<Scene> {
  const stub = await startServiceStub();
  t.teardown(() => stub.close());
  const version = stub.add('kek', { key_ops: ['import'], publicKey: publicPart(practiceKey(KEK)), ...kek });
  stub.imported = publicPart(practiceKey('ec-p256'));
  const { blob, manifest } = makeTransfer(`${URL}/keys/kek/${version}`, 'ec-p256');
  const folder = privateFolder(t);
  const file = join(folder, 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(join(folder, 'target.manifest.json'), writeManifest(manifest));
  const command = (name: string, ...more: string[]) => runImporter([name, file, ...more], stub.env);
  return { stub, folder, file, command, check: (...more) => command('check', ...more) };
}

test('check lists what it looked at and what not, asks by GET alone, and leaves no file', async (t) => {
  const { stub, folder, check } = await scene(t);
  const before = readdirSync(folder);
  const ended = await check('--vault-url', URL, '--name', 'target');
  t.is(ended.code, 0, ended.stderr);
  t.deepEqual(ended.json.checked, [
    ...['blob-structure', 'manifest-blob', 'vault', 'target-type', 'key-ops'],
    ...['kek-in-vault', 'kek-key', 'kek-length', 'mode', 'name'],
  ]);
  t.deepEqual(ended.json.notChecked, ['manifest-signature', 'target-confirmation', 'kek-attestation', 'blob-contents']);
  t.deepEqual(ended.json.sends, { vault: URL, kty: 'EC-HSM', crv: 'P-256', keyOps: ['sign', 'verify'] });
  t.true(stub.seen.every(({ method }) => method === 'GET'));
  t.deepEqual(readdirSync(folder), before);
});

test('check --offline asks nobody, and says that the KEK in the vault was not looked at', async (t) => {
  const { stub, check } = await scene(t);
  const ended = await check('--offline');
  t.is(ended.code, 0, ended.stderr);
  t.true((ended.json.notChecked as string[]).includes('kek-in-vault'));
  t.false((ended.json.checked as string[]).includes('kek-in-vault'));
  t.like(ended.json, { offline: true, emulator: null, confirmedBy: 'unsigned-manifest' });
  t.is(stub.seen.length + stub.logins.size, 0);
});

const seconds = Math.floor(Date.now() / 1000);
const keks: Readonly<Record<string, readonly [kek: Partial<StubKey>, error: string, exit: number]>> = {
  'that is disabled': [{ attributes: { enabled: false } }, 'KEK_DISABLED', 3],
  'that has expired': [{ attributes: { enabled: true, exp: seconds - 60 } }, 'KEK_EXPIRED', 3],
  'that may also decrypt': [{ key_ops: ['import', 'decrypt'] }, 'KEK_OPS_NOT_IMPORT_ONLY', 3],
  'that is kept in software': [{ kty: 'RSA' }, 'KEK_NOT_IN_HSM', 3],
  'with another public key': [{ publicKey: publicPart(practiceKey('rsa-2048')) }, 'THUMBPRINT_MISMATCH', 4],
};
for (const [words, [kek, error, code]] of Object.entries(keks)) {
  test(`check and import refuse a KEK ${words}: ${error}, nothing sent`, async (t) => {
    const { stub, check, command } = await scene(t, kek);
    t.like(await check(), { error, code });
    t.like(await command('import', '--vault-url', URL, '--name', 'target'), { error, code });
    t.true(stub.seen.every(({ method }) => method === 'GET'));
  });
}

test('check names a blob for another vault, a name that is taken, and a KEK that is gone', async (t) => {
  const { stub, check } = await scene(t);
  t.is((await check('--vault-url', 'https://w.vault.azure.net')).error, 'VAULT_MISMATCH');
  t.is((await check('--cloud', 'china')).error, 'USAGE');
  t.is((await check('--name', 'kek')).error, 'KEY_EXISTS');
  t.is((await check('--name', 'kek', '--new-version')).code, 0);
  stub.keys.clear();
  t.is((await check()).error, 'SERVICE_NOT_FOUND');
});

test('a manifest that an allowed signer signed vouches for the target, and the receipt says who', async (t) => {
  const { folder, check, command } = await scene(t);
  const at = (name: string) => join(folder, name);
  for (const who of ['alice', 'mallory']) {
    await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', who, '-f', at(who)]);
  }
  const sign = async (who: string, namespace: string) => {
    const signature = at('target.manifest.json.sig');
    await mustRun('rm', ['-f', signature]);
    await mustRun('ssh-keygen', ['-q', '-Y', 'sign', '-f', at(who), '-n', namespace, at('target.manifest.json')]);
    return ['--manifest-signature', signature, '--allowed-signers', at('signers')];
  };
  await mustRun('sh', ['-c', 'printf "alice@example.com %s\\n" "$(cat alice.pub)" >signers'], { cwd: folder });

  for (const [who, namespace] of [
    ['mallory', 'keyferry-manifest@v1'],
    ['alice', 'keyferry-kek@v1'],
  ] as const) {
    const refused = await check('--offline', ...(await sign(who, namespace)));
    t.like(refused, { error: 'SIGNATURE_INVALID', code: 4 }, `${who} ${namespace}`);
  }
  const signed = await sign('alice', 'keyferry-manifest@v1');
  const checked = await check('--offline', ...signed);
  t.like(checked.json, { confirmedBy: 'signed-manifest', manifestSignedBy: ['alice@example.com'] });
  t.true((checked.json.checked as string[]).includes('target-confirmation'));

  const imported = await command('import', '--vault-url', URL, '--name', 'target', ...signed);
  t.is(imported.code, 0, imported.stderr);
  t.like(imported.json, { verdict: 'the key in the vault matches the manifest signed by alice@example.com' });
  t.like(imported.json.receipt, { confirmedBy: 'signed-manifest', manifestSignedBy: ['alice@example.com'] });
  const { notChecked } = imported.json.receipt as { notChecked: string[] };
  t.false(notChecked.includes('manifest-signature') || notChecked.includes('target-confirmation'));

  await mustRun('sh', ['-c', 'printf "bob@example.com,alice@example.com %s\\n" "$(cat alice.pub)" >signers'], {
    cwd: folder,
  });
  t.like((await check('--offline', ...signed)).json, { manifestSignedBy: ['bob@example.com'] });
  await mustRun('sh', ['-c', 'printf " " >>target.manifest.json'], { cwd: folder });
  t.is((await check('--offline', ...signed)).error, 'SIGNATURE_INVALID');
  t.is((await check('--offline', ...signed.slice(0, 2))).error, 'USAGE');
});

test('without ssh-keygen a signature is not taken on trust', async (t) => {
  const { folder, file } = await scene(t);
  const signature = join(folder, 'any.sig');
  writeFileSync(signature, 'x');
  const path = join(folder, 'bin');
  await mustRun('sh', [
    '-c',
    `mkdir ${path} && ln -s "$(command -v node)" "$(command -v readlink)" "$(command -v dirname)" ${path}`,
  ]);
  const more = ['--offline', '--manifest-signature', signature, '--allowed-signers', signature];
  t.is((await runImporter(['check', file, ...more], { PATH: path })).error, 'SSH_KEYGEN_MISSING');
});

test('--print-az prints the command of the Azure CLI, and asks nobody', async (t) => {
  const { stub, command } = await scene(t);
  const printed = await command('import', '--vault-url', URL, '--name', 'target', '--print-az');
  t.regex(String(printed.json.az), /^az keyvault key import --vault-name v --name target .* --kty EC --curve P-256 /);
  t.is(stub.seen.length + stub.logins.size, 0);
});
