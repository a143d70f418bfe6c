import { spawn } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  publicJwkOf,
  type RsaPublicJwk,
  readByok,
  readManifest,
  wrapPracticeKey,
  writeByok,
  writeManifest,
} from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runCommand } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import {
  assertAllThere,
  batchOn,
  contentsOf,
  journalOf,
  placements,
  planned,
  strangers,
  writePlan,
} from './support/batch-program.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import type { TokenOptions } from './support/token-program.js';

const program = new URL('../../../node_modules/.bin/keyferry-wrap', import.meta.url).pathname;

let token: TestToken;
const placed = placements(12);

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await provisionToken(token, placed);
});

function subject(t: ExecutionContext, count: number) {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const keys = planned(placed.slice(0, count), kek.path);
  const files = writePlan(folder, keys);
  const args = [
    ...['batch', files.plan, '--out', files.out, '--token', token.label, '--module', token.module, '--no-probe'],
    ...['--pin-file', token.pinFile, '--confirm-thumbprint', kek.thumbprint],
  ];
  const run = (options: TokenOptions = {}) => batchOn(token, files, kek.thumbprint, { 'no-probe': true, ...options });
  const out = (name: string) => join(files.out, name);
  return { kek, keys, files, args, run, out, objects: storedObjects(token) };
}

type Subject = ReturnType<typeof subject>;

/** The outputs that the journal calls finished, in its order. */
function finishedIn({ files }: Subject): unknown[] {
  return journalOf(files.out).flatMap(({ act, out }) => (act === 'wrapped' || act === 'adopted' ? [out] : []));
}

/** No half file under its name; then the same command once more: it wraps what is missing, and nothing else. */
async function goesOn(t: ExecutionContext, killed: Subject, what: string): Promise<void> {
  const { files, keys, run, objects } = killed;
  const before = contentsOf(files.out);
  const finished = finishedIn(killed);
  for (const [name, text] of Object.entries(before)) {
    if (name.endsWith('.byok')) readByok(Buffer.from(text));
    if (name.endsWith('.manifest.json')) readManifest(Buffer.from(text));
  }
  for (const out of finished) t.true(String(out) in before, `${what}: ${out} is there when the journal says so`);

  const { code, json, stderr } = await run();
  t.is(code, 0, `${what}: ${stderr}`);
  t.is(json.counts.finished, finished.length, what);
  t.is(json.counts.wrapped + json.counts.adopted + json.counts.finished, keys.length, what);
  assertAllThere(t, files.out, keys);
  t.deepEqual(strangers(files.out, keys), [], what);
  t.deepEqual(finishedIn(killed).sort(), keys.map(({ out }) => out).sort(), `${what}: each key once`);
  const after = contentsOf(files.out);
  for (const out of finished.map(String)) t.is(after[out], before[out], `${what}: ${out} was not wrapped again`);
  for (const key of json.keys) if (key.state === 'adopted') t.is(after[key.out], before[key.out], what);
  t.deepEqual(storedObjects(token), objects, what);
}

/** With one thread for all file work the Nth system call of a kind is the same in each run. */
async function killedAt({ args }: Subject, call: string, when: number, ...more: string[]): Promise<boolean> {
  const inject = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:signal=KILL:when=${when}`,
  ];
  const env = { ...token.env, UV_THREADPOOL_SIZE: '1' };
  const { code } = await runCommand('strace', [...inject, program, ...args, ...more], { env });
  return code !== 0;
}

const points: readonly (readonly [call: string, times: readonly number[]])[] = [
  ['fsync', [2, 3, 5, 6, 7, 10]],
  ['link', [1, 2, 4]],
  ['unlink', [3, 4]],
];

for (const [call, times] of points) {
  test(`killed in a certain ${call}, a batch goes on where it stopped`, async (t) => {
    for (const when of times) {
      const killed = subject(t, 3);
      t.true(await killedAt(killed, call, when));
      await goesOn(t, killed, `${call} ${when}`);
    }
  });
}

test('killed between two names of a key that is wrapped again, a batch wraps that key once more', async (t) => {
  for (const when of [2, 3, 4]) {
    const killed = subject(t, 3);
    t.is((await killed.run()).code, 0);
    t.true(await killedAt(killed, 'rename', when, '--again'));
    const { code, json, stderr } = await killed.run();
    t.is(code, 0, stderr);
    t.is(json.counts.finished + json.counts.wrapped, 3);
    t.true(json.counts.wrapped <= 1);
    assertAllThere(t, killed.files.out, killed.keys);
    t.deepEqual(strangers(killed.files.out, killed.keys), []);
  }
});

test('killed when any of its files appears, and again and again, a batch comes to its end', async (t) => {
  const killed = subject(t, placed.length);
  for (let kills = 0; kills < 5; kills += 1) {
    const appeared = 1 + Math.floor(Math.random() * 6);
    t.log(`killed at file ${appeared}`);
    const child = spawn(program, killed.args, { env: { ...process.env, ...token.env }, stdio: 'ignore' });
    let seen = 0;
    const watcher = watch(killed.files.out, (_event, name) => {
      if (name?.startsWith('.') === false && !name.includes('journal')) seen += 1;
      if (seen >= appeared) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    watcher.close();
  }
  await goesOn(t, killed, 'random');
});

/** As if the run had been killed before it could journal its last key. */
function forgetLast({ files }: Subject): void {
  const path = join(files.out, 'plan.journal.jsonl');
  writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, -3).join('\n').concat('\n'));
}

test('files that were written but not journalled are taken over, and that is said', async (t) => {
  const killed = subject(t, 4);
  await killed.run();
  forgetLast(killed);
  const before = contentsOf(killed.files.out);
  const { json, stderr } = await killed.run();
  t.deepEqual(json.counts, { wrapped: 0, adopted: 1, finished: 3, failed: 0, notTried: 0 });
  t.regex(stderr, /key-3\.byok was written by a run that was ended before its journal said so/);
  t.is(json.keys[3].state, 'adopted');
  t.not(json.keys[3].targetThumbprint, null);
  t.is(contentsOf(killed.files.out)['key-3.byok'], before['key-3.byok']);
  t.is((await killed.run()).json.counts.finished, 4);
});

test('an AES key is wrapped again instead, since nothing proves what the file holds', async (t) => {
  const killed = subject(t, 2);
  await killed.run();
  forgetLast(killed);
  const { json } = await killed.run();
  t.deepEqual(json.counts, { wrapped: 1, adopted: 0, finished: 1, failed: 0, notTried: 0 });
  assertAllThere(t, killed.files.out, killed.keys);
});

test('files of a key that somebody else knows are not taken over', async (t) => {
  const killed = subject(t, 4);
  const { files, out } = killed;
  await killed.run();
  forgetLast(killed);
  const manifest = readManifest(readFileSync(out('key-3.manifest.json')));
  const forge = (key: KeyObject) => {
    const jwk = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
    const ciphertext = wrapPracticeKey(jwk, key.export({ type: 'pkcs8', format: 'der' }) as Buffer);
    const blob = writeByok({ kid: readByok(readFileSync(out('key-3.byok'))).kid, ciphertext, generator: 'x' });
    const publicKey = publicJwkOf(createPublicKey(key));
    const sha256 = createHash('sha256').update(blob).digest('hex');
    writeFileSync(out('key-3.byok'), blob);
    writeFileSync(
      out('key-3.manifest.json'),
      writeManifest({
        ...manifest,
        blob: { ...manifest.blob, sha256, size: blob.length },
        target: { ...manifest.target, publicKey },
      }),
    );
  };
  forge(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const before = contentsOf(files.out);
  const { code, json } = await killed.run();
  t.is(code, 3);
  t.regex(json.error.cause, /^1 problem: keys\[3\] \(key-3\.byok\): OUTPUT_EXISTS: there are files/);
  t.deepEqual(contentsOf(files.out), before);
});

test('without an interrupted run nothing is taken over', async (t) => {
  const whole = subject(t, 4);
  await whole.run();
  const path = join(whole.files.out, 'plan.journal.jsonl');
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.splice(4, 1);
  writeFileSync(path, lines.join('\n'));
  const { json } = await whole.run();
  t.regex(json.error.cause, /^1 problem: keys\[3\] .*OUTPUT_EXISTS/);
  t.true(readdirSync(whole.files.out).length > 8);
});
