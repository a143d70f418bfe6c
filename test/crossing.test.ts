import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicJwkOf, samePublicKey, thumbprintOf } from '@keyferry/blob';
import test from 'ava';
import { privateFolder, wholeFile } from './support/folder.js';
import { type PracticeKeyName, practiceKey, TARGET_KEYS } from './support/practice-keys.js';
import { type ProgramName, type RunResult, runProgram } from './support/programs.js';
import { provisionToken } from './support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken } from './support/softhsm.js';
import { type RunningVault, startVaultProgram } from './support/vault.js';

const VAULT = 'https://bank.vault.azure.net';
const MANAGED_HSM = 'https://bank.managedhsm.azure.net';

let source: TestToken;
let service: RunningVault;

test.before(async () => {
  source = await makeToken(wholeFile, { label: 'onprem' });
  await provisionToken(
    source,
    TARGET_KEYS.map((key, index) => ({ key, label: key, id: Buffer.of(0xa0 + index) })),
  );
  service = await startVaultProgram(wholeFile);
});

test.after.always(() => service?.stop());

/** One program run that must succeed; returns what it prints as JSON. */
async function run(name: ProgramName, args: string[], env: Record<string, string>): Promise<Record<string, never>> {
  const result: RunResult = await runProgram(name, [...args, '--json'], { env });
  if (result.code !== 0)
    throw new Error(`${name} ${args.join(' ')} ended with ${result.code}\n${result.stderr}${result.stdout}`);
  return JSON.parse(result.stdout);
}

async function createKek(url: string, bits: number, folder: string): Promise<{ file: string; thumbprint: string }> {
  const name = `kek-${bits}-${url.includes('managedhsm') ? 'hsm' : 'vault'}`;
  await run(
    'keyferry-import',
    ['kek', 'create', '--vault-url', url, '--name', name, '--size', `${bits}`, '--expires-in', '1h', '--out', folder],
    service.env,
  );
  const file = join(folder, `${name}.kek.json`);
  return { file, thumbprint: JSON.parse(readFileSync(file, 'utf8')).thumbprint };
}

function publicKeyOf(name: PracticeKeyName): KeyObject | null {
  const key = practiceKey(name);
  return key.type === 'private' ? createPublicKey(key) : null;
}

/** Carries one key from the token into the vault, then lets the vault use it and verifies that with the key's public part. */
async function cross(target: PracticeKeyName, url: string, kek: { file: string; thumbprint: string }, folder: string) {
  const keyName = `${target}-${kek.file.match(/kek-\d+-\w+/)?.[0]}`;
  const out = join(folder, `${keyName}.byok`);
  await run(
    'keyferry-wrap',
    [
      'wrap',
      '--kek',
      kek.file,
      '--confirm-thumbprint',
      kek.thumbprint,
      '--key',
      `pkcs11:token=onprem;object=${target}`,
      '--module',
      SOFTHSM_MODULE,
      '--pin-file',
      source.pinFile,
      '--out',
      out,
    ],
    source.env,
  );
  const publicKey = publicKeyOf(target);
  const confirm = publicKey === null ? [] : ['--confirm-target', thumbprintOf(publicJwkOf(publicKey))];
  const where = ['--vault-url', url, '--name', keyName];
  await run('keyferry-import', ['import', out, ...where, ...confirm], service.env);
  if (publicKey === null) {
    return run(
      'keyferry-import',
      ['verify', ...where, '--manifest', out.replace('.byok', '.manifest.json'), '--sign'],
      service.env,
    );
  }
  const publicFile = join(folder, `${keyName}.pub.pem`);
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  return run('keyferry-import', ['verify', ...where, '--public-key', publicFile, '--sign'], service.env);
}

for (const bits of [2048, 3072, 4096]) {
  test(`every kind of key crosses into a Managed HSM under a KEK of ${bits} bits, and works there`, async (t) => {
    const folder = privateFolder(t);
    const kek = await createKek(MANAGED_HSM, bits, folder);
    for (const target of TARGET_KEYS) {
      await cross(target, MANAGED_HSM, kek, folder);
      const receipt = JSON.parse(readFileSync(join(folder, `${target}-kek-${bits}-hsm.receipt.json`), 'utf8'));
      const publicKey = publicKeyOf(target);
      t.true(receipt.emulator);
      t.is(receipt.mode, 'practice');
      if (publicKey === null) {
        t.deepEqual(receipt.verified, ['kcv'], target);
      } else {
        t.true(samePublicKey(receipt.target.publicKey, publicJwkOf(publicKey)), target);
        t.is(receipt.confirmedBy, 'thumbprint');
      }
    }
  });
}

test('RSA and EC keys cross into a vault, and an AES key is refused there', async (t) => {
  const folder = privateFolder(t);
  const kek = await createKek(VAULT, 2048, folder);
  for (const target of ['rsa-2048', 'ec-p256'] as const) await cross(target, VAULT, kek, folder);
  const error = await t.throwsAsync(cross('aes-256', VAULT, kek, folder));
  t.regex(error?.message ?? '', /TARGET_NOT_IN_VAULT/);
});
