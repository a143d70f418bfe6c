import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { onTerminal } from '../../test/support/on-terminal.js';
import { type RunOptions, runCommand, runProgram } from '../../test/support/programs.js';
import { readSuiteArguments } from '../src/commands/suite-options.js';
import { type Results, resultsSchema } from '../src/report/results.js';

const PROGRAM = fileURLToPath(new URL('support/played-program.ts', import.meta.url));
const NODE = [process.execPath, '--import=tsx', PROGRAM] as const;

function judge(args: readonly string[], options: RunOptions = {}) {
  const [node, ...before] = NODE;
  const env = { GITHUB_STEP_SUMMARY: undefined, ...options.env };
  return runCommand(node, [...before, 'judge', ...args], { ...options, env });
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

test('a wrong subject ends with 4, and a list of what is known makes it end with 0, until it is out of date', async (t) => {
  const baseline = join(privateFolder(t), 'known.yaml');
  const first = await judge(['wrong', '--baseline', baseline]);
  t.is(first.code, 4);
  t.regex(
    first.stdout,
    /^fail {6}producer\/refuse\/two: does producer\/refuse\/two\n {4}fail {2}played\/fail: what is fail\n {10}expected: what is right \(a clause\)$/m,
  );
  const unwritten = await judge(['wrong', '--expect', baseline, '--json']);
  t.is(JSON.parse(unwritten.stdout).error.code, 'EXCEPTIONS_INVALID');

  const known = readFileSync(baseline, 'utf8').replaceAll(/"to be written[^"]*"/g, 'the firmware is old');
  const accepted = await judge(['wrong', '--expect', file(t, 'known.yaml', known)]);
  t.is(accepted.code, 0, accepted.stdout);
  t.regex(accepted.stdout, /conforms \(2 pass, 1 warn, 2 xfail; --seed \d+\)\n$/);
  t.regex(accepted.stdout, /^xfail {5}producer\/refuse\/two.*\n {4}accepted: the firmware is old$/m);

  const more = await judge([
    'wrong',
    '--expect',
    file(t, 'more.yaml', `${known}\n- {id: producer/wrap/one, reason: it fails}\n`),
  ]);
  t.is(more.code, 4);
  t.regex(more.stdout, /^xpass {5}producer\/wrap\/one.*\n {4}expected to fail: it fails$/m);

  const unused = `${known}\n- {id: producer/wrap/on, reason: it fails}\n`;
  const { stdout } = await judge([
    'wrong',
    '--expect',
    file(t, 'unused.yaml', unused),
    '--run',
    'producer/refuse/*',
    '--json',
  ]);
  t.is(JSON.parse(stdout).error.code, 'EXCEPTION_UNUSED');
  t.regex(JSON.parse(stdout).error.cause, /called producer\/wrap\/on; the nearest are producer\/wrap\/one/);
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
  const { code, stdout } = await judge(['right', '--unclosable']);
  t.is(code, 4);
  t.regex(
    stdout,
    /^trouble {3}what the cases left could not be taken back: a key is left in the token\nplayed 1\.0: incomplete /m,
  );
  const refused = await judge(['right', '--unclosable', '--run', 'producer/wrpa/one']);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /warning: what the cases left could not be taken back: a key is left in the token\n/);
  t.regex(refused.stderr, /the nearest are producer\/wrap\/one/);
});

test('shards of a run are put together by report, which ends as the run would have', async (t) => {
  const folders = [1, 2, 3].map(() => privateFolder(t));
  const runs = folders.map((out, index) => judge(['wrong', '--seed', '5', '--shard', `${index + 1}/3`, '--out', out]));
  const codes = (await Promise.all(runs)).map(({ code }) => code);
  t.true(codes.includes(4));
  const whole = await judge(['wrong', '--seed', '5', '--json']);
  const files = folders.map((folder) => join(folder, 'results.json'));
  const out = privateFolder(t);
  const report = (...args: string[]) => runProgram('keyferry-conformance', ['report', ...args]);
  const { code, stdout } = await report(...[...files].reverse(), '--out', out, '--json');
  t.is(code, 4);
  const merged: Results = JSON.parse(stdout);
  const { counts, verdict, cases, run } = JSON.parse(whole.stdout) as Results;
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

test('arguments of a run that say nothing sensible are refused', (t) => {
  const given = { run: undefined, shard: undefined, seed: undefined, jobs: undefined, timeout: 60 };
  const files = { expect: undefined, baseline: undefined, out: undefined, force: false };
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
    t.throws(() => readSuiteArguments({ ...given, ...files, ...one }), { code: 'USAGE' }, JSON.stringify(one));
  }
  const { seed, shard } = readSuiteArguments({ ...given, ...files, seed: 2 ** 32 - 1, shard: '4/4' });
  t.deepEqual([seed, shard], [2 ** 32 - 1, { index: 4, of: 4 }]);
  const seeds = Array.from({ length: 20 }, () => readSuiteArguments({ ...given, ...files }).seed);
  t.true(seeds.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 32));
  t.true(new Set(seeds).size > 1);
});
