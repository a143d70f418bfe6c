import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { makeOverlayToken } from '../../test/support/overlay.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import { mustRun, type RunResult, runCommand, runProgram } from '../../test/support/programs.js';
import { provisionToken } from '../../test/support/provision.js';
import { makeToken, type TestToken } from '../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../test/support/token.js';
import { EVIDENCE_CHECKS, findSpy, judgeEvidence, openSpyLog, type SpyLog } from '../src/evidence/index.js';
import type { SuiteFinding } from '../src/suite/verdict.js';

// Real tools on a real token, seen through the real pkcs11-spy; one after the other, since each is a process or two.

const TOOL = fileURLToPath(new URL('broken/hsm-tool.mjs', import.meta.url));
const KID = 'https://pool.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
const SPY = findSpy();

let token: TestToken;
let kekPem: string;
let foreignPem: string;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  const id = (text: string) => Buffer.from(text);
  await provisionToken(token, [
    { key: 'ec-p256', label: 'ec', id: id('ec') },
    { key: 'rsa-2048', label: 'rsa', id: id('rsa') },
    // As keys that a tool can read must be.
    { key: 'aes-256', label: 'readable', id: id('readable'), sensitive: false },
    { key: 'aes-192', label: 'second', id: id('second') },
    { key: 'aes-256', label: 'standing', id: id('standing'), wrap: true },
  ]);
  [kekPem, foreignPem] = [2048, 3072].map((bits) => {
    const path = join(token.folder, `kek-${bits}.pem`);
    writeFileSync(path, pemOf(bits as 2048 | 3072));
    return path;
  }) as [string, string];
});

function pemOf(bits: 2048 | 3072): string {
  return createPublicKey(practiceKey(`kek-${bits}`)).export({ format: 'pem', type: 'spki' }) as string;
}

function kekNumbers() {
  const { n = '', e = '' } = createPublicKey(practiceKey('kek-2048')).export({ format: 'jwk' });
  return { modulus: Buffer.from(n, 'base64url'), exponent: Buffer.from(e, 'base64url') };
}

/** Runs a tool `times` times under one log. */
async function spied(
  t: ExecutionContext,
  run: (out: string, env: Record<string, string>) => Promise<RunResult>,
  { times = 1, hsm = token as HsmUnderTest } = {},
): Promise<{ log: SpyLog; findings: SuiteFinding[]; runs: RunResult[] }> {
  const folder = privateFolder(t);
  const file = await openSpyLog();
  try {
    await file.clear();
    const env = { ...hsm.env, PKCS11SPY: hsm.module, PKCS11SPY_OUTPUT: file.path };
    const outs = Array.from({ length: times }, (_, index) => join(folder, `${index}.byok`));
    const runs: RunResult[] = [];
    for (const out of outs) runs.push(await run(out, env));
    const log = await file.take();
    const made = outs.filter((_, index) => runs[index]?.code === 0);
    const ciphertexts = made.map((out) => Buffer.from(JSON.parse(readFileSync(out, 'utf8')).ciphertext, 'base64url'));
    return { log, runs, findings: judgeEvidence(log, { kek: kekNumbers(), ciphertexts }) };
  } finally {
    await file.close();
  }
}

function runTool(broken: string, target = 'readable') {
  return (out: string, env: Record<string, string>) =>
    runCommand(process.execPath, [TOOL, 'wrap', '--kek-pem', kekPem, '--kid', KID, '--target', target, '--out', out], {
      env: {
        ...env,
        KEYFERRY_BROKEN: broken,
        KEYFERRY_BROKEN_FOREIGN_PEM: foreignPem,
        KEYFERRY_ADAPTER_MODULE: SPY,
        KEYFERRY_WRAP_MODULE: token.module,
        KEYFERRY_WRAP_TOKEN: token.label,
        KEYFERRY_WRAP_PIN_FILE: token.pinFile,
      },
    });
}

async function runKeyferry(target: string, hsm: HsmUnderTest = token) {
  const { stdout } = await mustRun('node_modules/.bin/keyferry-wrap', [
    'kek',
    'show',
    '--json',
    '--kek',
    kekPem,
    '--kid',
    KID,
  ]);
  const thumbprint = JSON.parse(stdout).thumbprint as string;
  return (out: string, env: Record<string, string>) =>
    runProgram(
      'keyferry-wrap',
      [
        ...['wrap', '--json', '--kek', kekPem, '--kid', KID, '--confirm-thumbprint', thumbprint, '--out', out],
        ...['--key', `pkcs11:token=${hsm.label};object=${target}`, '--module', SPY, '--pin-file', hsm.pinFile],
      ],
      { env },
    );
}

function idsOf(findings: readonly SuiteFinding[], level: SuiteFinding['level']): string[] {
  return findings.filter((finding) => finding.level === level).map(({ id }) => id);
}

const ALL = Object.keys(EVIDENCE_CHECKS);

for (const target of ['ec', 'rsa', 'readable']) {
  test.serial(`keyferry-wrap, with its probe, passes every check (${target})`, async (t) => {
    const { findings, runs } = await spied(t, await runKeyferry(target));
    t.is(runs[0]?.code, 0, runs[0]?.stderr);
    t.deepEqual(idsOf(findings, 'pass'), ALL, JSON.stringify(findings, null, 1));
  });
}

test.serial('so does a tool that does what it should, also for several blobs', async (t) => {
  const { findings, log } = await spied(t, runTool('nothing'), { times: 3 });
  t.deepEqual(idsOf(findings, 'pass'), ALL, JSON.stringify(findings, null, 1));
  t.is(new Set(log.calls.map(({ program }) => program)).size, 3);
});

const WITHOUT_WRAP_KEY = ALL.filter((id) => /\/(target-wrapped|aes|kek|oaep)-/.test(id));

/** What each broken tool is caught by, and what its calls leave unknown. */
const BROKEN: Readonly<Record<string, { fail: readonly string[]; 'not-checked'?: readonly string[] }>> = {
  'target-copied-and-read': {
    fail: ['evidence/wrap-key-used', 'evidence/no-private-value-read', 'evidence/target-unchanged'],
    'not-checked': WITHOUT_WRAP_KEY,
  },
  'target-read': { fail: ['evidence/no-private-value-read'] },
  'target-changed': { fail: ['evidence/target-unchanged'] },
  'target-wrapped-twice': { fail: ['evidence/target-wrapped-once'] },
  'aes-known': { fail: ['evidence/aes-generated-in-token'] },
  'aes-in-token': { fail: ['evidence/aes-session-object'] },
  'aes-left-in-token': {
    fail: ['evidence/aes-session-object', 'evidence/aes-destroyed', 'evidence/nothing-left'],
  },
  'aes-that-was-there': {
    fail: ['evidence/aes-generated-in-token', 'evidence/aes-session-object', 'evidence/aes-destroyed'],
    'not-checked': ['evidence/aes-size', 'evidence/aes-not-reused'],
  },
  'aes-of-128-bits': { fail: ['evidence/aes-size'] },
  'aes-for-two-keys': { fail: ['evidence/aes-not-reused'] },
  'aes-under-foreign-key': { fail: ['evidence/aes-not-used-otherwise'] },
  'aes-encrypts': { fail: ['evidence/aes-not-used-otherwise'] },
  'key-left-in-session': { fail: ['evidence/aes-destroyed', 'evidence/logged-out'] },
  'kek-in-token': { fail: ['evidence/kek-session-object-or-trusted'] },
  'still-logged-in': { fail: ['evidence/logged-out'] },
};

for (const [broken, expected] of Object.entries(BROKEN)) {
  test.serial(`a tool that only its calls give away is caught by the checks meant for it: ${broken}`, async (t) => {
    const { findings, runs } = await spied(t, runTool(broken));
    t.is(runs[0]?.code, 0, runs[0]?.stderr);
    const { fail, 'not-checked': unknown = [] } = expected;
    t.deepEqual(idsOf(findings, 'fail'), [...fail], JSON.stringify(findings, null, 1));
    t.deepEqual(idsOf(findings, 'not-checked'), [...unknown]);
    t.deepEqual(idsOf(findings, 'warn'), []);
  });
}

test.serial('a tool that goes past the module that it was given is caught by its empty log', async (t) => {
  const { findings } = await spied(t, runTool('past-the-spy'));
  t.deepEqual(
    findings.map(({ id, level }) => [id, level]),
    [['evidence/log', 'fail']],
  );
});

test.serial('a tool that refuses is judged by what it asked before', async (t) => {
  const { findings, runs } = await spied(t, runTool('nothing', 'no such key'));
  t.is(runs[0]?.code, 1);
  t.deepEqual(idsOf(findings, 'pass'), [
    'evidence/log',
    'evidence/no-private-value-read',
    'evidence/target-unchanged',
    'evidence/nothing-left',
    'evidence/logged-out',
  ]);
  t.is(findings.length, 5);
});

test.serial(
  'with CKM_RSA_AES_KEY_WRAP there is no AES key to be seen, and its OAEP parameters are not checked',
  async (t) => {
    const hsm = await makeOverlayToken(t, { 'rsa-aes-key-wrap': 'exact' });
    await provisionToken(hsm, [{ key: 'ec-p256', label: 'ec', id: Buffer.from('ec') }]);
    const { findings, runs } = await spied(t, await runKeyferry('ec', hsm), { hsm });
    t.is(runs[0]?.code, 0, runs[0]?.stderr);
    t.deepEqual(idsOf(findings, 'not-checked'), ['evidence/oaep-parameters']);
    t.deepEqual(
      idsOf(findings, 'pass'),
      ALL.filter((id) => id !== 'evidence/oaep-parameters'),
    );
    t.regex(findings.find(({ id }) => id === 'evidence/wrap-key-used')?.actual ?? '', /0x00001054/);
  },
);
