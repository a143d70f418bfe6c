import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '@keyferry/files';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import { batchOn, journalOf, placements, planned, uriOf, writePlan } from './support/batch-program.js';
import { storedObjects } from './support/doctor-program.js';
import { KID, makeKekFile } from './support/kek-file.js';
import type { TokenOptions, TokenRun } from './support/token-program.js';

let token: TestToken;
const placed = placements(3, ['ec-p256']);

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await makeToken(wholeFile, { label: 'neighbour', beside: token });
  await provisionToken(token, [
    ...placed,
    { key: 'ec-p256', label: 'twin', id: Buffer.of(0xb1) },
    { key: 'ec-p256', label: 'twin', id: Buffer.of(0xb2) },
    { key: 'ec-p256', label: 'stays', id: Buffer.of(0xa1), extractable: false },
    { key: 'ec-p256', label: 'asks for trust', id: Buffer.of(0xa2), wrapWithTrusted: true },
    { key: 'aes-256', label: 'symmetric', id: Buffer.of(0xa4) },
    { key: 'aes-256', label: 'of no use', id: Buffer.of(0xa3), keyType: 'generic-secret' },
  ]);
});

const GOOD = [
  { key: uriOf('key 0'), kek: 'kek.json', out: 'good-0.byok' },
  { key: uriOf('key 1'), kek: 'kek.json', out: 'good-1.byok' },
];

/** Runs a plan of two good entries and these, with a good KEK beside it. */
async function run(folder: string, entries: readonly object[], options: TokenOptions = {}): Promise<TokenRun> {
  const kek = makeKekFile(folder, 2048);
  writeFileSync(join(folder, 'kek.json'), readFileSync(kek.path));
  mkdirSync(join(folder, 'out'), { recursive: true });
  const plan = join(folder, 'plan.json');
  writeFileSync(plan, JSON.stringify({ schema: 'keyferry/plan/1', keys: [...GOOD, ...entries] }));
  return batchOn(token, { plan, out: join(folder, 'out') }, kek.thumbprint, { 'no-probe': true, ...options });
}

const third = { key: uriOf('key 2'), kek: 'kek.json', out: 'third.byok' };

const refused: readonly (readonly [what: string, entry: object, problem: RegExp])[] = [
  ['an output twice', { ...third, out: 'good-1.byok' }, /PLAN_DUPLICATE: the same output as keys\[1\]/],
  ['two outputs that are one on a stick', { ...third, out: 'GOOD-1.byok' }, /PLAN_DUPLICATE: .*keys\[1\]/],
  ['a key twice', { ...third, key: uriOf('key 1') }, /PLAN_DUPLICATE: the same key under the same KEK as keys\[1\]/],
  ['a key by two names', { ...third, key: 'pkcs11:id=%01%01' }, /PLAN_DUPLICATE: another name of the key of keys\[1\]/],
  ['a KEK that is not there', { ...third, kek: 'none.json' }, /FILE_NOT_FOUND/],
  ['a KEK that has expired', { ...third, kek: 'expired.json' }, /KEK_EXPIRED/],
  ['a KEK that may decrypt', { ...third, kek: 'decrypts.json' }, /KEK_OPS_NOT_IMPORT_ONLY/],
  ['another kid than that of the KEK', { ...third, kid: KID.replace('/kek/', '/other/') }, /KEK_KID_CONFLICT/],
  ['a key that is not there', { ...third, key: uriOf('nobody') }, /KEY_NOT_FOUND: nothing matches object "nobody"/],
  ['a name that two keys have', { ...third, key: uriOf('twin') }, /KEY_AMBIGUOUS: 2 keys match/],
  ['a key that must not leave', { ...third, key: uriOf('stays') }, /KEY_NOT_EXTRACTABLE/],
  ['a key that asks for trust', { ...third, key: uriOf('asks for trust') }, /KEY_NEEDS_TRUSTED_KEK/],
  ['an AES key for a Key Vault', { ...third, key: uriOf('symmetric'), kek: 'vault.json' }, /TARGET_NOT_IN_VAULT/],
  ['a key of another kind', { ...third, key: uriOf('of no use') }, /KEY_UNSUPPORTED/],
  ['a public key', { ...third, key: `${uriOf('key 2')};type=public` }, /URI_INVALID/],
  ['no key in the URI', { ...third, key: 'pkcs11:token=hsm' }, /URI_INVALID/],
  ['what is no URI', { ...third, key: 'key 2' }, /URI_INVALID/],
  ['a key of another token', { ...third, key: 'pkcs11:token=neighbour;object=key%202' }, /TOKEN_NOT_FOUND/],
  ['a key of no token', { ...third, key: 'pkcs11:token=nobody;object=key%202' }, /TOKEN_NOT_FOUND/],
  ['a module', { ...third, key: `${uriOf('key 2')}?module-path=/usr/lib/other.so` }, /URI_INVALID: .*a module/],
  ['a PIN', { ...third, key: `${uriOf('key 2')}?pin-value=424242` }, /SECRET_IN_ARGV/],
  ['an output that is there', { ...third, out: 'there.byok' }, /OUTPUT_EXISTS/],
  ['an output whose manifest is there', { ...third, out: 'half.byok' }, /OUTPUT_EXISTS/],
];

for (const [what, entry, problem] of refused) {
  test(`a plan with ${what} is refused before a key moves`, async (t) => {
    const folder = privateFolder(t);
    mkdirSync(join(folder, 'out'));
    for (const name of ['there.byok', 'half.manifest.json']) writeFileSync(join(folder, 'out', name), '');
    const past = { attributes: { exp: 1_700_000_000 } };
    for (const [name, overrides] of [
      ['expired.json', past],
      ['decrypts.json', { keyOps: ['import', 'decrypt'] }],
      ['vault.json', { kid: KID.replace('managedhsm', 'vault') }],
    ] as const) {
      writeFileSync(join(folder, name), readFileSync(makeKekFile(folder, 2048, { ...overrides } as object).path));
    }
    const objects = storedObjects(token);
    const { code, json, stdout, stderr } = await run(folder, [entry]);
    t.is(code, 3, stderr);
    t.is(json.error.code, 'PLAN_REFUSED');
    t.deepEqual(json.error.values.problems.length, 1, json.error.cause);
    t.regex(json.error.values.problems[0], /^keys\[2\] \(.*\.byok\): /);
    t.regex(json.error.values.problems[0], problem);
    t.false(`${stdout}${stderr}`.includes('424242'));
    t.deepEqual(readdirSync(join(folder, 'out')).sort(), ['half.manifest.json', 'there.byok']);
    t.deepEqual(storedObjects(token), objects);
  });
}

test('a key may name its token, as long as it is the one', async (t) => {
  const folder = privateFolder(t);
  const { code, json, stderr } = await run(folder, [
    { ...third, key: 'pkcs11:token=hsm;model=SoftHSM%20v2;object=key%202' },
  ]);
  t.is(code, 0, stderr);
  t.is(json.counts.wrapped, 3);
});

test('everything that is wrong is told at once: the first 20 in the cause, all in the values', async (t) => {
  const folder = privateFolder(t);
  const many = Array.from({ length: 25 }, (_, n) => ({ ...third, key: uriOf(`nobody ${n}`), out: `n-${n}.byok` }));
  const { json } = await run(folder, [{ ...third, kek: 'none.json', key: uriOf('stays') }, ...many]);
  const { problems, count } = json.error.values;
  t.is(count, 27);
  t.is(problems.length, 27);
  t.regex(problems[0], /^keys\[2\] .*FILE_NOT_FOUND/);
  t.regex(problems[1], /^keys\[2\] .*KEY_NOT_EXTRACTABLE/);
  t.regex(json.error.cause, /^27 problems: keys\[2\] .*keys\[20\] .*; and 7 more$/);
  t.false(json.error.cause.includes('keys[21]'));
});

test('a mechanism that does not make what the service takes is found before a key moves', async (t) => {
  const liar = await makeOverlayToken(t, { kwp: ['0x210a:pkcs7-rfc3394'] }, { label: 'hsm' });
  await provisionToken(liar, placed);
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const { json } = await batchOn(liar, writePlan(folder, planned(placed, kek.path)), kek.thumbprint);
  t.is(json.error.code, 'PLAN_REFUSED');
  t.is(json.error.values.count, 3);
  t.regex(json.error.cause, /MECHANISM_NOT_RFC5649/);
  t.deepEqual(readdirSync(join(folder, 'out')), []);
});

test('a plan that is no regular file, or of another form, is not read', async (t) => {
  const folder = privateFolder(t);
  await run(folder, []);
  symlinkSync('plan.json', join(folder, 'link.json'));
  const paths = { plan: join(folder, 'link.json'), out: join(folder, 'out') };
  t.is((await batchOn(token, paths, undefined)).json.error.code, 'FILE_NOT_REGULAR');
  const yaml = await batchOn(token, { ...paths, plan: join(folder, 'plan.yaml') }, undefined);
  t.is(yaml.json.error.code, 'USAGE');
  writeFileSync(join(folder, 'broken.json'), '{"schema":"keyferry/plan/1"}');
  const broken = await batchOn(token, { ...paths, plan: join(folder, 'broken.json') }, undefined);
  t.is(broken.json.error.code, 'PLAN_INVALID');
  t.is(broken.code, 4);
});

test('a folder that is not there ends the run before the login', async (t) => {
  const folder = privateFolder(t);
  await run(folder, []);
  rmSync(join(folder, 'out'), { recursive: true });
  const { json } = await batchOn(token, { plan: join(folder, 'plan.json'), out: join(folder, 'out') }, undefined);
  t.is(json.error.code, 'OUTPUT_FOLDER_MISSING');
});

test('a journal that another run holds, or that is damaged, ends the run before the login', async (t) => {
  const folder = privateFolder(t);
  t.is((await run(folder, [])).code, 0);
  const path = join(folder, 'out', 'plan.journal.jsonl');
  const journal = await openJournal(path, (value) => value);
  t.is((await run(folder, [third], { 'pin-file': undefined })).json.error.code, 'JOURNAL_IN_USE');
  await journal.close();
  writeFileSync(path, readFileSync(path, 'utf8').replace('"started"', '"begun"'));
  t.is((await run(folder, [third], { 'pin-file': undefined })).json.error.code, 'JOURNAL_DAMAGED');
});

test('the journal may lie elsewhere', async (t) => {
  const folder = privateFolder(t);
  const journal = join(folder, 'elsewhere.jsonl');
  const { json } = await run(folder, [], { journal });
  t.is(json.journal, journal);
  t.deepEqual(journalOf(join(folder, 'out')), []);
  t.is((await run(folder, [], { journal })).json.counts.finished, 2);
  t.is((await run(folder, [])).json.error.code, 'PLAN_REFUSED');
});
