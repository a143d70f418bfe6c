import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken } from '../../../test/support/softhsm.js';
import {
  assertAllThere,
  batchOn,
  contentsOf,
  journalOf,
  type Planned,
  placements,
  planned,
  strangers,
  uriOf,
  writePlan,
} from './support/batch-program.js';
import { KID, makeKekFile } from './support/kek-file.js';
import type { TokenOptions } from './support/token-program.js';

const root = new URL('../../..', import.meta.url).pathname;

let token: TestToken;
const placed = placements(6);

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await provisionToken(token, [
    ...placed,
    { key: 'ec-p256', label: 'stays', id: Buffer.of(0xa1), extractable: false },
    { key: 'ec-p256', label: 'asks for trust', id: Buffer.of(0xa2), wrapWithTrusted: true },
    { key: 'ec-p256', label: 'readable', id: Buffer.of(0xa3), sensitive: false },
  ]);
});

/** A plan of the first keys of the token, and how it is run. */
function subject(t: ExecutionContext, count = 3, change: (keys: Planned[]) => Planned[] = (keys) => keys) {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const keys = change(planned(placed.slice(0, count), kek.path));
  const files = writePlan(folder, keys);
  const run = (options: TokenOptions = {}) => batchOn(token, files, kek.thumbprint, { 'no-probe': true, ...options });
  return { folder, kek, keys, files, run };
}

test('a plan is carried out: each key opens to what it was, and the journal says so', async (t) => {
  const { keys, files, run } = subject(t, 6);
  const { code, json, stderr } = await run({ 'no-probe': undefined });
  t.is(code, 0, stderr);
  assertAllThere(t, files.out, keys);
  t.deepEqual(strangers(files.out, keys), []);
  t.deepEqual(json.counts, { wrapped: 6, adopted: 0, finished: 0, failed: 0, notTried: 0 });
  t.is(json.mode, 'practice');
  t.deepEqual(
    journalOf(files.out).map(({ act, out }) => out ?? act),
    ['started', ...keys.map(({ out }) => out), 'ended'],
  );
  for (const [at, { out }] of keys.entries()) {
    const { publicKey } = JSON.parse(
      readFileSync(join(files.out, out.replace(/byok$/, 'manifest.json')), 'utf8'),
    ).target;
    t.is(json.keys[at].targetThumbprint === null, publicKey === null);
    t.is(json.keys[at].out, out);
  }
});

test('the same plan in CSV does the same as in JSON', async (t) => {
  const { folder, kek, keys, run } = subject(t);
  const json = await run();
  rmSync(join(folder, 'out'), { recursive: true });
  const csv = await batchOn(token, writePlan(folder, keys, 'plan.csv'), kek.thumbprint, { 'no-probe': true });
  t.is(csv.code, 0, csv.stderr);
  const withoutPlaces = (all: object[]) => all.map((each) => ({ ...each, place: '' }));
  t.deepEqual(withoutPlaces(csv.json.keys), withoutPlaces(json.json.keys));
  assertAllThere(t, join(folder, 'out'), keys);
});

test('what is finished is not wrapped again, unless --again says so', async (t) => {
  const { keys, files, run } = subject(t);
  t.is((await run()).code, 0);
  const before = contentsOf(files.out);
  const second = await run();
  t.is(second.code, 0, second.stderr);
  t.deepEqual(second.json.counts, { wrapped: 0, adopted: 0, finished: 3, failed: 0, notTried: 0 });
  t.deepEqual(contentsOf(files.out), before, 'not even the journal');
  const third = await run({ again: true });
  t.is(third.code, 0, third.stderr);
  t.is(third.json.counts.wrapped, 3);
  const after = contentsOf(files.out);
  for (const { out } of keys) t.not(after[out], before[out]);
  assertAllThere(t, files.out, keys);
  t.is((await run()).json.counts.finished, 3);
});

test('a plan that has grown goes on with the new keys', async (t) => {
  const { folder, kek, keys, files, run } = subject(t, 4);
  writePlan(folder, keys.slice(0, 2));
  t.is((await run()).json.counts.wrapped, 2);
  writePlan(folder, keys);
  const { json } = await batchOn(token, files, kek.thumbprint, { 'no-probe': true });
  t.deepEqual(json.counts, { wrapped: 2, adopted: 0, finished: 2, failed: 0, notTried: 0 });
  assertAllThere(t, files.out, keys);
});

for (const [what, damage] of [
  ['has gone', (path: string) => rmSync(path)],
  ['differs', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('"dir"', '"DIR"'))],
] as const) {
  for (const ending of ['byok', 'manifest.json']) {
    test(`a finished key whose ${ending} ${what} is refused, and --again wraps it once more`, async (t) => {
      const { keys, files, run } = subject(t);
      t.is((await run()).code, 0);
      const victim = join(files.out, (keys[1]?.out ?? '').replace(/byok$/, ending));
      damage(victim);
      if (what === 'differs' && ending === 'manifest.json') {
        writeFileSync(victim, readFileSync(join(files.out, 'key-2.manifest.json')));
      }
      const before = contentsOf(files.out);
      const refused = await run();
      t.is(refused.code, 3);
      t.is(refused.json.error.code, 'PLAN_REFUSED');
      t.regex(refused.json.error.values.problems.join(), /^keys\[1\] \(key-1\.byok\): FINISHED_KEY_CHANGED: /);
      t.deepEqual(contentsOf(files.out), before);
      const again = await run({ again: true });
      t.is(again.code, 0, again.stderr);
      assertAllThere(t, files.out, keys);
    });
  }
}

test('files that are not of this plan are replaced with --force only', async (t) => {
  const { keys, files, run } = subject(t);
  writeFileSync(join(files.out, 'key-1.byok'), 'theirs');
  writeFileSync(join(files.out, 'key-2.manifest.json'), 'theirs');
  const before = contentsOf(files.out);
  for (const options of [{}, { again: true }] as const) {
    const refused = await run(options);
    t.is(refused.code, 3);
    t.is(refused.json.error.values.count, 2);
    t.deepEqual(contentsOf(files.out), before);
  }
  t.is((await run({ force: true })).code, 0);
  assertAllThere(t, files.out, keys);
});

test('what the journal says of another key or KEK does not count as finished', async (t) => {
  const { folder, kek, keys, files, run } = subject(t, 2);
  t.is((await run()).code, 0);
  const [first, second] = keys as [Planned, Planned];
  writePlan(folder, [{ ...first, label: 'key 3' }, second]);
  const other = await run();
  t.is(other.json.error.code, 'PLAN_REFUSED');
  t.deepEqual(other.json.error.values.problems.length, 1);
  t.regex(other.json.error.cause, /keys\[0\] .*OUTPUT_EXISTS/);
  writePlan(folder, keys);
  const bigger = makeKekFile(folder, 3072);
  writeFileSync(kek.path, readFileSync(bigger.path));
  t.is((await batchOn(token, files, bigger.thumbprint)).json.error.values.count, 2);
});

test('a key that fails does not stop the others, and the run ends with 1', async (t) => {
  const { keys, files, run } = subject(t, 3);
  const { code, json, stderr } = await run({ force: true, 'kwp-mechanism': '0x8000216F' });
  t.is(code, 1, stderr);
  t.deepEqual(json.counts, { wrapped: 0, adopted: 0, finished: 0, failed: 3, notTried: 0 });
  t.is(json.keys[0].error.code, 'MECHANISM_MISSING');
  t.deepEqual(readdirSync(files.out), ['plan.journal.jsonl']);
  const stopped = await run({ 'kwp-mechanism': '0x8000216F', 'stop-on-error': true });
  t.is(stopped.code, 1);
  t.deepEqual(stopped.json.counts, { wrapped: 0, adopted: 0, finished: 0, failed: 1, notTried: 2 });
  t.is((await run()).json.counts.wrapped, keys.length);
});

test('several KEKs: each is confirmed once, and each key goes under its own', async (t) => {
  const folder = privateFolder(t);
  const keks = [makeKekFile(folder, 2048), makeKekFile(folder, 3072)];
  const keys = planned(placed, '').map((key, n) => ({ ...key, kek: keks[n % 2]?.path ?? '' }));
  const files = writePlan(folder, keys);
  const command = `${root}node_modules/.bin/keyferry-wrap batch ${files.plan} --out ${files.out} --token hsm --module ${SOFTHSM_MODULE} --pin-file ${token.pinFile} --no-probe`;
  const [first, second] = keks.map(({ thumbprint }) => thumbprint);
  const one = await batchOn(token, files, first);
  t.is(one.json.error.code, 'NOT_A_TERMINAL');
  const shown = await onTerminal(
    command,
    [first, second].map((thumbprint) => ['second source shows it:', `${thumbprint}\r`] as const),
    token.env,
  );
  t.is(shown.code, 0, shown.shown);
  t.is(shown.shown.split('second source shows it:').length, 3);
  assertAllThere(
    t,
    files.out,
    keys.filter((_, n) => n % 2 === 0),
    2048,
  );
  assertAllThere(
    t,
    files.out,
    keys.filter((_, n) => n % 2 === 1),
    3072,
  );
});

test('a thumbprint that belongs to no KEK of the plan ends the run before the login', async (t) => {
  const { files } = subject(t);
  const { code, json } = await batchOn(token, files, '00'.repeat(32), { 'pin-file': undefined });
  t.is(code, 4);
  t.is(json.error.code, 'THUMBPRINT_MISMATCH');
  t.deepEqual(readdirSync(files.out), []);
});

test('a warning is said once, with the number of keys that it is about', async (t) => {
  const { keys, run } = subject(t, 3, (all) => [...all, { ...(all[0] as Planned), label: 'readable', out: 'r.byok' }]);
  const { json, stderr } = await run();
  const local = json.warnings.find(({ text }: { text: string }) => text.includes('CKA_LOCAL'));
  t.is(local.keys, keys.length - 1);
  t.is(local.first, 'key-0.byok');
  const readable = json.warnings.find(({ text }: { text: string }) => text.includes('CKA_SENSITIVE is false'));
  t.deepEqual([readable.keys, readable.first], [1, 'r.byok']);
  t.is(stderr.split('CKA_SENSITIVE is false').length, 2);
  t.regex(stderr, /warning: key-0\.byok and 2 more: .*CKA_LOCAL/);
});

test('the table names each key with its thumbprint, and what was not checked', async (t) => {
  const { json, stdout } = await subject(t).run({ json: undefined });
  t.is(json, null);
  t.regex(
    stdout,
    /^PRACTICE KEYS\nwrapped {4}key-0\.byok {2}EC P-256 {6}[\w-]{43}\nwrapped {4}key-1\.byok {2}AES 256\n/,
  );
  t.regex(stdout, /\nwrapped {5}3\n/);
  t.regex(stdout, /NOT CHECKED\n/);
});

test('a KEK without kid takes it from the plan', async (t) => {
  const { folder, kek, keys, files } = subject(t, 1);
  const { key } = JSON.parse(readFileSync(kek.path, 'utf8'));
  writeFileSync(join(folder, 'kek.jwk'), JSON.stringify(key));
  const [{ label, out }] = keys as [Planned];
  const entry = { key: uriOf(label), kek: 'kek.jwk', out };
  const write = (kid: string | null) =>
    writeFileSync(files.plan, JSON.stringify({ schema: 'keyferry/plan/1', keys: [{ ...entry, kid }] }));
  write(null);
  t.regex((await batchOn(token, files, kek.thumbprint)).json.error.cause, /KEK_KID_MISSING/);
  write(KID);
  t.is((await batchOn(token, files, kek.thumbprint)).code, 0);
  t.true(existsSync(join(files.out, out)));
  t.is(basename(files.out), 'out');
});
