import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkManifest, readByok, readManifest } from '@keyferry/blob';
import anyTest, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { mustRun, type RunResult, runProgram } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, type TestToken } from '../../../test/support/softhsm.js';
import { mountStick, playedStick, type StickKind, stickRefusal } from '../../../test/support/stick.js';
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
import { type KekFile, makeKekFile } from './support/kek-file.js';
import { keyUri, wrapOn } from './support/wrap-program.js';

/** One after the other: each starts many programs. */
const test = anyTest.serial;

let token: TestToken;
let kek: KekFile;
let objects: readonly string[];

const placed = placements(4);

const KINDS = { vfat: 'a vfat stick', exfat: 'an exfat stick' } as const;
const TEMPORARY = /^\.keyferry-[0-9a-f]{16}\.tmp$/;

anyTest.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  await provisionToken(token, [{ key: 'ec-p256', label: 'payroll', id: Buffer.of(0xff) }, ...placed]);
  objects = storedObjects(token);
  kek = makeKekFile(privateFolder(wholeFile), 2048);
});

/** Carries the KEK to the stick, and gives its path there. */
function bringKek(stick: string): string {
  const path = join(stick, basename(kek.path));
  writeFileSync(path, readFileSync(kek.path));
  return path;
}

/** The KEK comes from the stick, the blob goes to it. */
function wrapOnto(stick: string, env: Record<string, string> = {}, force?: true): Promise<RunResult> {
  return wrapOn(
    token,
    {
      kek: join(stick, basename(kek.path)),
      'confirm-thumbprint': kek.thumbprint,
      key: keyUri('payroll'),
      out: join(stick, 'payroll.byok'),
      force,
    },
    env,
  );
}

/** What a wrap may leave on a stick: nothing, a whole manifest, or both files whole and belonging together. */
function written(t: ExecutionContext, stick: string, what: string): 'none' | 'manifest' | 'both' {
  const [blob, manifest] = ['payroll.byok', 'payroll.manifest.json'].map((name) => join(stick, name));
  if (manifest === undefined || !existsSync(manifest)) {
    t.false(existsSync(blob ?? ''), `${what}: a blob without its manifest`);
    return 'none';
  }
  const said = readManifest(readFileSync(manifest));
  if (blob === undefined || !existsSync(blob)) return 'manifest';
  const bytes = readFileSync(blob);
  t.notThrows(() => checkManifest(said, bytes, readByok(bytes)), what);
  return 'both';
}

/** Of a run that failed: one error with code and hint, exit 1, and a token as it was. */
function failedWell(t: ExecutionContext, { code, stdout, stderr }: RunResult, codes: readonly string[], what: string) {
  t.is(code, 1, `${what}: ${stderr}`);
  const { error } = JSON.parse(stdout);
  t.true(codes.includes(error.code), `${what}: ${error.code}: ${error.cause}`);
  t.true(error.hint.length > 10, what);
  t.deepEqual(storedObjects(token), objects, what);
}

/** A plan of four keys, which runs with its outputs and its journal on a stick. */
function batchOnto(t: ExecutionContext, stick: string) {
  const folder = privateFolder(t);
  const { path, thumbprint } = makeKekFile(folder, 2048);
  const keys = planned(placed, path);
  const { plan } = writePlan(folder, keys);
  const files = { plan, out: stick };
  return { keys, run: (env = {}) => batchOn(token, files, thumbprint, { 'no-probe': true }, env) };
}

const leftovers = (stick: string) => readdirSync(stick).filter((name) => TEMPORARY.test(name));

for (const [kind, name] of Object.entries(KINDS) as [StickKind, string][]) {
  const refusal = stickRefusal(kind);
  if (refusal !== null) console.warn(`tests on ${name} are skipped: ${refusal}`);
  const onStick = refusal === null ? test : test.skip;

  onStick(`a key crosses on ${name}: shown, wrapped, inspected, and there after it was pulled out`, async (t) => {
    const stick = mountStick(t, kind);
    const shown = await runProgram('keyferry-wrap', ['kek', 'show', '--kek', bringKek(stick.folder)]);
    t.is(shown.code, 0, shown.stderr);
    const run = await wrapOnto(stick.folder);
    t.is(run.code, 0, run.stderr);
    t.deepEqual(readdirSync(stick.folder).sort(), [basename(kek.path), 'payroll.byok', 'payroll.manifest.json'].sort());
    stick.reinsert();
    t.is(written(t, stick.folder, kind), 'both');
    const [blob, manifest] = ['payroll.byok', 'payroll.manifest.json'].map((name) => join(stick.folder, name));
    const seen = await runProgram('keyferry-wrap', ['inspect', blob ?? '', '--manifest', manifest ?? '', '--json']);
    t.is(seen.code, 0, seen.stderr);
    t.like(JSON.parse(seen.stdout), { manifest: 'matches', verdict: 'no-fault-found' });
  });

  onStick(`a batch goes onto ${name}, and knows after it was pulled out what is finished`, async (t) => {
    const stick = mountStick(t, kind);
    const { keys, run } = batchOnto(t, stick.folder);
    const first = await run();
    t.is(first.code, 0, first.stderr);
    stick.reinsert();
    assertAllThere(t, stick.folder, keys);
    t.deepEqual(strangers(stick.folder, keys), []);
    t.is((await run()).json.counts.finished, keys.length);
  });

  onStick(`on ${name} nothing is replaced, but with --force both files are`, async (t) => {
    const { folder } = mountStick(t, kind);
    bringKek(folder);
    await wrapOnto(folder);
    const before = readFileSync(join(folder, 'payroll.byok'));
    failedWell(t, await wrapOnto(folder), ['OUTPUT_EXISTS'], kind);
    t.deepEqual(readFileSync(join(folder, 'payroll.byok')), before);
    t.is((await wrapOnto(folder, {}, true)).code, 0);
    t.notDeepEqual(readFileSync(join(folder, 'payroll.byok')), before);
    t.is(written(t, folder, kind), 'both');
    t.deepEqual(leftovers(folder), []);
  });

  for (const free of [0, 4096]) {
    onStick(`${name} with ${free} free bytes takes neither file`, async (t) => {
      const { folder, fillUpTo } = mountStick(t, kind);
      bringKek(folder);
      fillUpTo(free);
      const before = readdirSync(folder).sort();
      failedWell(t, await wrapOnto(folder), ['OUTPUT_NOT_WRITABLE'], kind);
      t.deepEqual(readdirSync(folder).sort(), before);
    });
  }

  onStick(`${name} with room for both files, and no more, takes them`, async (t) => {
    const { folder, fillUpTo } = mountStick(t, kind);
    bringKek(folder);
    fillUpTo(8192);
    const run = await wrapOnto(folder);
    t.is(run.code, 0, run.stderr);
    t.is(written(t, folder, kind), 'both');
  });
}

test('a played stick has no links and no modes, is full, comes out and has loose contacts', async (t) => {
  const folder = privateFolder(t);
  const program = `
    const fs = require('node:fs');
    const tried = (work) => { try { return work() ?? 'done'; } catch (error) { return error.code; } };
    const path = process.argv[1] + '/a';
    console.log([
      () => fs.writeFileSync(path, 'abc'), () => fs.linkSync(path, path + 2), () => fs.symlinkSync('a', path + 3),
      () => fs.chmodSync(path, 0o600), () => (fs.lstatSync(path).mode & 0o777).toString(8), () => fs.readdirSync(process.argv[1]).length,
    ].map(tried).join(' '));`;
  const answers = async (faults: Parameters<typeof playedStick>[1]) => {
    const run = await mustRun(process.execPath, ['-e', program, folder], { env: playedStick(folder, faults) });
    return run.stdout.trim();
  };
  t.is(await answers({}), 'done EPERM EPERM EPERM 755 1');
  t.is(await answers({ full: 2 }), 'ENOSPC EPERM EPERM EPERM 755 1');
  t.is(readFileSync(join(folder, 'a'), 'utf8'), 'ab');
  t.is(await answers({ pulled: 5 }), 'done EPERM EIO EIO EIO EIO');
  t.is(await answers({ loose: 5 }), 'done EPERM EIO EPERM 755 1');
  t.is(await answers({ loose: 2 }), 'EIO EPERM EPERM EPERM 755 1');
});

test('a played stick takes both files, and then neither of another wrap', async (t) => {
  const stick = privateFolder(t);
  bringKek(stick);
  const run = await wrapOnto(stick, playedStick(stick));
  t.is(run.code, 0, run.stderr);
  t.is(written(t, stick, 'played'), 'both');
  t.deepEqual(leftovers(stick), []);
  failedWell(t, await wrapOnto(stick, playedStick(stick)), ['OUTPUT_EXISTS'], 'played');
});

test('a played stick that is full after any number of bytes takes neither file', async (t) => {
  const stick = privateFolder(t);
  bringKek(stick);
  await wrapOnto(stick, playedStick(stick));
  const [blob = 0, manifest = 0] = ['payroll.byok', 'payroll.manifest.json'].map(
    (name) => readFileSync(join(stick, name)).length,
  );
  for (const full of [0, 1, manifest - 1, manifest, manifest + 1, manifest + blob - 1]) {
    const folder = privateFolder(t);
    bringKek(folder);
    const what = `full after ${full} bytes`;
    failedWell(t, await wrapOnto(folder, playedStick(folder, { full })), ['OUTPUT_NOT_WRITABLE'], what);
    t.deepEqual(readdirSync(folder), [basename(kek.path)], what);
  }
  const folder = privateFolder(t);
  bringKek(folder);
  t.is((await wrapOnto(folder, playedStick(folder, { full: manifest + blob }))).code, 0);
});

test('a played stick that is pulled out at any moment never keeps a blob without its whole manifest', async (t) => {
  const left: string[] = [];
  for (let call = 1; ; call++) {
    const stick = privateFolder(t);
    bringKek(stick);
    const run = await wrapOnto(stick, playedStick(stick, { pulled: call }));
    const what = `pulled out before call ${call}`;
    left.push(written(t, stick, what));
    if (run.code === 0) break;
    failedWell(t, run, ['FILE_UNREADABLE', 'OUTPUT_NOT_WRITABLE'], what);
  }
  // The files come in this order, and the last runs fail only because nothing says that the names will last.
  t.deepEqual([...new Set(left)], ['none', 'manifest', 'both']);
  t.true(left.length > 35, `${left.length} calls`);
});

test('after a stick was pulled out the next wrap goes well, with --force over what was left', async (t) => {
  const stick = privateFolder(t);
  bringKek(stick);
  let call = 30;
  while (written(t, stick, `${call}`) !== 'manifest') {
    await wrapOnto(stick, playedStick(stick, { pulled: call++ }), true);
  }
  failedWell(t, await wrapOnto(stick, playedStick(stick)), ['OUTPUT_EXISTS'], 'without --force');
  t.is((await wrapOnto(stick, playedStick(stick), true)).code, 0);
  t.is(written(t, stick, 'with --force'), 'both');
});

test('after a played stick was pulled out a batch goes on where it stopped, and wraps no finished key again', async (t) => {
  for (const pulled of [40, 60, 80, 100]) {
    const stick = privateFolder(t);
    const { keys, run } = batchOnto(t, stick);
    const what = `pulled out before call ${pulled}`;
    const broken = await run(playedStick(stick, { pulled }));
    failedWell(t, broken, ['OUTPUT_NOT_WRITABLE'], what);
    const finished = journalOf(stick).flatMap(({ act, out }) => (act === 'wrapped' ? [String(out)] : []));
    const before = contentsOf(stick);
    const { code, json, stderr } = await run(playedStick(stick));
    t.is(code, 0, `${what}: ${stderr}`);
    t.is(json.counts.finished, finished.length, what);
    assertAllThere(t, stick, keys);
    const after = contentsOf(stick);
    for (const out of finished) t.is(after[out], before[out], what);
    t.deepEqual(strangers(stick, keys), [], what);
  }
});
