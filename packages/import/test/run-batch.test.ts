import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReceipt, writeManifest } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { BATCH_JOURNAL } from '../src/batch/batch-journal.js';
import { batchResultSchema, describeBatch } from '../src/batch/batch-result.js';
import { type BatchArguments, runBatch } from '../src/batch/run-batch.js';
import { readSource } from '../src/batch/source.js';
import { refuseOpenInBatch } from '../src/batch/standing.js';
import { importFiles } from '../src/import-files.js';
import { type FakeVault, fakeVault } from './support/fake-vault.js';
import { KEK, makeTransfer, spoilt } from './support/transfer.js';

const URL = 'https://v.vault.azure.net';
const lost = new KeyferryError('SERVICE_NO_ANSWER', { reason: 'reset' });
const refused = new KeyferryError('SERVICE_REFUSED', { reason: 'HTTP 400' });
const forbidden = new KeyferryError('SERVICE_FORBIDDEN', { reason: 'HTTP 403' });

const none = {
  vaultUrl: URL,
  concurrency: 1,
  resendAfter: null,
  pauses: [],
  allowedSigners: undefined,
  ops: undefined,
  tags: {},
  notBefore: undefined,
  expires: undefined,
  newVersion: false,
  practice: false,
  retireKek: false,
  stopOnError: false,
  again: false,
  force: false,
  resend: [],
  dryRun: false,
};

interface Scene {
  readonly vault: FakeVault;
  readonly folder: string;
  readonly warnings: string[];
  run(options?: Partial<BatchArguments>, signal?: AbortSignal): ReturnType<typeof runBatch>;
  states(options?: Partial<BatchArguments>): Promise<Record<string, string>>;
  fails(t: ExecutionContext, code: ErrorCode, options?: Partial<BatchArguments>): Promise<KeyferryError>;
}

/** A folder with blobs a, b, c of one and the same key, which the vault makes of every import. */
function scene(t: ExecutionContext, names = ['a', 'b', 'c'], target: 'ec-p256' | 'aes-256' = 'ec-p256'): Scene {
  const url = target === 'aes-256' ? 'https://p.managedhsm.azure.net' : URL;
  const vault = fakeVault(url, practiceKey(target));
  const version = vault.put('kek', practiceKey(KEK), { keyOps: ['import'] });
  const folder = privateFolder(t);
  for (const name of names) {
    const { blob, manifest } = makeTransfer(`${url}/keys/kek/${version}`, target);
    writeFileSync(join(folder, `${name}.byok`), blob);
    writeFileSync(join(folder, `${name}.manifest.json`), writeManifest(manifest));
  }
  const warnings: string[] = [];
  const progress = { step() {}, end() {} };
  const terminal = { say() {}, warn: (text: string) => warnings.push(text), progress: () => progress };
  const run: Scene['run'] = async (options = {}, signal = new AbortController().signal) => {
    const source = options.source ?? (await readSource(folder));
    const args = {
      ...none,
      vaultUrl: url,
      source,
      out: folder,
      journal: join(options.out ?? folder, BATCH_JOURNAL),
      ...options,
    };
    const outcome = await runBatch(args, async () => vault, terminal as unknown as Terminal, signal);
    batchResultSchema.parse(outcome.result);
    return outcome;
  };
  return {
    vault,
    folder,
    warnings,
    run,
    async states(options) {
      const { keys } = (await run(options)).result;
      return Object.fromEntries(
        keys.map(({ name, state, error }) => [name, error === null ? state : `${state} ${error.code}`]),
      );
    },
    async fails(t, code, options) {
      const error = await t.throwsAsync(run(options), { instanceOf: KeyferryError });
      t.is(error.code, code, error.message);
      return error;
    },
  };
}

/** Before the work of the imports with these numbers, counted from 1, or after it. */
function mishaps(vault: FakeVault, errors: Readonly<Record<number, KeyferryError>>, when: 'before' | 'after'): void {
  let count = 0;
  vault.importMishap = (work) => {
    count += 1;
    const error = errors[count];
    if (error === undefined) return work();
    if (when === 'after') work();
    throw error;
  };
}

const enabled = (vault: FakeVault, name: string) => vault.stateOf(name).map((version) => version.enabled);

test('every blob of the folder is sent once, compared, enabled and receipted; a second run has nothing to do', async (t) => {
  const { vault, folder, run } = scene(t);
  const { result, exit } = await run({ concurrency: 3 });
  t.is(exit, 'done');
  t.like(result, { mode: 'practice', emulator: true, counts: { imported: 3 }, stopped: null, keksRetired: [] });
  t.is(vault.calls.key, 1, 'the KEK is asked for once');
  for (const name of ['a', 'b', 'c']) {
    t.deepEqual(enabled(vault, name), [true]);
    t.deepEqual(readReceipt(readFileSync(join(folder, `${name}.receipt.json`))).verified, ['public-key']);
  }
  const calls = { ...vault.calls };
  const again = await run();
  t.like(again.result, { counts: { imported: 0, finished: 3 }, mode: 'practice', emulator: true });
  t.is(again.exit, 'done');
  t.deepEqual(vault.calls, calls, 'nothing is asked');
});

test('a folder without blobs, a file of another kind and a missing one are told apart', async (t) => {
  const folder = privateFolder(t);
  const codeOf = async (path: string) => (await t.throwsAsync(readSource(path), { instanceOf: KeyferryError })).code;
  t.is(await codeOf(folder), 'FILE_NOT_FOUND');
  t.is(await codeOf(join(folder, 'missing.csv')), 'FILE_NOT_FOUND');
  t.is(await codeOf(join(folder, 'plan.xlsx')), 'USAGE');
});

test('all that is wrong is told at once, with its place, and nothing is sent', async (t) => {
  const { vault, folder, fails } = scene(t, ['a', 'b', 'c', 'd', 'with_underscore', 'f', 'G', 'g2']);
  writeFileSync(join(folder, 'a.byok'), 'no blob');
  rmSync(join(folder, 'b.manifest.json'));
  writeFileSync(join(folder, 'c.manifest.json'), readFileSync(join(folder, 'd.manifest.json')));
  writeFileSync(join(folder, 'f.byok'), readFileSync(join(folder, 'd.byok')));
  writeFileSync(join(folder, 'f.manifest.json'), readFileSync(join(folder, 'd.manifest.json')));
  writeFileSync(join(folder, 'G.receipt.json'), 'of another tool');
  const { values } = await fails(t, 'PLAN_REFUSED', { ops: ['sign'] });
  const problems = (values.problems as string[]).map((text) =>
    text.replace(`${folder}/`, '').split(': ').slice(0, 2).join(' '),
  );
  t.deepEqual(problems, [
    'G.byok OUTPUT_EXISTS',
    'a.byok JSON_INVALID',
    'b.byok FILE_NOT_FOUND',
    'c.byok MANIFEST_MISMATCH',
    'f.byok PLAN_DUPLICATE',
    'with_underscore.byok USAGE',
  ]);
  t.deepEqual(vault.calls, {});
});

test('a KEK that cannot import and names that are taken are told at once, before anything is sent', async (t) => {
  const { vault, fails, states } = scene(t);
  vault.put('b', practiceKey('ec-p384'));
  vault.put('C', practiceKey('ec-p384'));
  const taken = await fails(t, 'PLAN_REFUSED');
  t.is((taken.values.problems as string[]).filter((text) => text.includes('KEY_EXISTS')).length, 2);
  await vault.setEnabled('kek', vault.stateOf('kek')[0]?.version ?? '', false);
  t.regex((await fails(t, 'PLAN_REFUSED')).reason, /^3 problems: [^;]*KEK_DISABLED[^;]*;[^;]*KEY_EXISTS/);
  t.is(vault.calls.importKey, undefined);
  await vault.setEnabled('kek', vault.stateOf('kek')[0]?.version ?? '', true);
  t.deepEqual(await states({ newVersion: true }), { a: 'imported', b: 'imported', c: 'imported' });
  t.deepEqual(enabled(vault, 'b'), [true, true]);
});

test('a dry run checks all, asks the vault, sends nothing and leaves no file', async (t) => {
  const { vault, folder, run } = scene(t);
  const before = readdirSync(folder);
  const { result, exit } = await run({ dryRun: true, ops: ['sign'] });
  t.is(exit ?? 'done', 'done');
  t.deepEqual(
    result.keys.map(({ name, state, ops }) => [name, state, ...ops]),
    [
      ['a', 'would-send', 'sign'],
      ['b', 'would-send', 'sign'],
      ['c', 'would-send', 'sign'],
    ],
  );
  t.deepEqual(vault.calls, { key: 1, names: 1 });
  t.deepEqual(readdirSync(folder), before);
  vault.put('b', practiceKey('ec-p384'));
  await t.throwsAsync(run({ dryRun: true }), { message: /KEY_EXISTS/ });
});

test('a key that the vault refuses does not stop the others, and is sent again by the next run', async (t) => {
  const { vault, run, states } = scene(t);
  mishaps(vault, { 2: refused }, 'before');
  const { result, exit } = await run();
  t.like(result.counts, { imported: 2, failed: 1 });
  t.is(exit, 'service', 'the exit of the one error');
  t.deepEqual(await states(), { a: 'finished', b: 'imported', c: 'finished' });
  t.is(vault.calls.importKey, 4);
});

test('the table says of each key what became of it', async (t) => {
  const { vault, run } = scene(t, ['a', 'bb', 'c', 'd']);
  mishaps(vault, { 2: lost, 3: refused }, 'before');
  const { result } = await run({ stopOnError: false });
  const text = describeBatch(result).split('\n');
  const version = vault.stateOf('a')[0]?.version ?? '';
  t.regex(text[0] ?? '', /^EMULATOR/);
  t.regex(text[1] ?? '', /^PRACTICE/);
  t.regex(text[2] ?? '', new RegExp(`^imported    a   EC P-256      ${version}  [A-Za-z0-9_-]{43}$`));
  t.regex(text[3] ?? '', /^UNKNOWN {5}bb {2}EC P-256 /);
  t.regex(text[4] ?? '', /^FAILED {6}c {3}EC P-256 /);
  for (const line of [
    /b\.byok \(bb\): OUTCOME_UNKNOWN: /,
    /^ {2}hint: run the same command again/,
    /^imported {4}2$/,
    /^UNKNOWN {5}1: sent/,
    /^verdict {5}2 of the keys in the vault match an UNSIGNED manifest only$/,
    /^KEK {9}the blobs stay importable/,
  ]) {
    t.true(
      text.some((found) => line.test(found)),
      `${line}\n${text.join('\n')}`,
    );
  }
  const again = describeBatch((await run({ dryRun: true })).result);
  t.regex(again, /^finished {4}a .*\nwould look {2}bb .*\nwould send {2}c .*sign,verify /m);
  t.regex(again, /^dry run {5}nothing was sent$/m);
});

test('--stop-on-error begins nothing more', async (t) => {
  const { vault, run, states } = scene(t);
  mishaps(vault, { 1: refused }, 'before');
  const { result } = await run({ stopOnError: true });
  t.like(result, { counts: { failed: 1, notTried: 2 }, stopped: 'a key failed, and --stop-on-error was given' });
  t.deepEqual(await states(), { a: 'imported', b: 'imported', c: 'imported' });
});

test('what will meet every key stops the batch', async (t) => {
  const { vault, run } = scene(t);
  vault.failing.set('setEnabled', forbidden);
  const { result } = await run();
  t.like(result.counts, { failed: 1, notTried: 2 });
  t.regex(result.stopped ?? '', /^SERVICE_FORBIDDEN/);
  t.deepEqual(enabled(vault, 'a'), [false]);
  vault.failing.clear();
  const second = await run();
  t.like(second.result.counts, { resumed: 1, imported: 2 });
  t.is(vault.calls.importKey, 3);
});

test('a vault that loses answer after answer stops the batch after five', async (t) => {
  const { vault, run } = scene(t, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  vault.importMishap = () => {
    throw lost;
  };
  const { result, exit } = await run();
  t.like(result, { counts: { unknown: 5, notTried: 2 }, stopped: 'the answers to 5 keys in a row were lost' });
  t.is(exit, 'service');
});

test('an answer that was lost after the work: found, compared, enabled, in the same run', async (t) => {
  const { vault, run } = scene(t);
  mishaps(vault, { 2: lost }, 'after');
  t.like((await run()).result.counts, { imported: 3 });
  t.is(vault.calls.importKey, 3);
});

test('an answer that was lost before the work is unknown, and not sent again until the operator says so', async (t) => {
  const { vault, run, states } = scene(t);
  mishaps(vault, { 2: lost }, 'before');
  const { result, exit } = await run();
  t.like(result.counts, { imported: 2, unknown: 1 });
  t.is(exit, 'service');
  t.regex(result.keys[1]?.error?.hint ?? '', /--resend-after 600.*--resend b/);
  t.deepEqual(await states(), { a: 'finished', b: 'unknown OUTCOME_UNKNOWN', c: 'finished' });
  t.deepEqual(await states({ resendAfter: 3_600_000 }), { a: 'finished', b: 'unknown OUTCOME_UNKNOWN', c: 'finished' });
  t.is(vault.calls.importKey, 3);
  t.deepEqual(await states({ resendAfter: 0 }), { a: 'finished', b: 'imported', c: 'finished' });
  t.is(vault.calls.importKey, 4);
});

test('a version that came up late is found, also when what has not come up may be sent again', async (t) => {
  const { vault, states } = scene(t);
  mishaps(vault, { 2: lost }, 'before');
  await states();
  vault.put('b', practiceKey('ec-p256'), { attributes: { enabled: false, exp: null, nbf: null, hsmPlatform: null } });
  t.deepEqual(await states({ resendAfter: 0 }), { a: 'finished', b: 'resumed', c: 'finished' });
  t.is(vault.calls.importKey, 3);
  t.deepEqual(enabled(vault, 'b'), [true]);
});

test('an AES key whose answer was lost is unknown for ever, until it is settled by name', async (t) => {
  const { vault, states, fails } = scene(t, ['a', 'b'], 'aes-256');
  mishaps(vault, { 1: lost }, 'after');
  t.deepEqual(await states(), { a: 'unknown OUTCOME_UNKNOWN', b: 'imported' });
  t.deepEqual(await states({ resendAfter: 0 }), { a: 'unknown OUTCOME_UNKNOWN', b: 'finished' });
  t.deepEqual(enabled(vault, 'a'), [false]);
  t.regex((await fails(t, 'PLAN_REFUSED', { resend: ['b'] })).reason, /--resend: USAGE/);
  await fails(t, 'PLAN_REFUSED', { resend: ['a'] });
  t.deepEqual(await states({ resend: ['a'], newVersion: true }), { a: 'imported', b: 'finished' });
  t.deepEqual(enabled(vault, 'a'), [false, true]);
});

test('another key in the vault: left disabled, exit 4, never tried again by itself, and the others go on', async (t) => {
  const { vault, run, states } = scene(t);
  vault.importMishap = (work) => {
    vault.imported = practiceKey(vault.calls.importKey === 2 ? 'ec-p384' : 'ec-p256');
    return work();
  };
  const { result, exit } = await run();
  t.like(result.counts, { imported: 2, failed: 1 });
  t.is(exit, 'verification');
  t.deepEqual(enabled(vault, 'b'), [false]);
  t.deepEqual(await states(), { a: 'finished', b: 'failed IMPORTED_KEY_MISMATCH', c: 'finished' });
  t.is(vault.calls.importKey, 3);
});

test('a 429 is waited out by the whole batch, and the key is sent again only after its journal says that it was refused', async (t) => {
  const { vault, folder, states } = scene(t);
  const busy = new KeyferryError('SERVICE_BUSY', { reason: 'HTTP 429', values: { retryAfter: 0 } });
  mishaps(vault, { 1: busy, 3: busy }, 'before');
  const { versions } = vault;
  let asked = 0;
  vault.versions = async (name) => {
    asked += 1;
    if (asked === 4) throw busy;
    return await versions(name);
  };
  t.deepEqual(await states(), { a: 'imported', b: 'imported', c: 'imported' });
  t.is(vault.calls.importKey, 5);
  const acts = readFileSync(join(folder, BATCH_JOURNAL), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ key }) => key.name === 'a')
    .map(({ step }) => step.act);
  t.deepEqual(acts, ['sending', 'refused', 'sending', 'arrived', 'done']);
});

test('an interruption lets what was sent come to its end, and begins nothing more', async (t) => {
  const { vault, run, states } = scene(t);
  const interruption = new AbortController();
  vault.importMishap = (work) => {
    interruption.abort(new KeyferryError('INTERRUPTED', { reason: 'by SIGINT' }));
    return work();
  };
  const { result } = await run({}, interruption.signal);
  t.like(result, { counts: { imported: 1, notTried: 2 }, stopped: 'interrupted' });
  t.deepEqual(enabled(vault, 'a'), [true]);
  t.deepEqual(await states(), { a: 'finished', b: 'imported', c: 'imported' });
});

test('--retire-kek disables the KEK when all keys have arrived, and only then', async (t) => {
  const { vault, run, warnings } = scene(t);
  mishaps(vault, { 1: refused }, 'before');
  t.deepEqual((await run({ retireKek: true })).result.keksRetired, []);
  t.deepEqual(enabled(vault, 'kek'), [true]);
  t.deepEqual(warnings, ['the KEK stays enabled, since not all keys have arrived']);
  t.is((await run({ retireKek: true })).result.keksRetired.length, 1);
  t.deepEqual(enabled(vault, 'kek'), [false]);
  t.is((await run()).exit, 'done', 'what is finished needs no KEK');
});

test('a finished key is imported once more with --again, over its receipt', async (t) => {
  const { vault, states, fails } = scene(t);
  await states();
  await fails(t, 'PLAN_REFUSED', { again: true });
  t.deepEqual(await states({ again: true, newVersion: true }), { a: 'imported', b: 'imported', c: 'imported' });
  t.deepEqual(enabled(vault, 'a'), [true, true]);
});

test('a receipt that has gone or is of another version is told, and the key is not sent again', async (t) => {
  const { vault, folder, states, fails } = scene(t);
  await states();
  const receipt = join(folder, 'a.receipt.json');
  const other = JSON.parse(
    readFileSync(receipt, 'utf8').replaceAll(vault.stateOf('a')[0]?.version ?? '', 'f'.repeat(32)),
  );
  writeFileSync(receipt, JSON.stringify(other));
  t.regex((await fails(t, 'PLAN_REFUSED')).reason, /FINISHED_KEY_CHANGED/);
  rmSync(receipt);
  t.regex((await fails(t, 'PLAN_REFUSED')).reason, /FINISHED_KEY_CHANGED/);
  t.is(vault.calls.importKey, 3);
});

test('a key with a receipt and no journal counts as finished: import had done it', async (t) => {
  const { vault, folder, states } = scene(t);
  await states();
  rmSync(join(folder, BATCH_JOURNAL));
  t.deepEqual(await states(), { a: 'finished', b: 'finished', c: 'finished' });
  t.is(vault.calls.importKey, 3);
});

test('killed after the receipt and before its line in the journal, a key is settled again and finished', async (t) => {
  const { vault, folder, states } = scene(t, ['a']);
  await states();
  const journal = join(folder, BATCH_JOURNAL);
  const lines = readFileSync(journal, 'utf8').split('\n');
  writeFileSync(journal, `${lines.slice(0, 2).join('\n')}\n`);
  t.deepEqual(await states(), { a: 'resumed' });
  t.is(vault.calls.importKey, 1);
  t.deepEqual(await states(), { a: 'finished' });
});

test('another blob under a name whose outcome is open stands in the way', async (t) => {
  const { vault, folder, states, fails } = scene(t, ['a', 'b']);
  mishaps(vault, { 1: lost }, 'before');
  await states();
  for (const ending of ['byok', 'manifest.json']) renameSync(join(folder, `b.${ending}`), join(folder, `a.${ending}`));
  rmSync(join(folder, 'b.receipt.json'));
  t.regex((await fails(t, 'PLAN_REFUSED', { newVersion: true })).reason, /OUTCOME_UNKNOWN: an earlier run sent blob/);
  t.is(vault.calls.importKey, 2);
});

test('an import by itself that is open stands in the way, and one that is left out of the batch is told', async (t) => {
  const { vault, folder, states, fails, run, warnings } = scene(t, ['a', 'b']);
  const file = join(folder, 'a.byok');
  const { journal } = importFiles({ file, manifest: undefined, withoutManifest: false, receipt: undefined });
  const sending = { act: 'sending', at: '2026-11-23T22:00:00Z', vault: URL, name: 'a', blobSha256: '00', versions: [] };
  writeFileSync(journal, `${JSON.stringify(sending)}\n`, { mode: 0o600 });
  t.regex((await fails(t, 'PLAN_REFUSED')).reason, /OUTCOME_UNKNOWN: keyferry-import import sent/);
  rmSync(journal);
  mishaps(vault, { 1: lost }, 'before');
  await states();
  rmSync(file);
  await run();
  t.regex(warnings.at(-1) ?? '', /^a was sent at .* with an unknown outcome, and is not in this batch$/);
});

test('what a batch has left open stands in the way of an import by itself', async (t) => {
  const { vault, folder, states } = scene(t, ['a', 'b']);
  mishaps(vault, { 1: lost }, 'before');
  await states();
  const receipt = join(folder, 'other.receipt.json');
  const error = await t.throwsAsync(refuseOpenInBatch({ vault: URL, name: 'A' }, receipt), {
    instanceOf: KeyferryError,
  });
  t.is(error.code, 'OUTCOME_UNKNOWN');
  await t.notThrowsAsync(refuseOpenInBatch({ vault: URL, name: 'b' }, receipt));
  await t.notThrowsAsync(refuseOpenInBatch({ vault: URL, name: 'a' }, join(privateFolder(t), 'a.receipt.json')));
});

test('a KEK that cannot be disabled at the end is told beside the result, and the exit says it', async (t) => {
  const { vault, run, warnings } = scene(t, ['a']);
  await run();
  vault.failing.set('setEnabled', forbidden);
  const { result, exit } = await run({ retireKek: true });
  t.like(result, { counts: { finished: 1 }, keksRetired: [] });
  t.is(exit, 'service');
  t.regex(warnings.at(-1) ?? '', /^all keys have arrived, and their KEK .* could not be disabled: SERVICE_FORBIDDEN/);
});

test('an error that nobody foresaw ends the batch, after what was under way', async (t) => {
  const { vault, run, states } = scene(t);
  const { importKey } = vault;
  vault.importKey = (name, request) => {
    if (name === 'a') throw new TypeError('a defect');
    return importKey(name, request);
  };
  await t.throwsAsync(run({ concurrency: 2 }), { instanceOf: TypeError });
  t.deepEqual(enabled(vault, 'b'), [true]);
  t.is(vault.calls.importKey, 1);
  vault.importKey = importKey;
  t.deepEqual(await states(), { a: 'unknown OUTCOME_UNKNOWN', b: 'finished', c: 'imported' });
});

test('two runs on one journal: the second is refused', async (t) => {
  const { vault, run, fails } = scene(t);
  let second: Promise<unknown> = Promise.resolve();
  vault.importMishap = (work) => {
    if (vault.calls.importKey === 1) second = fails(t, 'JOURNAL_IN_USE');
    return work();
  };
  await run();
  await second;
  t.is(vault.calls.importKey, 3);
});

test('a plan names files, names, confirmations, operations, tags and dates, and a hidden blob in a folder is left out', async (t) => {
  const { vault, folder, run, warnings } = scene(t);
  writeFileSync(join(folder, '._a.byok'), 'left by another system');
  const plan = join(folder, 'plan.csv');
  writeFileSync(
    plan,
    ['blob,name,ops,tags,expires', 'a.byok,first,verify,x=1;y=2,2030-01-01T00:00:00Z', 'b.byok,,,,'].join('\n'),
  );
  const requests: unknown[] = [];
  const { importKey } = vault;
  vault.importKey = (name, request) => {
    const { keyOps, tags, expiresOn } = request;
    requests.push({ name, keyOps, tags, expiresOn });
    return importKey(name, request);
  };
  const { result } = await run({ source: await readSource(plan), tags: { all: 'z' }, ops: ['sign'] });
  t.deepEqual(
    result.keys.map(({ place, name }) => [place, name]),
    [
      ['line 2', 'first'],
      ['line 3', 'b'],
    ],
  );
  t.deepEqual(requests, [
    {
      name: 'first',
      keyOps: ['verify'],
      tags: { all: 'z', x: '1', y: '2' },
      expiresOn: new Date('2030-01-01T00:00:00Z'),
    },
    { name: 'b', keyOps: ['sign'], tags: { all: 'z' }, expiresOn: null },
  ]);
  t.true(existsSync(join(folder, BATCH_JOURNAL)));
  t.deepEqual(warnings, []);
  await run({ out: privateFolder(t), newVersion: true });
  t.deepEqual(warnings, ['._a.byok is hidden, and left out']);
});

test('with --allowed-signers every manifest must be signed by one of them, and the receipts say by whom', async (t) => {
  const { folder, run, fails } = scene(t, ['a', 'b']);
  const key = join(privateFolder(t), 'key');
  await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
  const allowedSigners = `${key}.signers`;
  writeFileSync(allowedSigners, `officer@bank ${readFileSync(`${key}.pub`, 'utf8')}`);
  const sign = (name: string) =>
    mustRun('ssh-keygen', [
      '-q',
      '-Y',
      'sign',
      '-f',
      key,
      '-n',
      'keyferry-manifest@v1',
      join(folder, `${name}.manifest.json`),
    ]);
  await sign('a');
  t.regex((await fails(t, 'PLAN_REFUSED', { allowedSigners })).reason, /^1 problem: .*b\.byok: FILE_NOT_FOUND/);
  await sign('b');
  const { result } = await run({ allowedSigners });
  t.deepEqual(
    result.keys.map(({ confirmedBy }) => confirmedBy),
    ['signed-manifest', 'signed-manifest'],
  );
  t.deepEqual(readReceipt(readFileSync(join(folder, 'a.receipt.json'))).manifestSignedBy, ['officer@bank']);
});

test('practice and production never mix: a production key is refused by the emulator with its place', async (t) => {
  const { vault, folder, fails } = scene(t);
  const file = join(folder, 'b.manifest.json');
  writeFileSync(file, spoilt(JSON.parse(readFileSync(file, 'utf8')), { mode: 'production' }));
  t.regex((await fails(t, 'PLAN_REFUSED')).reason, /^1 problem: .*b\.byok: EMULATOR_REFUSED/);
  t.is(vault.calls.importKey, undefined);
});
