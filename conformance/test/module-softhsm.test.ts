import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeOverlayToken } from '../../test/support/overlay.js';
import { mustRun } from '../../test/support/programs.js';
import { makeToken } from '../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../test/support/token.js';
import { judgeModule, moduleArguments } from './support/module-program.js';
import { SOFTHSM_ITSELF } from './support/softhsm-itself.js';

const PROGRAM = fileURLToPath(new URL('../../node_modules/.bin/keyferry-conformance', import.meta.url));

/** What another program sees in the token. */
async function objectsOf(token: HsmUnderTest): Promise<string> {
  const user = ['--token-label', token.label, '--login', '--pin', token.pin];
  const { stdout } = await mustRun('pkcs11-tool', ['--module', token.module, ...user, '--list-objects'], {
    env: token.env,
  });
  return stdout;
}

async function giveKey(token: HsmUnderTest, label: string): Promise<void> {
  const user = ['--token-label', token.label, '--login', '--pin', token.pin];
  const key = ['--keygen', '--key-type', 'AES:32', '--label', label, '--id', '0a'];
  await mustRun('pkcs11-tool', ['--module', token.module, ...user, ...key], { env: token.env });
}

test('SoftHSM 2.6.1 fails exactly what is known of it, and its token is left as it was', async (t) => {
  const token = await makeToken(t, { label: 'KEYFERRY-TEST-soft' });
  await giveKey(token, 'payroll');
  const before = await objectsOf(token);
  t.regex(before, /payroll/);
  const run = await judgeModule(token, { args: ['--seed', '1'] });
  t.is(run.code, 4, run.stderr);
  t.deepEqual(run.against, SOFTHSM_ITSELF);
  t.deepEqual(run.results.run.troubles, []);
  t.is(run.results.verdict, 'does not conform');
  t.regex(run.results.subject.sha256, /^[0-9a-f]{64}$/);
  t.is(run.results.subject.features['security officer'], 'yes');
  t.is(await objectsOf(token), before);
  for (const secret of [token.pin, token.soPin]) t.false(run.stdout.includes(secret) || run.stderr.includes(secret));
});

test("without the security officer's PIN its case is skipped", async (t) => {
  const token = await makeToken(t, { label: 'KEYFERRY-TEST-no-so' });
  const run = await judgeModule({ ...token, soPin: null }, { run: ['module/trust/*'] });
  t.is(run.code, 0, run.stderr);
  t.deepEqual(run.against, { 'module/trust/officer/wrap': ['skipped'] });
});

test('a token that is not for tests is refused before anybody logs in', async (t) => {
  const token = await makeOverlayToken(t, {}, { label: 'production' });
  const run = await judgeModule(token, { run: ['module/usage/wrap'] });
  t.is(run.code, 3);
  t.regex(run.stderr, /^error\[TOKEN_NOT_FOR_TESTS\]/);
  const trace = token.trace().join('\n');
  t.regex(trace, /C_GetTokenInfo/);
  t.notRegex(trace, /C_Login|C_OpenSession/);
});

test('what a killed run leaves in the token is gone after the next one, and no PIN is seen from outside', async (t) => {
  // The process of the module stops when the officer's key is in the token.
  const stopped = { raise: 'C_WrapKey:1:19' };
  const token = await makeOverlayToken(t, stopped, { label: 'KEYFERRY-TEST-killed' });
  await giveKey(token, 'payroll');
  const before = await objectsOf(token);
  const args = moduleArguments(token, ['module/trust/officer/wrap']).map((word) =>
    word === '--pin-file' ? '--pin-env' : word === token.pinFile ? 'PIN_OF_TEST' : word,
  );
  const run = spawn(PROGRAM, args, {
    stdio: 'ignore',
    env: { ...process.env, ...token.env, PIN_OF_TEST: token.pin },
  });
  const holder = await stoppedChild(run.pid ?? 0);
  const seen = (name: string) => readFileSync(`/proc/${holder}/${name}`, 'utf8');
  for (const secret of [token.pin, token.soPin]) t.false((seen('environ') + seen('cmdline')).includes(secret));
  for (const pid of [run.pid, holder]) process.kill(pid ?? 0, 'SIGKILL');
  t.regex(await objectsOf(token), /KEYFERRY-TEST suite/);

  token.setBehaviour({});
  const next = await judgeModule(token, { run: ['module/usage/wrap'] });
  t.is(next.code, 0, next.stderr);
  t.is(await objectsOf(token), before);
});

/** Waits for a child of this process that is stopped. */
async function stoppedChild(parent: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
    const stopped = children.find((pid) => pid && /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    if (stopped !== undefined) return Number(stopped);
    await setTimeout(20);
  }
}
