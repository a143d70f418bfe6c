import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseThumbprint, publicJwkOf } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { type RunResult, runProgram } from '../../../test/support/programs.js';
import { fromNow, hexGroups, numberedWords, utc } from '../src/reading-aloud.js';
import { KID, makeKekFile } from './support/kek-file.js';

const show = (path: string, ...more: string[]): Promise<RunResult> =>
  runProgram('keyferry-wrap', ['kek', 'show', '--kek', path, ...more]);

/** What stands beside a name, over all its lines. */
function beside(t: ExecutionContext, screen: string, name: string): string {
  const found = new RegExp(`^${name.padEnd(12)}(.*(?:\n {12}.*)*)`, 'm').exec(screen)?.[1];
  t.truthy(found, `${name} in\n${screen}`);
  return (found ?? '').replaceAll(/\n {12}/g, '\n');
}

test('kek show says what the witness must know, in lines that can be read aloud', async (t) => {
  const kek = makeKekFile(privateFolder(t), 3072, { attributes: { exp: 4_000_000_000, nbf: 1_700_000_000 } });
  const { code, stdout } = await show(kek.path);
  t.is(code, 0);
  t.regex(stdout, /^KEY EXCHANGE KEY/);
  for (const [name, text] of [
    ['key', 'kek'],
    ['version', '0123456789abcdef0123456789abcdef'],
    ['lives in', 'Managed HSM https://bank.managedhsm.azure.net'],
    ['kid', KID],
    ['kind', 'RSA 3072 bits, public exponent 65537'],
    ['may', 'import, and nothing else'],
    ['enabled', 'yes'],
    ['read from', `${basename(kek.path)}, a KEK file of keyferry-import`],
    ['THUMBPRINT', kek.thumbprint],
  ] as const) {
    t.is(beside(t, stdout, name), text);
  }
  t.regex(beside(t, stdout, 'valid from'), /^2023-11-14 22:13:20 UTC, \d+ years ago$/);
  t.regex(beside(t, stdout, 'valid until'), /^2096-10-02 07:06:40 UTC, in \d\d years$/);
  t.regex(beside(t, stdout, 'fetched'), /^2026-11-23 22:00:00 UTC, .+, by keyferry-import 0\.1\.0; so the file says$/);
  t.regex(beside(t, stdout, 'now'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, as the clock of this machine says$/);
  const digest = createHash('sha256').update(readFileSync(kek.path)).digest('hex');
  t.is(beside(t, stdout, 'SHA-256').replaceAll(/\s/g, ''), digest);
  for (const line of stdout.split('\n')) t.true(line.length <= 120, line);
});

test('hex and words on the screen are each the whole thumbprint', async (t) => {
  const kek = makeKekFile(privateFolder(t), 2048);
  const { stdout } = await show(kek.path);
  t.is(parseThumbprint(beside(t, stdout, 'as hex')), parseThumbprint(kek.thumbprint));
  const words = beside(t, stdout, 'as words');
  t.is(parseThumbprint(words), parseThumbprint(kek.thumbprint));
  t.deepEqual(words.match(/^\d(?= )/gm), ['1', '2', '3', '4']);
});

test('what was not checked stands last, under a heading of its own, and where certainty comes from', async (t) => {
  const { stdout } = await show(makeKekFile(privateFolder(t), 2048).path);
  t.regex(
    stdout,
    /\n\nNOT CHECKED\n {2}- .+: no attestation was verified\.\n {2}- .+: no signature was verified\..+\n\nWhose key this is, a thumbprint from a second source decides: .+\n$/,
  );
});

test('with --json the same facts are there, with the words', async (t) => {
  const kek = makeKekFile(privateFolder(t), 2048);
  const result = JSON.parse((await show(kek.path, '--json')).stdout);
  t.like(result, {
    file: basename(kek.path),
    sha256: createHash('sha256').update(readFileSync(kek.path)).digest('hex'),
    form: 'keyferry-kek',
    kid: KID,
    kidSource: 'file',
    vault: { url: 'https://bank.managedhsm.azure.net', kind: 'managed-hsm' },
    name: 'kek',
    version: '0123456789abcdef0123456789abcdef',
    bits: 2048,
    thumbprint: kek.thumbprint,
    keyOps: ['import'],
    fetchedAt: '2026-11-23T22:00:00Z',
    tool: { name: 'keyferry-import', version: '0.1.0' },
    notChecked: ['kek-attestation', 'kek-signature'],
  });
  t.is(result.thumbprintWords.length, 32);
  t.is(parseThumbprint(result.thumbprintWords.join(' ')), parseThumbprint(kek.thumbprint));
});

test('a form that carries less says so at each place, and where its kid comes from', async (t) => {
  const path = join(privateFolder(t), 'kek.pem');
  const key = createPublicKey(practiceKey('kek-2048'));
  writeFileSync(path, key.export({ type: 'spki', format: 'pem' }));
  const { code, stdout } = await show(path, '--kid', KID.replace('bank.managedhsm', 'bank.vault'));
  t.is(code, 0);
  for (const name of ['may', 'enabled', 'valid from', 'valid until']) {
    t.is(beside(t, stdout, name), 'NOT CHECKED: this form of file does not say');
  }
  t.regex(beside(t, stdout, 'kid'), /\nas --kid says; the file has none$/);
  t.is(beside(t, stdout, 'lives in'), 'Key Vault https://bank.vault.azure.net');
  t.is(beside(t, stdout, 'read from'), 'kek.pem, a bare public key (PEM or DER)');
  t.regex(beside(t, stdout, 'fetched'), /^this form of file does not say/);
  t.is([...stdout.matchAll(/^ {2}- /gm)].length, 5);
});

test('a JWK and the output of az say their kid themselves; absent dates of the latter are no limit', async (t) => {
  const folder = privateFolder(t);
  const jwk = { ...publicJwkOf(createPublicKey(practiceKey('kek-2048'))), kid: KID, key_ops: ['import'] };
  const az = { key: { ...jwk, kty: 'RSA-HSM', key_ops: undefined, keyOps: ['import'] }, attributes: { enabled: true } };
  for (const [form, content] of [
    ['jwk', jwk],
    ['az-key-show', az],
  ] as const) {
    const path = join(folder, `${form}.json`);
    writeFileSync(path, JSON.stringify(content));
    const result = JSON.parse((await show(path, '--json')).stdout);
    t.like(result, { form, kid: KID, kidSource: 'file', tool: null, fetchedAt: null });
  }
  t.is(beside(t, (await show(join(folder, 'az-key-show.json'))).stdout, 'valid until'), 'no limit');
});

test('the name of the file cannot make lines of its own', async (t) => {
  const folder = privateFolder(t);
  const path = join(folder, 'kek\nTHUMBPRINT  of another\u001b[2J');
  renameSync(makeKekFile(folder, 2048).path, path);
  const { stdout } = await show(path);
  t.is([...stdout.matchAll(/^THUMBPRINT/gm)].length, 1);
  t.regex(beside(t, stdout, 'read from'), /^kek\\nTHUMBPRINT {2}of another\\x1b\[2J, /);
});

const NOW = new Date('2026-11-24T10:00:00Z');
for (const [time, words] of [
  ['2026-11-24T10:00:00Z', 'in less than 2 minutes'],
  ['2026-11-24T10:01:59Z', 'in less than 2 minutes'],
  ['2026-11-24T10:02:00Z', 'in 2 minutes'],
  ['2026-11-24T11:59:59Z', 'in 119 minutes'],
  ['2026-11-24T12:00:00Z', 'in 2 hours'],
  ['2026-11-26T09:59:59Z', 'in 47 hours'],
  ['2026-11-26T10:00:00Z', 'in 2 days'],
  ['2028-11-23T10:00:00Z', 'in 730 days'],
  ['2028-11-25T10:00:00Z', 'in 2 years'],
  ['2026-11-24T09:59:59Z', 'less than 2 minutes ago'],
  ['2026-11-23T22:00:00Z', '12 hours ago'],
] as const) {
  test(`at ten o'clock ${time} is ${words}`, (t) => {
    t.is(fromNow(new Date(time), NOW), words);
  });
}

test('digests stand in groups, words in numbered lines, times in UTC', (t) => {
  t.deepEqual(hexGroups('0123456789abcdef'.repeat(3)), [
    '0123 4567 89ab cdef 0123 4567 89ab cdef',
    '0123 4567 89ab cdef',
  ]);
  t.deepEqual(numberedWords(['a', 'bb', 'ccc', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']), [
    '1  a    bb   ccc  d',
    '   e    f    g    h',
    '2  i    j    k    l',
  ]);
  t.is(utc(new Date('2026-11-24T10:00:00.999Z')), '2026-11-24 10:00:00 UTC');
});
