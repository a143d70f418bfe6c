import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PublicJwk, readManifest, readReceipt, samePublicKey, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { random, seed } from '../../vault/test/support/random.js';
import { type BatchScene, startScene, writeBlobs } from './support/batch-scene.js';

const PROGRAM = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-import', import.meta.url));

/** The whole proof: KEYFERRY_KILLS=50 KEYFERRY_KEYS=200, and KEYFERRY_SEED to see the same moments again. */
const KILLS = Number(process.env.KEYFERRY_KILLS ?? 8);
const KEYS = Number(process.env.KEYFERRY_KEYS ?? 40);
const SEED = seed();
/** Each key leaves a line for sending, arrived and done. */
const LINES = 3 * KEYS;

test(`killed ${KILLS} times at random moments, a batch of ${KEYS} makes each key once, and enables none that was not compared`, async (t) => {
  if (process.env.KEYFERRY_KILLS !== undefined) t.timeout(30 * 60_000);
  t.log(`seed ${SEED}`);
  const scene = await startScene(t, 'https://kill.vault.azure.net');
  t.teardown(() => scene.stop());
  const folder = join(privateFolder(t), 'blobs');
  const keys = writeBlobs(folder, await scene.kek('kek'), KEYS, 'key');
  const journal = join(folder, 'import-batch.journal.jsonl');
  // A blob of another key than its manifest says: whatever is killed, it must never be enabled.
  swapTargets(folder, 'key-0', 'key-1');
  const wrong = new Set(['key-0', 'key-1']);
  const args = ['batch', folder, '--vault-url', scene.url];

  const next = random(SEED);
  let kills = 0;
  for (let left = KILLS; left > 0; left -= 1) {
    const before = linesOf(journal).length;
    // So that work is left for every kill; where there is none, it comes at any time of the start or of the looking.
    const share = Math.floor((next() * 2 * (0.9 * LINES - before)) / left);
    const killed = await killedAfter(scene, args, journal, before + share, next() * (share < 1 ? 2500 : 40));
    kills += killed ? 1 : 0;
    await noneEnabledButCompared(t, scene, keys, wrong, linesOf(journal));
  }
  t.log(`${kills} of ${KILLS} runs were killed; the others came to their end first`);

  let ended = await scene.importer(...args);
  const unknown = counts(ended.json).unknown;
  for (let run = 0; run < 20 && counts(ended.json).unknown > 0; run += 1) {
    ended = await scene.importer(...args, '--resend-after', '5');
  }
  t.log(`${unknown} were never made, as the vault showed, and were sent again when the operator said so`);
  t.like(counts(ended.json), { failed: wrong.size, unknown: 0, notTried: 0 }, ended.stderr);
  t.is(ended.code, 4, ended.stderr);

  const acts = actsByName(linesOf(journal));
  for (const [name, publicKey] of keys) {
    const versions = await scene.versions(name);
    const enabled = versions.filter((version) => version.enabled);
    const again = acts.get(name)?.filter((act) => act === 'given-up').length ?? 0;
    t.true(versions.length >= 1 && versions.length <= 1 + again, `${name}: ${versions.length} versions`);
    sentOnlyWhenClosed(t, name, acts.get(name) ?? []);
    if (wrong.has(name)) {
      t.is(enabled.length, 0, `${name} is not the key of its manifest`);
      continue;
    }
    t.is(enabled.length, 1, name);
    t.true(samePublicKey(enabled[0]?.publicKey as PublicJwk, publicKey), name);
    const receipt = readReceipt(readFileSync(join(folder, `${name}.receipt.json`)));
    t.is(receipt.key.version, enabled[0]?.version ?? '', name);
    t.deepEqual(receipt.verified, ['public-key'], name);
  }
});

/** Gives two manifests the target of the other, so that the keys that arrive are not the ones that they name. */
function swapTargets(folder: string, one: string, other: string): void {
  const files = [one, other].map((name) => join(folder, `${name}.manifest.json`));
  const [first, second] = files.map((file) => readManifest(readFileSync(file)));
  if (first === undefined || second === undefined) throw new Error('expected two manifests');
  writeFileSync(files[0] as string, writeManifest({ ...first, target: second.target }));
  writeFileSync(files[1] as string, writeManifest({ ...second, target: first.target }));
}

/** Runs the batch and kills it so many milliseconds after its journal has so many lines; false if it ended before. */
async function killedAfter(
  scene: BatchScene,
  args: readonly string[],
  journal: string,
  lines: number,
  milliseconds: number,
): Promise<boolean> {
  const child = spawn(PROGRAM, args, { env: { ...process.env, ...scene.service.env }, stdio: 'ignore' });
  const exit = once(child, 'exit');
  const stop = new AbortController();
  const reached = new Promise<void>((resolve) => {
    const look = () => linesOf(journal).length >= lines && resolve();
    const watcher = watch(join(journal, '..'), { signal: stop.signal }, look);
    watcher.on('error', () => {});
    stop.signal.addEventListener('abort', () => resolve());
    look();
  });
  exit.then(() => stop.abort());
  await reached;
  if (!stop.signal.aborted) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const [, signal] = await exit;
  return signal === 'SIGKILL';
}

interface Line {
  readonly key: { readonly name: string };
  readonly step: { readonly act: string };
}

/** The whole lines. */
function linesOf(journal: string): Line[] {
  if (!existsSync(journal)) return [];
  const text = readFileSync(journal, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function actsByName(lines: readonly Line[]): Map<string, string[]> {
  const acts = new Map<string, string[]>();
  for (const { key, step } of lines) acts.set(key.name, [...(acts.get(key.name) ?? []), step.act]);
  return acts;
}

/** What is sent while an earlier sending is open would be sent while its outcome is unknown. */
function sentOnlyWhenClosed(t: ExecutionContext, name: string, acts: readonly string[]): void {
  let open = false;
  for (const act of acts) {
    if (act === 'sending') t.false(open, `${name}: ${acts.join(' ')}`);
    open = act === 'sending' || (open && act === 'arrived');
  }
}

/** A key that the journal does not call arrived must not be enabled, and whatever is enabled is the right key. */
async function noneEnabledButCompared(
  t: ExecutionContext,
  scene: BatchScene,
  keys: ReadonlyMap<string, PublicJwk>,
  wrong: ReadonlySet<string>,
  lines: readonly Line[],
): Promise<void> {
  const recent = [...new Set(lines.slice(-24).map(({ key }) => key.name))];
  for (const name of recent) {
    for (const { enabled, publicKey } of await scene.versions(name)) {
      if (!enabled) continue;
      t.false(wrong.has(name), `${name} is not the key of its manifest`);
      t.true(samePublicKey(publicKey, keys.get(name) as PublicJwk), name);
    }
  }
}

function counts(json: Record<string, unknown>): { unknown: number; failed: number; notTried: number } {
  return json.counts as { unknown: number; failed: number; notTried: number };
}
