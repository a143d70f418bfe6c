import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { runProgram } from '../../test/support/programs.js';
import { makeToken, SOFTHSM_MODULE } from '../../test/support/softhsm.js';
import { EVIDENCE_CHECKS, spyWitness } from '../src/evidence/index.js';
import { ADAPTERS, featuresFile, judgeProducer, wrapAdapterEnv } from './support/producer-program.js';

const ADAPTER = `${ADAPTERS}keyferry-wrap.mjs`;
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

test('with --spy the calls of keyferry-wrap are judged in each case, and its PIN is in no result', async (t) => {
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

test('without --spy each field of the matrix says that its calls were not judged', async (t) => {
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

test('an adapter that does not take the module that it is given fails each case that it makes a blob in', async (t) => {
  const token = await makeToken(t, { label: 'spied' });
  const run = await judgeProducer({
    adapter: `env -u KEYFERRY_ADAPTER_MODULE ${ADAPTER}`,
    run: [CELL],
    args: ['--spy', token.module, '--features', featuresFile(privateFolder(t), 'repeat: 1\n')],
    env: wrapAdapterEnv(token),
  });
  t.is(run.code, 4, run.stderr);
  t.deepEqual(run.against, { [CELL]: ['fail', 'fail evidence/log'] });
});

test('--spy needs a module that is there', async (t) => {
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

test('a lane that ends before its log was read leaves nothing of it', async (t) => {
  const { environment, begin, close } = await spyWitness(SOFTHSM_MODULE)('');
  const log = environment.PKCS11SPY_OUTPUT ?? '';
  await begin();
  t.true(existsSync(log));
  await close();
  t.false(existsSync(dirname(log)));
});
