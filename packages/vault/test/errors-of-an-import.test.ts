import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runProgram } from '../../../test/support/programs.js';
import { startVault } from '../src/index.js';
import { CANNOT_CHECK, POLICIES } from '../src/policies.js';
import { badParameter, IMPORT_FAULTS, type InnerCode, opaque } from '../src/rules/refusal.js';
import { Client } from './support/client.js';
import { memoryContext } from './support/memory-engine.js';
import { ask } from './support/requests.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';

const URL = 'https://errors.vault.azure.net';
const emulator = readFileSync(new globalThis.URL('../../../docs/emulator.md', import.meta.url), 'utf8');

test('the document names each inner code of an import and each policy, in their order and with their sentences', (t) => {
  const rows = (table: string) =>
    [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name, text]) => [name, text]);
  const section = (title: string) => emulator.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  t.deepEqual(rows(section('Errors of an import')), Object.entries(IMPORT_FAULTS));
  const policies = Object.entries(POLICIES).map(([name, { accepts, known }]) => [name, `${accepts} | ${known}`]);
  const open = section('What the documents of the service leave open');
  t.deepEqual(rows(open), policies);
  for (const { what, why } of CANNOT_CHECK) t.true(open.includes(`\n- ${what}. ${why}\n`), what);
});

test('with opaque errors all faults of an import are one and the same', (t) => {
  const replies = new Set(
    Object.keys(IMPORT_FAULTS).map((code) =>
      JSON.stringify(opaque(badParameter(`about ${code}`, code as InnerCode).details)),
    ),
  );
  t.deepEqual([...replies], ['{"status":400,"code":"BadParameter","message":"The key could not be imported."}']);
});

test('with opaque errors the words of the service stay, and those of the emulator go', async (t) => {
  const context = memoryContext();
  const clear = { ...context, opaqueErrors: false };
  const veiled = { ...context, opaqueErrors: true };
  await ask(clear, 'POST', `${URL}/keys/k/create`, { kty: 'EC', attributes: { enabled: false } });
  const sign = { alg: 'ES256', value: Buffer.alloc(32).toString('base64url') };
  t.is((await ask(veiled, 'POST', `${URL}/keys/k/sign`, sign)).body.error.innererror.code, 'KeyDisabled');

  const body = { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm: 'e30' } };
  t.is((await ask(clear, 'PUT', `${URL}/keys/x`, body)).body.error.innererror.code, 'KeyferryVault.BlobMembers');
  t.deepEqual((await ask(veiled, 'PUT', `${URL}/keys/x`, body)).body, {
    error: { code: 'BadParameter', message: 'The key could not be imported.' },
  });

  const broken = () => Promise.reject(new KeyferryError('HSM_ERROR', { reason: 'C_GenerateKeyPair failed' }));
  const engine = { ...context.engine, generate: broken };
  const failed = await ask({ ...veiled, engine }, 'POST', `${URL}/keys/y/create`, { kty: 'EC' });
  t.is(failed.status, 500);
  t.deepEqual(failed.body.error, { code: 'InternalServerError', message: 'An internal server error has occurred.' });
});

test('a started emulator is as lenient and as silent as it was told to be', async (t) => {
  const vault = await startVault({
    data: join(privateFolder(t), 'vault'),
    policies: ['schema-version-1.0', 'extra-members'],
    opaqueErrors: true,
  });
  t.teardown(() => vault.close());
  const client = new Client(vault.proxyUrl, readFileSync(vault.caFile, 'utf8'));
  const kek = (await client.call('POST', `${URL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const blob = blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p256'))));
  const put = (file: unknown) =>
    client.call('PUT', `${URL}/keys/k`, { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm: keyHsm(file) } });
  t.is((await put({ ...blob, schema_version: '1.0', note: 'x' })).status, 200);
  const { status, body } = await put({ ...blob, schema_version: '2.0' });
  t.is(status, 400);
  t.deepEqual(body.error, { code: 'BadParameter', message: 'The key could not be imported.' });
});

test('policies lists the switches and what cannot be checked, for people and for programs', async (t) => {
  const text = await runProgram('keyferry-vault', ['policies']);
  t.is(text.code, 0);
  const json = JSON.parse((await runProgram('keyferry-vault', ['policies', '--json'])).stdout);
  t.deepEqual(
    json.policies.map(({ name }: { name: string }) => name),
    Object.keys(POLICIES),
  );
  t.deepEqual(json.cannotCheck, CANNOT_CHECK);
  for (const { name, accepts, known } of json.policies)
    for (const part of [name, accepts, known]) t.true(text.stdout.includes(part));
  for (const { what, why } of CANNOT_CHECK) t.true(text.stdout.includes(`  ${what}\n    ${why}\n`));
});

test('an unknown policy is refused before anything is made', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const { code, stderr } = await runProgram('keyferry-vault', ['serve', '--data', data, '--policy', 'anything']);
  t.is(code, 2);
  t.regex(stderr, /^error\[USAGE\]/);
  t.regex(stderr, /short-aes-key/);
});
