import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicJwkOf, readKek, readReceipt, samePublicKey, thumbprintOf, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { type RunningVault, startVaultProgram } from '../../../test/support/vault.js';
import { type Ended, runImporter } from './support/importer.js';
import { makeTransfer } from './support/transfer.js';

const VAULT = 'https://import-test.vault.azure.net';
const POOL = 'https://import-test.managedhsm.azure.net';
const LIST = 'https://import-list.vault.azure.net';

let service: RunningVault;
const keks = new Map<string, string>();

test.before(async () => {
  service = await startVaultProgram(wholeFile);
  for (const url of [VAULT, POOL]) {
    const out = privateFolder(wholeFile);
    await runImporter(['kek', 'create', ...at(url, 'kek'), '--size', '2048', '--out', out], service.env);
    keks.set(url, join(out, 'kek.kek.json'));
  }
});
test.after.always(() => service?.stop());

function at(url: string, name: string): string[] {
  return ['--vault-url', url, '--name', name];
}

function importer(...args: string[]): Promise<Ended> {
  return runImporter(args, service.env);
}

/** Writes a blob for the vault's own KEK, with its manifest, and returns the path. */
function writeTransfer(t: ExecutionContext, url: string, target: PracticeKeyName): string {
  const kek = readKek(readFileSync(keks.get(url) ?? ''));
  const { blob, manifest } = makeTransfer(kek.kid.text, target, kek.key);
  const file = join(privateFolder(t), 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(manifestOf(file), writeManifest(manifest));
  return file;
}

function manifestOf(blob: string): string {
  return blob.replace('.byok', '.manifest.json');
}

test('kek create and kek fetch write the same KEK in the form that the wrap tool reads', async (t) => {
  const out = privateFolder(t);
  const created = await importer(
    ...['kek', 'create', ...at(VAULT, 'fresh'), '--size', '3072', '--expires-in', '7d', '--tag', 'use=test'],
    ...['--out', out],
  );
  t.is(created.code, 0, created.stderr);
  const kek = readKek(readFileSync(join(out, 'fresh.kek.json')));
  t.like(kek, { form: 'keyferry-kek', bits: 3072, keyOps: ['import'] });
  t.like(created.json, { kid: kek.kid.text, thumbprint: kek.thumbprint, emulator: true, bits: 3072 });
  const days = ((kek.attributes?.exp ?? 0) - Date.now() / 1000) / 86_400;
  t.true(days > 6.9 && days <= 7);
  t.true(samePublicKey(publicJwkOf(createPublicKey(readFileSync(join(out, 'fresh.pem')))), kek.key));

  const again = privateFolder(t);
  const version = ['--version', kek.kid.version];
  t.is((await importer('kek', 'fetch', ...at(VAULT, 'fresh'), ...version, '--out', again)).code, 0);
  t.deepEqual(readFileSync(join(again, 'fresh.pem')), readFileSync(join(out, 'fresh.pem')));
  t.is(readKek(readFileSync(join(again, 'fresh.kek.json'))).kid.text, kek.kid.text);
});

test('no KEK is made when its files could not be written, and none over an existing name', async (t) => {
  const out = privateFolder(t);
  writeFileSync(join(out, 'blocked.pem'), '');
  t.like(await importer('kek', 'create', ...at(VAULT, 'blocked'), '--out', out), { error: 'OUTPUT_EXISTS', code: 1 });
  t.is((await importer('kek', 'fetch', ...at(VAULT, 'blocked'), '--out', out, '--force')).error, 'SERVICE_NOT_FOUND');
  t.like(await importer('kek', 'create', ...at(VAULT, 'kek'), '--out', out), { error: 'KEY_EXISTS', code: 3 });
  t.deepEqual(readdirSync(out), ['blocked.pem']);
});

for (const [target, url, verified] of [
  ['rsa-2048', VAULT, ['public-key', 'possession']],
  ['ec-p521', VAULT, ['public-key', 'possession']],
  ['ec-secp256k1', POOL, ['public-key', 'possession']],
  ['aes-128', POOL, ['kcv']],
] as const) {
  test(`${target} is imported into ${url.split('.')[1]}, and verified against manifest, receipt and public key`, async (t) => {
    const file = writeTransfer(t, url, target);
    const where = at(url, target);
    const imported = await importer('import', file, ...where);
    t.is(imported.code, 0, imported.stderr);
    const receiptFile = file.replace('.byok', '.receipt.json');
    const receipt = readReceipt(readFileSync(receiptFile));
    t.like(receipt, { mode: 'practice', emulator: true, vault: { url }, confirmedBy: 'unsigned-manifest' });
    t.deepEqual(imported.json.receipt, receipt);

    const manifest = ['--manifest', manifestOf(file)];
    t.like(await importer('verify', ...where, ...manifest, '--sign'), { code: 0, json: { matches: true, verified } });
    const version = ['--version', receipt.key.version];
    t.like(await importer('verify', ...where, ...version, '--receipt', receiptFile), {
      code: 0,
      json: { matches: true },
    });
  });
}

test('a key is verified against the public key of its source, and another key is told apart', async (t) => {
  const file = writeTransfer(t, VAULT, 'ec-p256');
  const where = at(VAULT, 'told-apart');
  const publicKey = join(privateFolder(t), 'source.pem');
  const pemOf = (name: PracticeKeyName) => createPublicKey(practiceKey(name)).export({ type: 'spki', format: 'pem' });
  writeFileSync(publicKey, pemOf('ec-p256'));
  const imported = await importer('import', file, ...where, '--public-key', publicKey, '--ops', 'verify,sign');
  t.is(imported.code, 0, imported.stderr);
  t.is(readReceipt(readFileSync(file.replace('.byok', '.receipt.json'))).confirmedBy, 'public-key');
  t.is((await importer('verify', ...where, '--public-key', publicKey, '--sign')).code, 0);
  writeFileSync(publicKey, pemOf('ec-p384'));
  const other = await importer('verify', ...where, '--public-key', publicKey, '--sign');
  t.like(other, { error: 'IMPORTED_KEY_MISMATCH', code: 4 });
});

test('a blob made with openssl alone is imported without a manifest, and says what it does not know', async (t) => {
  const folder = privateFolder(t);
  const kek = readKek(readFileSync(keks.get(VAULT) ?? ''));
  const sh = (script: string) => mustRun('bash', ['-euc', script], { cwd: folder });
  await sh(
    [
      'openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out target.pem',
      'openssl pkey -in target.pem -pubout -out target.pub.pem',
      'openssl pkcs8 -topk8 -nocrypt -in target.pem -outform DER -out target.der',
      'openssl rand 32 > aes.bin',
      'openssl enc -id-aes256-wrap-pad -iv A65959A6 -K $(od -An -v -tx1 aes.bin | tr -d " \\n") -in target.der -out b.bin',
      `openssl pkeyutl -encrypt -pubin -inkey ${(keks.get(VAULT) ?? '').replace('.kek.json', '.pem')} ` +
        '-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1 -in aes.bin -out a.bin',
    ].join('\n'),
  );
  const ciphertext = Buffer.concat(['a.bin', 'b.bin'].map((name) => readFileSync(join(folder, name))));
  const blob = {
    schema_version: '1.0.0',
    header: { kid: kek.kid.text, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: ciphertext.toString('base64url'),
    generator: 'by hand; openssl',
  };
  const file = join(folder, 'target.byok');
  writeFileSync(file, JSON.stringify(blob));
  const where = at(VAULT, 'by-hand');
  t.is((await importer('import', file, ...where)).error, 'FILE_NOT_FOUND');
  const bare = ['--without-manifest', '--kty', 'RSA'];
  const imported = await importer('import', file, ...where, ...bare);
  t.is(imported.code, 0, imported.stderr);
  t.like(imported.json, { verdict: 'NOT COMPARED: nothing says which key this should be' });
  t.true(readReceipt(readFileSync(join(folder, 'target.receipt.json'))).notChecked.includes('target-public-key'));
  t.is((await importer('verify', ...where, '--public-key', join(folder, 'target.pub.pem'), '--sign')).code, 0);

  const thumbprint = thumbprintOf(publicJwkOf(createPublicKey(readFileSync(join(folder, 'target.pub.pem')))));
  const confirmed = ['--confirm-target', thumbprint, '--new-version', '--force'];
  const second = await importer('import', file, ...where, ...bare, ...confirmed);
  t.like(second, { code: 0, json: { verdict: 'the key in the vault is the one whose thumbprint was confirmed' } });
});

test('an import that was killed after its receipt, before its journal said so, comes to its end without --force', async (t) => {
  const file = writeTransfer(t, VAULT, 'ec-p384');
  const run = () => importer('import', file, ...at(VAULT, 'killed-late'));
  t.is((await run()).code, 0);
  const journal = file.replace('.byok', '.import.journal.jsonl');
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  t.regex(lines.at(-1) ?? '', /"act":"done"/);
  t.like(await run(), { code: 1, error: 'OUTPUT_EXISTS' }, 'what is finished stays as it is');
  writeFileSync(journal, `${lines.slice(0, -1).join('\n')}\n`);
  t.like(await run(), { code: 0, json: { resumed: true } });
  t.is(readFileSync(journal, 'utf8').trimEnd().split('\n').length, lines.length);
});

test('--retire-kek disables the KEK: the blob cannot be imported again', async (t) => {
  const out = privateFolder(t);
  await importer('kek', 'create', ...at(VAULT, 'once'), '--size', '2048', '--out', out);
  const kek = readKek(readFileSync(join(out, 'once.kek.json')));
  const { blob, manifest } = makeTransfer(kek.kid.text, 'ec-p384', kek.key);
  const file = join(out, 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(join(out, 'target.manifest.json'), writeManifest(manifest));
  t.like(await importer('import', file, ...at(VAULT, 'first'), '--retire-kek'), {
    code: 0,
    json: { kekRetired: true },
  });
  t.is((await importer('import', file, ...at(VAULT, 'second'), '--force')).error, 'KEK_DISABLED');
  t.is((await importer('kek', 'fetch', ...at(VAULT, 'once'), '--out', privateFolder(t))).error, 'KEK_DISABLED');
});

test('keys are listed as KEKs with their state, version by version; what is no KEK is neither listed, disabled nor deleted', async (t) => {
  const list = async () => {
    const { json } = await importer('kek', 'list', '--vault-url', LIST);
    return (json.keks as Record<string, unknown>[]).map(({ kid, bits, usable, breaks }) => [
      String(kid).split('/')[4],
      ...[bits, usable, breaks],
    ]);
  };
  t.deepEqual(await list(), []);
  const create = ['kek', 'create', '--vault-url', LIST, '--size', '2048', '--out', privateFolder(t), '--force'];
  const templated = await importer(...create, '--name', 'old-{date}-{random}');
  t.regex(String(templated.json.kid), /\/keys\/old-20\d{6}-[0-9a-f]{8}\//);
  const old = String(templated.json.kid).split('/')[4] ?? '';
  t.is((await importer(...create, '--name', old, '--new-version')).code, 0);
  t.deepEqual(await list(), [
    [old, 2048, true, null],
    [old, 2048, true, null],
  ]);

  const refused = await importer('kek', 'disable', ...at(LIST, old));
  t.like(refused, { error: 'NOT_A_TERMINAL', code: 2 }, refused.stderr);
  const version = String(templated.json.kid).split('/')[5] ?? '';
  t.is((await importer('kek', 'disable', ...at(LIST, old), '--version', version, '--yes')).code, 0);
  t.deepEqual((await list()).map(([, , usable]) => usable).sort(), [false, true]);
  const rest = await importer('kek', 'disable', ...at(LIST, old), '--yes');
  t.is((rest.json.disabled as string[]).length, 1);
  t.deepEqual(rest.json.already, [templated.json.kid]);
  t.deepEqual(
    (await list()).map(([, , , breaks]) => breaks),
    ['KEK_DISABLED', 'KEK_DISABLED'],
  );
  t.is(((await importer('kek', 'delete', ...at(LIST, old), '--yes')).json.deleted as string[]).length, 2);
  t.deepEqual(await list(), []);
  t.like(await importer(...create, '--name', old), { error: 'SERVICE_NAME_DELETED', code: 6 });

  const file = writeTransfer(t, VAULT, 'ec-p384');
  t.is((await importer('import', file, ...at(VAULT, 'no-kek-either'))).code, 0);
  for (const command of ['disable', 'delete']) {
    const ended = await importer('kek', command, ...at(VAULT, 'no-kek-either'), '--yes');
    t.like(ended, { error: 'KEK_OPS_NOT_IMPORT_ONLY', code: 3 }, ended.stderr);
    t.is((await importer('kek', command, ...at(VAULT, 'not-there'), '--yes')).error, 'SERVICE_NOT_FOUND');
  }
  t.is((await importer('verify', ...at(VAULT, 'no-kek-either'), '--manifest', manifestOf(file), '--sign')).code, 0);
});

test('a KEK is deleted only after its name was typed', async (t) => {
  const out = privateFolder(t);
  t.is((await importer('kek', 'create', ...at(LIST, 'by-hand'), '--size', '2048', '--out', out)).code, 0);
  const command = `node_modules/.bin/keyferry-import kek delete --vault-url ${LIST} --name by-hand`;
  const wrong = await onTerminal(command, [['to go on', 'by-hands\n']], service.env);
  t.is(wrong.code, 7, wrong.shown);
  const right = await onTerminal(command, [['to go on', 'by-hand\n']], service.env);
  t.is(right.code, 0, right.shown);
  t.regex(right.shown, /deleted {5}https:/);
});

test('the KEK of a Managed HSM has its attestation with it, not judged; that of a vault has none', async (t) => {
  for (const [url, attested] of [
    [POOL, true],
    [VAULT, false],
  ] as const) {
    const out = privateFolder(t);
    const fetched = await importer('kek', 'fetch', ...at(url, 'kek'), '--out', out);
    t.is(fetched.code, 0, fetched.stderr);
    t.is(fetched.json.attested, attested);
    t.true((fetched.json.notChecked as string[]).includes('kek-attestation'));
    const { attestation } = JSON.parse(readFileSync(join(out, 'kek.kek.json'), 'utf8'));
    t.is(attestation === null, !attested);
    if (!attested) continue;
    t.is(attestation.version, 'MRVL-1');
    t.regex(Buffer.from(attestation.certificatePemFile, 'base64url').toString(), /^-----BEGIN CERTIFICATE-----/);
    const blob = Buffer.from(attestation.publicKeyAttestation, 'base64url');
    const { n } = readKek(readFileSync(join(out, 'kek.kek.json'))).key;
    t.true(blob.includes(Buffer.from(n, 'base64url')));
  }
});

test('a key that is no KEK is not fetched as one', async (t) => {
  const file = writeTransfer(t, VAULT, 'rsa-3072');
  t.is((await importer('import', file, ...at(VAULT, 'no-kek'))).code, 0);
  const out = privateFolder(t);
  const fetched = await importer('kek', 'fetch', ...at(VAULT, 'no-kek'), '--out', out);
  t.like(fetched, { error: 'KEK_OPS_NOT_IMPORT_ONLY', code: 3 });
  t.deepEqual(readdirSync(out), []);
});

test('verify without anything to compare is no success', async (t) => {
  const file = writeTransfer(t, VAULT, 'ec-secp256k1');
  const where = at(VAULT, 'incomparable');
  t.is((await importer('import', file, ...where)).code, 0);
  const manifestFile = manifestOf(file);
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  manifest.target = { ...manifest.target, publicKey: null, publicKeySource: null };
  writeFileSync(manifestFile, JSON.stringify(manifest));
  const verified = await importer('verify', ...where, '--manifest', manifestFile, '--sign');
  t.like(verified, { code: 4, json: { matches: false, verified: [] } });
});
