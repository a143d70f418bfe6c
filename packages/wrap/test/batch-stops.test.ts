import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { makeOverlayToken, type OverlayBehaviour } from '../../../test/support/overlay.js';
import { runCommand } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import {
  assertAllThere,
  batchOn,
  journalOf,
  placements,
  planned,
  strangers,
  writePlan,
} from './support/batch-program.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { runOnToken, type TokenOptions } from './support/token-program.js';

const program = new URL('../../../node_modules/.bin/keyferry-wrap', import.meta.url).pathname;

/** Five keys in a token that behaves as it is told. Each key takes two calls of C_WrapKey. */
async function subject(t: ExecutionContext, attributes: { wrapWithTrusted?: boolean } = {}) {
  const placed = placements(5, ['ec-p256']).map((placement) => ({ ...placement, ...attributes }));
  const token = await makeOverlayToken(t, {}, { label: 'hsm' });
  await provisionToken(token, placed);
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const keys = planned(placed, kek.path);
  const files = writePlan(folder, keys);
  const objects = storedObjects(token);
  const run = (behaviour: OverlayBehaviour, options: TokenOptions = {}) => {
    token.setBehaviour(behaviour);
    return batchOn(token, files, kek.thumbprint, { 'no-probe': true, ...options });
  };
  /** Nothing but finished keys, and the token as it was; then it goes on. */
  const goesOn = async (finished: number, options: TokenOptions = {}) => {
    t.deepEqual(storedObjects(token), objects);
    t.is(readdirSync(files.out).filter((name) => /\.(byok|manifest\.json)$/.test(name)).length, 2 * finished);
    const { code, json, stderr } = await run({}, options);
    t.is(code, 0, stderr);
    t.deepEqual(strangers(files.out, keys), []);
    t.deepEqual(json.counts, { wrapped: 5 - finished, adopted: 0, finished, failed: 0, notTried: 0 });
    assertAllThere(t, files.out, keys);
  };
  return { token, folder, kek, keys, files, run, goesOn };
}

test('a key that the token refuses does not stop the others; the next run takes it up again', async (t) => {
  const { files, run, goesOn } = await subject(t);
  const { code, json, stdout } = await run({ refuse: 'C_WrapKey:3:0x6' });
  t.is(code, 1);
  t.deepEqual(json.counts, { wrapped: 4, adopted: 0, finished: 0, failed: 1, notTried: 0 });
  t.is(json.keys[1].state, 'failed');
  t.is(json.keys[1].error.code, 'HSM_ERROR');
  t.regex(json.keys[1].error.cause, /C_WrapKey returned CKR_FUNCTION_FAILED/);
  t.true(stdout.length > 0);
  t.deepEqual(journalOf(files.out).at(-1)?.failed, 1);
  await goesOn(4);
});

test('--stop-on-error ends with the first failure, and the rest is not tried', async (t) => {
  const { run, goesOn } = await subject(t);
  const { code, stdout } = await run({ refuse: 'C_WrapKey:3:0x6' }, { 'stop-on-error': true, json: undefined });
  t.is(code, 1);
  t.regex(stdout, /FAILED {5}key-1\.byok\nnot tried {2}key-2\.byok\n/);
  t.regex(stdout, /keys\[1\] \(key-1\.byok\): HSM_ERROR: C_WrapKey returned CKR_FUNCTION_FAILED/);
  t.regex(stdout, /failed {6}1\nnot tried {3}3\n/);
  await goesOn(1);
});

for (const [what, refuse, codes] of [
  ['has gone', 'C_WrapKey:5:0x32', /CKR_DEVICE_REMOVED/],
  ['has logged us out', 'C_WrapKey:5:0x101', /CKR_USER_NOT_LOGGED_IN/],
  ['has closed the session', 'C_GenerateKey:3:0xb3', /CKR_SESSION_HANDLE_INVALID/],
] as const) {
  test(`a token that ${what} ends the run at once, with the journal intact`, async (t) => {
    const { run, goesOn } = await subject(t);
    const { code, json, stderr } = await run({ refuse });
    t.is(code, 5);
    t.regex(json.error.cause, codes);
    t.regex(stderr, /warning: stopped after 2 of 5 keys; the same command goes on from there/);
    await goesOn(2);
  });
}

test('a token that has one session only is enough', async (t) => {
  const { token, files, keys, run } = await subject(t);
  const before = token.trace().length;
  const { code, json, stderr } = await run({ refuse: 'C_OpenSession:2:0xb1' });
  t.is(code, 0, stderr);
  t.is(json.counts.wrapped, 5);
  const calls = token.trace().slice(before);
  t.is(calls.filter((line) => line.startsWith('C_OpenSession')).length, 2);
  t.is(calls.filter((line) => line.startsWith('C_Sign ')).length, 5);
  assertAllThere(t, files.out, keys);
});

test('Ctrl-C ends the run with 130 and the journal intact', async (t) => {
  const { files, run, goesOn } = await subject(t);
  const { code, json } = await run({ raise: 'C_WrapKey:5:2' });
  t.is(code, 130);
  t.is(json.error.code, 'INTERRUPTED');
  const acts = journalOf(files.out).map(({ act }) => act);
  // What was begun when the signal came may be finished first, but nothing after it.
  t.true(acts.length <= 4);
  t.deepEqual(acts, ['started', 'wrapped', 'wrapped', 'wrapped'].slice(0, acts.length));
  await goesOn(acts.length - 1);
});

test('a library that dies in mid-call leaves what is finished', async (t) => {
  const { run, goesOn } = await subject(t);
  await t.throwsAsync(run({ die: 'C_WrapKey:5' }), { instanceOf: SyntaxError }, 'nothing was printed');
  await goesOn(2);
});

test('a medium that fails ends the run at once, and no half file stays', async (t) => {
  const { token, files, kek, goesOn } = await subject(t);
  const args = [
    ...['batch', files.plan, '--out', files.out, '--token', 'hsm', '--module', token.module, '--json', '--no-probe'],
    ...['--pin-file', token.pinFile, '--confirm-thumbprint', kek.thumbprint],
  ];
  const inject = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO:when=9'];
  const env = { ...token.env, UV_THREADPOOL_SIZE: '1' };
  const { code, stdout, stderr } = await runCommand('strace', [...inject, program, ...args], { env });
  t.is(code, 1, stderr);
  t.is(JSON.parse(stdout).error.code, 'OUTPUT_NOT_WRITABLE');
  t.regex(stderr, /stopped after 1 of 5 keys/);
  await goesOn(1);
});

test('the trusted wrapping key serves all keys, and goes with the last one', async (t) => {
  const { token, folder, kek, files, keys, run } = await subject(t, { wrapWithTrusted: true });
  const soPin = join(folder, 'so-pin');
  writeFileSync(soPin, `${token.soPin}\n`, { mode: 0o600 });
  const trust = async (command: string, options: TokenOptions) => {
    const { code, stderr } = await runOnToken(token, `trust ${command}`, { 'so-pin-file': soPin, ...options });
    t.is(code, 0, stderr);
  };
  await trust('kek', { kek: kek.path, 'confirm-thumbprint': kek.thumbprint });
  await trust('wrapping-key', { label: 'officer' });
  const withOfficer = storedObjects(token).length;
  const trusted = { 'trusted-wrapping-key': 'pkcs11:object=officer' };

  const before = token.trace().length;
  const failed = await run({ refuse: 'C_WrapKey:3:0x6' }, trusted);
  t.is(failed.code, 1);
  t.deepEqual(failed.json.counts.wrapped, 4);
  t.regex(failed.stderr, /the trusted wrapping key stays in the token/);
  t.is(storedObjects(token).length, withOfficer);
  // One for all objects, one for the trusted KEK, at most two for the wrapping key.
  t.true(
    token
      .trace()
      .slice(before)
      .filter((line) => line.startsWith('C_FindObjectsInit')).length <= 4,
  );

  const { code, json, stderr } = await run({}, trusted);
  t.is(code, 0, stderr);
  t.deepEqual([json.counts.wrapped, json.counts.finished], [1, 4]);
  t.is(storedObjects(token).length, withOfficer - 1);
  assertAllThere(t, files.out, keys);
});
