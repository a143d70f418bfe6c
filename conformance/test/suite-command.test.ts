import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Terminal } from '@keyferry/terminal';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { onTerminal } from '../../test/support/on-terminal.js';
import { type RunOptions, runCommand, runProgram } from '../../test/support/programs.js';
import { runSuite, textOfResults } from '../src/commands/suite-command.js';
import { readSuiteArguments, type SuiteArguments } from '../src/commands/suite-options.js';
import { type Results, resultsSchema } from '../src/report/results.js';
import { isInShard } from '../src/runner/select.js';
import { playedSubject } from './support/played-subject.js';
import { PLAYS } from './support/plays.js';

const PROGRAM = fileURLToPath(new URL('support/played-program.ts', import.meta.url));
const NODE = [process.execPath, '--import=tsx', PROGRAM] as const;

const NOTHING_GIVEN: SuiteArguments = {
  run: undefined,
  shard: undefined,
  seed: undefined,
  jobs: undefined,
  timeout: 60,
  expect: undefined,
  baseline: undefined,
  out: undefined,
  force: false,
};

// The runs of this process are not those that GitHub's runner shows.
delete process.env.GITHUB_STEP_SUMMARY;

/** Runs it as a process of its own. */
function judge(args: readonly string[], options: RunOptions = {}) {
  const [node, ...before] = NODE;
  const env = { GITHUB_STEP_SUMMARY: undefined, ...options.env };
  return runCommand(node, [...before, 'judge', ...args], { ...options, env });
}

/** Runs the command in this process. */
async function judgeHere(
  play: string,
  args: Partial<SuiteArguments> & { readonly said?: string[]; readonly close?: () => Promise<void> } = {},
) {
  const { said = [], close, ...given } = args;
  const terminal: Terminal = {
    interactive: false,
    json: false,
    quiet: false,
    print: () => {},
    say: (text) => said.push(text),
    warn: (text) => said.push(`warning: ${text}`),
    ask: () => Promise.reject(new Error('nobody is there')),
    askSecret: () => Promise.reject(new Error('nobody is there')),
    progress: () => ({ step() {}, end() {} }),
  };
  const subject = playedSubject(PLAYS[play] ?? {}, { mostLanes: 1, ...(close === undefined ? {} : { close }) });
  const { result, exit } = await runSuite(
    async () => subject,
    { ...NOTHING_GIVEN, ...given },
    terminal,
    new AbortController().signal,
  );
  return { result, exit, text: textOfResults(result) };
}

function resultsIn(folder: string): Results {
  return resultsSchema.parse(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')));
}

/** In a folder of the test. */
function file(t: ExecutionContext, name: string, text: string): string {
  const path = join(privateFolder(t), name);
  writeFileSync(path, text);
  return path;
}

test('a right subject ends with 0, its verdict on the last line, every report in the folder, and a summary for GitHub', async (t) => {
  const out = privateFolder(t);
  const summary = file(t, 'summary.md', 'before\n');
  const { code, stdout, stderr } = await judge(['right', '--seed', '7', '--out', out], {
    env: { GITHUB_STEP_SUMMARY: summary },
  });
  t.is(code, 0, stderr);
  t.is(stdout.trimEnd().split('\n').at(-1), 'played 1.0: conforms (2 pass, 1 warn; --seed 7)');
  t.is(stderr, '3 cases, --seed 7\n');
  t.deepEqual(readdirSync(out).sort(), ['badge.json', 'junit.xml', 'report.html', 'results.json', 'results.tap']);
  const { run, suite, verdict, cases } = resultsIn(out);
  t.is(verdict, 'conforms');
  t.like(run, { seed: 7, selected: [], suiteCases: 3, shards: null, interrupted: false, troubles: [] });
  t.regex(suite.vectorsSha256 ?? '', /^[0-9a-f]{64}$/);
  t.deepEqual(
    cases.map(({ index }) => index),
    [0, 1, 2],
  );
  t.regex(readFileSync(summary, 'utf8'), /^before\n### played 1\.0: conforms\n/);
  const again = await judge(['right', '--out', out, '--json']);
  t.is(JSON.parse(again.stdout).error.code, 'OUTPUT_EXISTS');
  t.is((await judge(['right', '--out', out, '--force'])).code, 0);
});

test('a wrong subject does not conform, and with a list of what is known it does, until the list is out of date', async (t) => {
  const baseline = join(privateFolder(t), 'known.yaml');
  const first = await judgeHere('wrong', { baseline });
  t.is(first.exit, 'verification');
  t.regex(
    first.text,
    /^fail {6}producer\/refuse\/two: does producer\/refuse\/two\n {4}fail {2}played\/fail: what is fail\n {10}expected: what is right \(a clause\)$/m,
  );
  await t.throwsAsync(judgeHere('wrong', { expect: baseline }), { code: 'EXCEPTIONS_INVALID' });
  await t.throwsAsync(judgeHere('wrong', { baseline }), { code: 'OUTPUT_EXISTS' });

  const known = readFileSync(baseline, 'utf8').replaceAll(/"to be written[^"]*"/g, 'the firmware is old');
  const accepted = await judgeHere('wrong', { expect: file(t, 'known.yaml', known) });
  t.is(accepted.exit, 'done');
  t.regex(accepted.text, /conforms \(2 pass, 1 warn, 2 xfail; --seed \d+\)$/);
  t.regex(accepted.text, /^xfail {5}producer\/refuse\/two.*\n {4}accepted: the firmware is old$/m);

  const more = `${known}\n- {id: producer/wrap/one, reason: it fails}\n`;
  const unexpected = await judgeHere('wrong', { expect: file(t, 'more.yaml', more) });
  t.is(unexpected.exit, 'verification');
  t.regex(unexpected.text, /^xpass {5}producer\/wrap\/one.*\n {4}expected to fail: it fails$/m);

  const part = await judgeHere('wrong', { expect: file(t, 'part.yaml', more), run: ['producer/refuse/*'] });
  t.is(part.exit, 'done');
  const unused = file(t, 'unused.yaml', `${known}\n- {id: producer/wrap/on, reason: it fails}\n`);
  await t.throwsAsync(judgeHere('wrong', { expect: unused, run: ['producer/refuse/*'] }), {
    code: 'EXCEPTION_UNUSED',
    message: /called producer\/wrap\/on; the nearest are producer\/wrap\/one/,
  });
});

test('Ctrl-C gives up the case under way, keeps what was run as incomplete, and ends with 130', async (t) => {
  const out = privateFolder(t);
  const baseline = join(out, 'known.yaml');
  const command = `${NODE.map((word) => `'${word}'`).join(' ')} judge slow --out '${out}' --baseline '${baseline}'`;
  const { code, shown } = await onTerminal(command, [['under way', '\u0003']]);
  t.is(code, 130, shown);
  t.regex(shown, /played 1\.0: incomplete \(2 pass, 1 warn; 3 of 4 cases; interrupted; --seed \d+\)/);
  const { verdict, run, cases } = resultsIn(out);
  t.is(verdict, 'incomplete');
  t.true(run.interrupted);
  t.is(cases.length, 3);
  t.false(existsSync(baseline));
  t.regex(readFileSync(join(out, 'results.tap'), 'utf8'), /\nBail out! interrupted\n$/);
});

test('a case that heeds nothing is a timeout, and the process ends all the same', async (t) => {
  const { code, stdout } = await judge(['stuck', '--timeout', '0.05']);
  t.is(code, 4);
  t.regex(
    stdout,
    /^timeout {3}producer\/wrap\/three.*\n {4}no end within 0\.05 s, nor within 10 s of being told to stop; its lane was given up$/m,
  );
});

test('a subject that cannot take back what the cases left does not conform to anything yet', async (t) => {
  const close = () => Promise.reject(new Error('a key is left in the token'));
  const { exit, text } = await judgeHere('right', { close });
  t.is(exit, 'verification');
  t.regex(
    text,
    /^trouble {3}what the cases left could not be taken back: a key is left in the token\nplayed 1\.0: incomplete /m,
  );
  const said: string[] = [];
  const refused = judgeHere('right', { close, said, run: ['producer/wrpa/one'] });
  await t.throwsAsync(refused, { code: 'USAGE', message: /the nearest are producer\/wrap\/one/ });
  t.deepEqual(said, ['warning: what the cases left could not be taken back: a key is left in the token']);
});

test('shards of a run are put together by report, which ends as the run would have', async (t) => {
  const folders = [1, 2, 3].map(() => privateFolder(t));
  for (const [index, out] of folders.entries()) await judgeHere('wrong', { seed: 5, shard: `${index + 1}/3`, out });
  const whole = await judgeHere('wrong', { seed: 5 });
  const files = folders.map((folder) => join(folder, 'results.json'));
  const out = privateFolder(t);
  const report = (...args: string[]) => runProgram('keyferry-conformance', ['report', ...args]);
  const { code, stdout } = await report(...[...files].reverse(), '--out', out, '--json');
  t.is(code, 4);
  const merged: Results = JSON.parse(stdout);
  const { counts, verdict, cases, run } = whole.result;
  t.deepEqual([merged.counts, merged.verdict], [counts, verdict]);
  t.deepEqual(
    merged.cases.map(({ seconds, ...rest }) => rest),
    cases.map(({ seconds, ...rest }) => rest),
  );
  t.deepEqual(merged.run.shards, { indexes: [1, 2, 3], of: 3 });
  t.is(merged.run.suiteCases, run.suiteCases);
  t.deepEqual(resultsIn(out), merged);
  const missing = await report(...files.slice(1), '--json');
  t.is(JSON.parse(missing.stdout).error.code, 'SHARDS_MISSING');
  const over = await report(...files, '--out', folders[0] ?? '', '--force', '--json');
  t.is(JSON.parse(over.stdout).error.code, 'USAGE');
});

test('a shard in which no case falls is no failure, and its results stand beside those of the others', async (t) => {
  const cases = ['producer/wrap/one', 'producer/wrap/two', 'producer/refuse/one'];
  const index = Array.from({ length: 50 }, (_, place) => place + 1).find(
    (shard) => !cases.some((id) => isInShard(id, { index: shard, of: 50 })),
  );
  const { exit, result } = await judgeHere('right', { shard: `${index}/50` });
  t.is(exit, 'done');
  t.like(result, { verdict: 'nothing was judged', cases: [] });
  t.deepEqual(result.run.shards, { indexes: [index], of: 50 });
});

test('arguments of a run that say nothing sensible are refused', (t) => {
  const refused = [
    { shard: '0/4' },
    { shard: '5/4' },
    { shard: '1/0' },
    { shard: '1' },
    { seed: -1 },
    { seed: 2 ** 32 },
    { seed: 1.5 },
    { jobs: 0 },
    { jobs: 65 },
    { jobs: 1.5 },
    { timeout: 0 },
    { timeout: 1e6 },
    { expect: 'a/../known.yaml', baseline: 'known.yaml' },
  ];
  for (const one of refused) {
    t.throws(() => readSuiteArguments({ ...NOTHING_GIVEN, ...one }), { code: 'USAGE' }, JSON.stringify(one));
  }
  const { seed, shard } = readSuiteArguments({ ...NOTHING_GIVEN, seed: 2 ** 32 - 1, shard: '4/4' });
  t.deepEqual([seed, shard], [2 ** 32 - 1, { index: 4, of: 4 }]);
  const seeds = Array.from({ length: 20 }, () => readSuiteArguments({ ...NOTHING_GIVEN }).seed);
  t.true(seeds.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 32));
  t.true(new Set(seeds).size > 1);
});
