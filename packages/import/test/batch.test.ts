import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readReceipt, thumbprintOf, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import type { FaultSpec } from 'keyferry-vault';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { type BatchScene, startScene, writeBlobs } from './support/batch-scene.js';
import { type Ended, runImporter } from './support/importer.js';
import { makeTransfer } from './support/transfer.js';

const PROGRAM = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-import', import.meta.url));
const VAULT = 'https://batch-test.vault.azure.net';

let scene: BatchScene & { stop(): Promise<void> };
let kek: Awaited<ReturnType<BatchScene['kek']>>;

test.before(async () => {
  scene = await startScene(wholeFile, VAULT);
  kek = await scene.kek('kek');
});
test.after.always(() => scene?.stop());

/** Name -> state, and the code of the error if there is one. */
function statesOf({ json, stderr }: Ended): Record<string, string> {
  const keys = json.keys as { name: string; state: string; error: { code: string } | null }[] | undefined;
  if (keys === undefined) throw new Error(`${JSON.stringify(json)}${stderr}`);
  return Object.fromEntries(
    keys.map(({ name, state, error }) => [name, error === null ? state : `${state} ${error.code}`]),
  );
}

function blobs(t: ExecutionContext, count: number, prefix: string, under = kek): { folder: string; names: string[] } {
  const folder = privateFolder(t);
  return { folder, names: [...writeBlobs(folder, under, count, prefix).keys()] };
}

const enabled = async (name: string) => (await scene.versions(name)).map((version) => version.enabled);

test('a folder goes into the vault, each key once; what is there already is not done again; the KEK is retired', async (t) => {
  const retired = await scene.kek('retired');
  const { folder, names } = blobs(t, 5, 'folder', retired);
  const { blob, manifest } = makeTransfer(retired.kid, 'rsa-2048', retired.key);
  writeFileSync(join(folder, 'folder-rsa.byok'), blob);
  writeFileSync(join(folder, 'folder-rsa.manifest.json'), writeManifest(manifest));
  const args = ['batch', folder, '--vault-url', VAULT];
  const dry = await scene.importer(...args, '--dry-run');
  t.like(dry, { code: 0, json: { dryRun: true, emulator: true } }, dry.stderr);
  t.false(existsSync(join(folder, 'import-batch.journal.jsonl')));
  const first = await scene.importer(...args);
  t.like(first, { code: 0, json: { counts: { imported: 6 }, mode: 'practice', emulator: true } }, first.stderr);
  for (const name of names) t.deepEqual(await enabled(name), [true], name);
  const second = await scene.importer(...args, '--retire-kek');
  t.like(
    second,
    { code: 0, json: { counts: { imported: 0, finished: 6 }, keksRetired: [retired.kid] } },
    second.stderr,
  );
  const { folder: late } = blobs(t, 1, 'late', retired);
  const third = await scene.importer('batch', late, '--vault-url', VAULT);
  t.like(third, { code: 3, error: 'PLAN_REFUSED' });
  t.regex(third.stderr, /KEK_DISABLED/);
});

test('a plan confirms targets by thumbprint, gives names, and receipts go where --out says', async (t) => {
  const folder = privateFolder(t);
  const keys = writeBlobs(folder, kek, 2, 'plan');
  const out = privateFolder(t);
  const [first, second] = [...keys.values()].map((key) => thumbprintOf(key));
  const plan = join(folder, 'plan.csv');
  const write = (confirmed: string | undefined) =>
    writeFileSync(plan, `blob,name,confirmTarget\nplan-0.byok,renamed,${first}\nplan-1.byok,,${confirmed}\n`);
  write(first);
  const args = ['batch', plan, '--vault-url', VAULT, '--out', out, '--tag', 'team=bank'];
  const wrong = await scene.importer(...args);
  t.like(wrong, { code: 3, error: 'PLAN_REFUSED' });
  t.regex(wrong.stderr, /1 problem: line 3: THUMBPRINT_MISMATCH/);
  write(second);
  const right = await scene.importer(...args);
  t.like(right, { code: 0, json: { counts: { imported: 2 } } }, right.stderr);
  t.deepEqual(readdirSync(out).sort(), ['import-batch.journal.jsonl', 'plan-0.receipt.json', 'plan-1.receipt.json']);
  const receipt = readReceipt(readFileSync(join(out, 'plan-0.receipt.json')));
  t.like(receipt, { confirmedBy: 'thumbprint', key: { name: 'renamed' } });
});

/** What happens to the one request, what becomes of the key in the first run, and how many versions there are then. */
const faults: Readonly<Record<string, readonly [fault: FaultSpec, state: string, versions: number]>> = {
  'a-429-with': [{ kind: 'error', method: 'PUT', status: 429, retryAfter: 1 }, 'imported', 1],
  'a-429-without': [{ kind: 'error', method: 'PUT', status: 429 }, 'imported', 1],
  'a-429-empty': [{ kind: 'error', method: 'PUT', status: 429, body: 'empty' }, 'imported', 1],
  'a-429-to-a-read': [{ kind: 'error', method: 'GET', status: 429, count: 3, retryAfter: 0 }, 'imported', 1],
  'a-429-to-a-patch': [{ kind: 'error', method: 'PATCH', status: 429 }, 'imported', 1],
  'a-400': [{ kind: 'error', method: 'PUT', status: 400 }, 'failed SERVICE_REFUSED', 0],
  'a-500-before': [{ kind: 'error', method: 'PUT', status: 500 }, 'unknown OUTCOME_UNKNOWN', 0],
  'a-503-before': [{ kind: 'error', method: 'PUT', status: 503, retryAfter: 1 }, 'unknown OUTCOME_UNKNOWN', 0],
  'a-502-page': [{ kind: 'error', method: 'PUT', status: 502, body: 'html' }, 'unknown OUTCOME_UNKNOWN', 0],
  'a-reset-before': [{ kind: 'reset', method: 'PUT' }, 'unknown OUTCOME_UNKNOWN', 0],
  'a-reset-after': [{ kind: 'lost-answer', method: 'PUT' }, 'imported', 1],
  'a-reset-of-a-read': [{ kind: 'reset', method: 'GET' }, 'imported', 1],
  'a-reset-after-patch': [{ kind: 'lost-answer', method: 'PATCH' }, 'imported', 1],
  'a-slow-work': [{ kind: 'delay', method: 'PUT', ms: 700 }, 'imported', 1],
  'a-slow-body': [{ kind: 'slow-body', method: 'PUT', ms: 700 }, 'imported', 1],
};

test('whatever goes wrong with a request, each key has one version, or none and an error, or is told to be unknown', async (t) => {
  const folder = privateFolder(t);
  const names = Object.keys(faults);
  for (const name of names) {
    writeBlobs(folder, kek, 1, name);
    const [fault] = faults[name] ?? [];
    await scene.service.faults.add({ ...fault, path: `/keys/${name}-0*` } as FaultSpec);
  }
  const args = ['batch', folder, '--vault-url', VAULT];
  const first = await scene.importer(...args);
  const expected = Object.fromEntries(names.map((name) => [`${name}-0`, faults[name]?.[1] ?? '']));
  t.deepEqual(statesOf(first), expected, first.stderr);
  t.is(first.code, 6);
  for (const name of names) {
    const [, state, versions] = faults[name] ?? [];
    t.deepEqual(await enabled(`${name}-0`), Array(versions).fill(true), `${name}: ${state}`);
  }
  const second = await scene.importer(...args);
  t.like(second, { code: 6, json: { counts: { unknown: 4, imported: 1, finished: 10 } } }, second.stderr);
  const third = await scene.importer(...args, '--resend-after', '1');
  t.like(third, { code: 0, json: { counts: { unknown: 0, imported: 4, finished: 11 } } }, third.stderr);
  for (const name of names) t.deepEqual(await enabled(`${name}-0`), [true], name);
});

test('an answer that outlasts the time limit: found if the work was done, else unknown and not sent again', async (t) => {
  const { folder, names } = blobs(t, 3, 'outlasted');
  const path = (n: number) => ({ method: 'PUT', path: `/keys/outlasted-${n}`, ms: 30_000 });
  await scene.service.faults.add({ kind: 'slow-body', ...path(0) });
  await scene.service.faults.add({ kind: 'delay', ...path(1) });
  const args = ['batch', folder, '--vault-url', VAULT];
  const first = await scene.importer(...args, '--timeout', '8');
  t.deepEqual(Object.values(statesOf(first)), ['imported', 'unknown OUTCOME_UNKNOWN', 'imported'], first.stderr);
  const second = await scene.importer(...args, '--resend-after', '3600');
  t.deepEqual(Object.values(statesOf(second)), ['finished', 'unknown OUTCOME_UNKNOWN', 'finished'], second.stderr);
  const counts = await Promise.all(names.map(async (name) => (await scene.versions(name)).length));
  t.deepEqual(counts, [1, 0, 1]);
});

test('a vault whose certificate is not trusted: one error, nothing sent', async (t) => {
  const { folder, names } = blobs(t, 2, 'untrusted');
  const env = { ...scene.service.env, NODE_EXTRA_CA_CERTS: '' };
  const ended = await runImporter(['batch', folder, '--vault-url', VAULT], env);
  t.like(ended, { code: 6, error: 'TLS_UNTRUSTED' });
  t.deepEqual(await scene.versions(names[0] ?? ''), []);
});

test('Ctrl-C: what was sent is brought to its end, the rest is not tried, exit 130; the same command goes on', async (t) => {
  const { folder, names } = blobs(t, 6, 'interrupted');
  const journal = join(folder, 'import-batch.journal.jsonl');
  await scene.service.faults.add({ kind: 'delay', method: 'PUT', path: '/keys/interrupted-*', ms: 1500, count: 6 });
  const args = ['batch', folder, '--vault-url', VAULT, '--concurrency', '2'];
  const child = spawn(PROGRAM, [...args, '--json'], {
    env: { ...process.env, ...scene.service.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const watcher = watch(folder);
  const sent = () => existsSync(journal) && readFileSync(journal, 'utf8').includes('"sending"');
  while (!sent()) await once(watcher, 'change');
  watcher.close();
  child.kill('SIGINT');
  const text = child.stdout.setEncoding('utf8').toArray();
  t.deepEqual(await once(child, 'close'), [130, null]);
  const { counts, stopped } = JSON.parse((await text).join(''));
  t.is(stopped, 'interrupted');
  t.true(counts.imported >= 1 && counts.imported <= 2);
  t.like(counts, { failed: 0, unknown: 0, notTried: 6 - counts.imported });
  const second = await scene.importer(...args);
  t.like(
    second,
    { code: 0, json: { counts: { finished: counts.imported, imported: 6 - counts.imported } } },
    second.stderr,
  );
  for (const name of names) t.deepEqual(await enabled(name), [true], name);
});

test('limits that make no sense are refused', async (t) => {
  for (const words of [
    ['--concurrency', '33'],
    ['--resend-after', '0'],
  ]) {
    t.like(await scene.importer('batch', privateFolder(t), '--vault-url', VAULT, ...words), {
      code: 2,
      error: 'USAGE',
    });
  }
});
