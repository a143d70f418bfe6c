import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeyferryError } from '@keyferry/errors';
import { loadModule } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { provision } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken, useToken } from '../../../test/support/softhsm.js';
import { examine } from '../src/doctor/examine.js';
import { examined, runDoctor, storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { keyUri } from './support/wrap-program.js';

/** Logs each call that any program makes to any module (OpenSC). */
const SPY = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((triplet) => `/usr/lib/${triplet}/pkcs11-spy.so`)
  .find((path) => existsSync(path));

let token: TestToken;
let kek: string;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  kek = makeKekFile(token.folder, 2048).path;
  useToken(token);
  const module = loadModule(SOFTHSM_MODULE);
  const session = module.findToken({ token: 'hsm' }).openSession({ writable: true });
  session.login(token.pin);
  for (const [index, name] of (['rsa-2048', 'ec-p256', 'aes-256'] as const).entries()) {
    provision(session, name, { label: name, id: Buffer.of(index), wrapWithTrusted: name === 'rsa-2048' });
  }
  module.close();
});

/** What an examination may call. Signing, decrypting, copying and changing are not among it. */
const ALLOWED = new Set(
  [
    ['Initialize', 'Finalize', 'GetInfo', 'GetFunctionList', 'GetSlotList', 'GetSlotInfo', 'GetTokenInfo'],
    ['GetMechanismList', 'GetMechanismInfo', 'OpenSession', 'CloseSession', 'Login'],
    ['FindObjectsInit', 'FindObjects', 'FindObjectsFinal', 'GetAttributeValue'],
    ['CreateObject', 'GenerateKey', 'GenerateKeyPair', 'WrapKey', 'DestroyObject'],
  ].flatMap((names) => names.map((name) => `C_${name}`)),
);

interface Call {
  readonly name: string;
  readonly text: string;
}

function callsIn(log: string): Call[] {
  return log
    .split(/^\d+: (?=C_)/m)
    .slice(1)
    .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text }));
}

for (const label of [null, 'rsa-2048', 'ec-p256', 'aes-256']) {
  test(`no call but C_GetAttributeValue names an object of the token: ${label ?? 'no key named'}`, async (t) => {
    const output = join(token.folder, `calls-${label}`);
    const options = { module: SPY, kek, ...(label === null ? {} : { key: keyUri(label) }) };
    await examined(token, options, { PKCS11SPY: SOFTHSM_MODULE, PKCS11SPY_OUTPUT: output });
    const calls = callsIn(readFileSync(output, 'utf8'));
    t.deepEqual(
      calls.map(({ name }) => name).filter((name) => !ALLOWED.has(name)),
      [],
    );
    const found = new Set(
      calls.flatMap(({ text }) => [...text.matchAll(/^Object (0x\w+) matches/gm)].map(([, handle]) => handle)),
    );
    t.true(label === null || found.size > 0, 'the key is looked up');
    const named = calls
      .filter(({ name }) => name !== 'C_GetAttributeValue')
      .flatMap(({ name, text }) =>
        [...text.matchAll(/^\[in\] h(?!Session)\w+ = (0x\w+)/gm)].map(([, handle]) => ({ name, handle })),
      );
    t.true(
      named.some(({ name }) => name === 'C_WrapKey'),
      'throwaway keys are wrapped',
    );
    t.deepEqual(
      named.filter(({ handle }) => found.has(handle)),
      [],
    );
    t.false(
      calls.some(({ text }) => /CKA_TOKEN\s+True/.test(text)),
      'nothing is made to stay',
    );
    t.false(
      calls.some(({ name, text }) => name === 'C_OpenSession' && /CKF_RW|flags = 0x0*6\b/.test(text)),
      'the session is read-only',
    );
  });
}

test.serial(
  'an interruption at any point ends the examination, and leaves no object in token or session',
  async (t) => {
    const before = storedObjects(token);
    const module = loadModule(SOFTHSM_MODULE);
    t.teardown(() => module.close());
    const mine = module.findToken({ token: 'hsm' }).openSession();
    mine.login(token.pin);
    const args = { module: SOFTHSM_MODULE, key: keyUri('ec-p256'), kek, pinFile: token.pinFile };
    let points = 0;
    for (;;) {
      const signal = abortedAtCall(points);
      const outcome = await examine(args, nobody, signal).catch((error: unknown) => error);
      t.deepEqual(mine.find({ token: false }), []);
      if (!(outcome instanceof Error)) break;
      t.like(outcome, { code: 'INTERRUPTED' });
      points++;
    }
    t.true(points > 15, `${points} points of interruption were met`);
    t.deepEqual(storedObjects(token), before);
  },
);

const nobody = {
  interactive: false,
  warn() {},
  say() {},
  progress: () => ({ step() {}, end() {} }),
} as unknown as Terminal;

/** A signal that aborts at the given look at it. */
function abortedAtCall(number: number): AbortSignal {
  const controller = new AbortController();
  let looks = 0;
  return Object.assign(Object.create(controller.signal) as AbortSignal, {
    throwIfAborted() {
      if (looks++ === number) controller.abort(new KeyferryError('INTERRUPTED', { reason: 'by SIGINT' }));
      controller.signal.throwIfAborted();
    },
  });
}

test('Ctrl-C at the question for the PIN ends it with 130', async (t) => {
  const before = storedObjects(token);
  const program = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-wrap', import.meta.url));
  const run = await onTerminal(
    `${program} doctor --module ${SOFTHSM_MODULE} --token hsm`,
    [['PIN of token', '\u0003']],
    token.env,
  );
  t.is(run.code, 130);
  t.regex(run.shown, /error\[INTERRUPTED\]/);
  t.deepEqual(storedObjects(token), before);
});

test('on a terminal the PIN is asked for, and not shown', async (t) => {
  const program = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-wrap', import.meta.url));
  const command = `${program} doctor --module ${SOFTHSM_MODULE} --key '${keyUri('aes-256')}'`;
  const run = await onTerminal(command, [['PIN of token', `${token.pin}\r`]], token.env);
  t.is(run.code, 0, run.shown);
  t.regex(run.shown, /AES 256: a wrap takes/);
  t.false(run.shown.includes(token.pin));
});

test('a folder that cannot be found does not hide what else is wrong', async (t) => {
  const run = await runDoctor(token, { out: '/nowhere', key: keyUri('nobody') });
  t.is(run.code, 3);
  t.regex(run.stdout, /OUTPUT_FOLDER_MISSING[\s\S]*KEY_NOT_FOUND[\s\S]*NOT READY\n$/);
});
