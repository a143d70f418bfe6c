import { createCipheriv } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import { runProgram } from '../../test/support/programs.js';
import { provisionToken } from '../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken } from '../../test/support/softhsm.js';
import { EVIDENCE_CHECKS, spyWitness } from '../src/evidence/index.js';
import { ADAPTERS, featuresFile, judgeProducer, wrapAdapterEnv } from './support/producer-program.js';

const ADAPTER = `${ADAPTERS}keyferry-wrap.mjs`;
const BROKEN_TOOL = fileURLToPath(new URL('broken/hsm-tool.mjs', import.meta.url));
const CELL = 'producer/wrap/kek-2048/aes-256';
const REFUSAL = 'producer/refuse/kek-1024';

interface Found {
  readonly id: string;
  readonly level: string;
  readonly actual: string;
}

function evidenceOf(results: { cases: { id: string; findings: Found[] }[] }, id: string): Found[] {
  const found = results.cases.find((each) => each.id === id)?.findings ?? [];
  return found.filter((each) => each.id.startsWith('evidence/'));
}

test.serial('with --spy the calls of keyferry-wrap are judged in each case, and its PIN is in no result', async (t) => {
  const token = await makeToken(t, { label: 'spied' });
  const run = await judgeProducer({
    adapter: ADAPTER,
    run: [CELL, REFUSAL],
    args: ['--spy', token.module, '--features', featuresFile(privateFolder(t), 'repeat: 2\n')],
    env: wrapAdapterEnv(token),
  });
  t.deepEqual(run.against, {}, run.stderr);
  t.deepEqual(
    evidenceOf(run.results, CELL).map(({ id, level }) => `${level} ${id}`),
    Object.keys(EVIDENCE_CHECKS).map((id) => `pass ${id}`),
  );
  t.deepEqual(
    evidenceOf(run.results, REFUSAL).map(({ id, level, actual }) => `${level} ${id}: ${actual}`),
    ['pass evidence/log: the tool refused before it asked the HSM'],
  );
  const [pin, all] = [token.pin, JSON.stringify(run.results) + run.stderr];
  t.false(all.includes(pin) || all.includes(Buffer.from(pin).toString('hex')));
});

test.serial('without --spy each field of the matrix says that its calls were not judged', async (t) => {
  const token = await makeToken(t, { label: 'spied' });
  const run = await judgeProducer({
    adapter: ADAPTER,
    run: [CELL],
    args: ['--features', featuresFile(privateFolder(t), 'repeat: 1\n')],
    env: wrapAdapterEnv(token),
  });
  t.deepEqual(
    evidenceOf(run.results, CELL).map(({ id, level, actual }) => `${level} ${id}: ${actual}`),
    ['not-checked evidence/log: run with --spy MODULE'],
  );
});

test.serial(
  'an adapter that does not take the module that it is given fails each case that it makes a blob in',
  async (t) => {
    const token = await makeToken(t, { label: 'spied' });
    const run = await judgeProducer({
      adapter: `env -u KEYFERRY_ADAPTER_MODULE ${ADAPTER}`,
      run: [CELL],
      args: ['--spy', token.module, '--features', featuresFile(privateFolder(t), 'repeat: 1\n')],
      env: wrapAdapterEnv(token),
    });
    t.is(run.code, 4, run.stderr);
    t.deepEqual(run.against, { [CELL]: ['fail', 'fail evidence/log'] });
  },
);

test.serial(
  'a tool that only its calls give away is caught in the suite, and with --out its calls are kept without PIN and key',
  async (t) => {
    const token = await makeToken(t, { label: 'spied' });
    const secret = practiceKey('aes-256').export();
    const folder = privateFolder(t);
    const out = join(folder, 'out');
    mkdirSync(out);
    const run = await judgeProducer({
      adapter: `${process.execPath} ${BROKEN_TOOL}`,
      run: [CELL],
      args: ['--spy', token.module, '--out', out, '--targets', await readableTarget(folder, token, secret)],
      env: { ...wrapAdapterEnv(token), KEYFERRY_BROKEN: 'target-read' },
    });
    t.deepEqual(run.against, { [CELL]: ['fail', 'fail evidence/no-private-value-read'] }, run.stderr);
    const kept = readFileSync(join(out, 'calls-producer-wrap-kek-2048-aes-256.txt'), 'utf8');
    t.regex(kept, /^ {2}out {2}CKA_VALUE \(32 bytes, cut\)$/m);
    t.is(kept.match(/C_Login: CKR_OK$/gm)?.length, 3);
    for (const bytes of [Buffer.from(token.pin), secret]) {
      for (const text of [bytes.toString('latin1'), bytes.toString('hex')]) t.false(kept.toLowerCase().includes(text));
    }
  },
);

/** Puts a key into the token that may be read, and lists it in a file. */
async function readableTarget(folder: string, token: TestToken, value: Buffer): Promise<string> {
  const [id, file] = ['readable', join(folder, 'targets.json')];
  await provisionToken(token, [{ key: 'aes-256', label: id, id: Buffer.from(id), sensitive: false }]);
  const kcv = createCipheriv('aes-256-ecb', value, null).update(Buffer.alloc(16)).subarray(0, 3).toString('hex');
  const targets = [{ id, type: 'aes-256', kcv, extractable: true }];
  writeFileSync(file, JSON.stringify({ schema: 'keyferry/adapter-targets/1', targets }));
  return file;
}

test.serial('--spy needs a module that is there', async (t) => {
  const run = await runProgram('keyferry-conformance', [
    'producer',
    '--adapter',
    ADAPTER,
    '--spy',
    '/nowhere/module.so',
  ]);
  t.is(run.code, 5);
  t.regex(run.stderr, /^error\[MODULE_NOT_FOUND\]/);
});

test.serial('a lane that ends before its log was read leaves nothing of it', async (t) => {
  const { environment, begin, close } = await spyWitness(SOFTHSM_MODULE, null)('');
  const log = environment.PKCS11SPY_OUTPUT ?? '';
  await begin();
  t.true(existsSync(log));
  await close();
  t.false(existsSync(dirname(log)));
});
