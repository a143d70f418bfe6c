import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { LONGEST_SCRIPT, mustRun, runCommand } from '../../test/support/programs.js';
import { resultsSchema } from '../src/report/results.js';
import { azure, githubAction, githubWorkflow, gitlab, repositoryFile, stepOfAction } from './support/ci-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ADAPTER = join(root, 'conformance/adapters/openssl.sh');
const FEW = [
  '--run=producer/wrap/kek-2048/ec-p256',
  '--run=producer/refuse/kek-1024',
  '--run=producer/refuse/kek-8192',
];

/** Runs shell as GitHub, GitLab and Azure Pipelines do: a file, given to bash that ends at the first failure. */
function runShell(folder: string, script: string, env: Record<string, string>) {
  return runCommand('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, GITHUB_STEP_SUMMARY: undefined, ...env },
    longest: LONGEST_SCRIPT,
  });
}

/** The step of the action that judges, with these inputs and the defaults of the others. */
async function judge(folder: string, inputs: Record<string, string>) {
  const { run, env } = stepOfAction('Judge');
  const declared = githubAction().inputs;
  const given = Object.entries(env).map(([name, expression]) => {
    const [, input = ''] = /^\$\{\{ inputs\.([a-z]+) \}\}$/.exec(expression) ?? [];
    const { default: otherwise = '' } = { default: '', ...declared[input] };
    return [name, inputs[input] ?? otherwise];
  });
  const output = join(folder, 'github-output');
  writeFileSync(output, '');
  const summary = join(folder, 'summary.md');
  const result = await runShell(folder, run, {
    ...Object.fromEntries(given),
    GITHUB_ACTION_PATH: join(root, 'conformance'),
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  });
  return { ...result, output: readFileSync(output, 'utf8'), summary };
}

const resultsIn = (folder: string) =>
  resultsSchema.parse(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')));

test('the action judges shard by shard, and puts the shards together', async (t) => {
  const folder = privateFolder(t);
  const shards = [];
  for (const index of [1, 2]) {
    const done = await judge(folder, {
      command: 'producer',
      arguments: [`--adapter='${ADAPTER}'`, '', ...FEW, ''].join('\n'),
      shard: `${index}/2`,
      seed: '7',
      out: `shards/shard ${index}`,
    });
    t.is(done.code, 0, done.stderr);
    shards.push(resultsIn(join(folder, `shards/shard ${index}`)));
  }
  const whole = await judge(folder, { command: 'report', results: 'shards', out: 'report' });
  t.is(whole.code, 0, whole.stderr);
  t.is(whole.output, 'verdict=conforms\n');
  t.regex(readFileSync(whole.summary, 'utf8'), /openssl.*conforms/);
  const { run, cases, verdict } = resultsIn(join(folder, 'report'));
  t.is(verdict, 'conforms');
  t.deepEqual(run.shards, { indexes: [1, 2], of: 2 });
  t.is(run.seed, 7);
  t.is(cases.length, 3);
  t.deepEqual(cases.map(({ id }) => id).sort(), shards.flatMap((shard) => shard.cases.map(({ id }) => id)).sort());
  const written = ['badge.json', 'junit.xml', 'report.html', 'results.json', 'results.tap'];
  t.deepEqual(readdirSync(join(folder, 'report')).sort(), written);
  t.regex(readFileSync(join(folder, 'report/report.html'), 'utf8'), /^<!doctype html>/);
});

test('the action ends as the suite does, keeps the verdict, and runs nothing that an input says', async (t) => {
  const folder = privateFolder(t);
  const wrong = { command: 'producer', arguments: `--adapter=/bin/false\n${FEW[1]}` };
  const failed = await judge(folder, wrong);
  t.not(failed.code, 0);
  t.not(failed.code, null);
  const text = `$(touch ran) \`touch ran\` ; touch ran ; ' ; touch ran ; ' " ; touch ran ; "`;
  const hostile = { arguments: text, shard: text, seed: text, expect: text, results: text, out: text };
  const { code } = await judge(folder, { command: 'report', ...hostile });
  t.true(code !== 0 && code !== null);
  t.is((await judge(folder, { command: text })).code, 2);
  t.false(existsSync(join(folder, 'ran')));
});

test('the action sets Keyferry up by the script that everybody uses', async (t) => {
  const folder = privateFolder(t);
  for (const name of ['scripts', 'my conformance']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'scripts/setup.sh'), '#!/bin/sh\necho set up\n', { mode: 0o755 });
  const { code, stdout } = await runShell(folder, stepOfAction('Set Keyferry up').run, {
    GITHUB_ACTION_PATH: join(folder, 'my conformance'),
  });
  t.deepEqual([code, stdout], [0, 'set up\n']);
});

test('every input of the action is used, everything used is an input, and none is put into shell', (t) => {
  const text = repositoryFile('conformance/action.yml');
  const { inputs, runs } = githubAction();
  const used = [...text.matchAll(/\$\{\{ inputs\.([a-z]+) \}\}/g)].map(([, name = '']) => name);
  t.deepEqual([...new Set(used)].sort(), Object.keys(inputs).sort());
  for (const step of runs.steps) if ('run' in step) t.notRegex(step.run, /\$\{\{/);
  const given = Object.values(githubWorkflow().jobs).flatMap(({ steps }) => steps);
  const ours = given.filter(({ uses }) => uses.includes('/conformance@'));
  t.is(ours.length, 2);
  for (const { with: values = {} } of ours) {
    t.deepEqual(
      Object.keys(values).filter((name) => !(name in inputs)),
      [],
    );
    t.true('command' in values);
  }
});

test('the workflow runs as many shards as it tells each of, and its guide shows it as it is', (t) => {
  const { judge: job, report } = githubWorkflow().jobs;
  const shards = job?.strategy?.matrix.shard ?? [];
  t.deepEqual(
    shards,
    shards.map((_, index) => index + 1),
  );
  t.is(job?.steps.at(-1)?.with?.shard, `\${{ matrix.shard }}/${shards.length}`);
  t.is(report?.needs, 'judge');
  const jobs = repositoryFile('conformance/ci/github-workflow.yml').replace(/^.*?(?=^jobs:)/ms, '');
  t.true(repositoryFile('docs/ci.md').includes(`\`\`\`yaml\n${jobs}\`\`\`\n`));
});

/** A folder as a CI server checks it out, with an adapter at the place that the snippets name: openssl, of few abilities. */
function checkedOut(t: ExecutionContext): string {
  const folder = privateFolder(t);
  const few = `s/"keyTypes": \\[[^]]*]/"keyTypes": ["ec-p256"]/; s/"kekSizes": \\[[^]]*]/"kekSizes": [2048]/; s/"oct": true/"oct": false/`;
  const script = `#!/bin/bash\nset -o pipefail\n[ "$1" = capabilities ] || exec '${ADAPTER}' "$@"\n'${ADAPTER}' "$@" | sed '${few}'\n`;
  writeFileSync(join(folder, 'my-adapter.sh'), script, { mode: 0o755 });
  return folder;
}

const PARTS = [1, 2];

/** The report is about the whole suite, of which the adapter did the wrap that it is able to. */
function allOfOneTarget(t: ExecutionContext, folder: string) {
  const { run, cases, verdict } = resultsIn(folder);
  t.is(verdict, 'conforms');
  t.deepEqual(run.shards, { indexes: PARTS, of: 2 });
  t.is(run.seed, 12);
  t.is(cases.length, run.suiteCases);
  const passed = cases.filter(({ cell, outcome }) => cell !== null && outcome === 'pass');
  t.deepEqual(
    passed.map(({ id }) => id),
    ['producer/wrap/kek-2048/ec-p256'],
  );
}

test('the script of GitLab judges each part, and puts the parts together', async (t) => {
  const { variables, judge: part, report } = gitlab();
  const folder = checkedOut(t);
  for (const index of PARTS) {
    const env = { ...variables, CI_NODE_INDEX: `${index}`, CI_NODE_TOTAL: '2', CI_PIPELINE_IID: '12' };
    const { code, stderr } = await runShell(folder, part.script.join('\n'), env);
    t.is(code, 0, stderr);
  }
  const whole = await runShell(folder, report.script.join('\n'), variables);
  t.is(whole.code, 0, whole.stderr);
  allOfOneTarget(t, join(folder, 'report'));
  t.true(existsSync(join(folder, report.artifacts.reports?.junit ?? '')));
  t.true((part.parallel ?? 0) > 1);
});

test('the script of Azure Pipelines judges each part, and puts the parts together', async (t) => {
  const { variables, jobs } = azure();
  const scripts = jobs.map(({ steps }) => steps.flatMap((step) => ('bash' in step ? [step.bash] : [])).join('\n'));
  for (const script of scripts) t.notRegex(script, /\$\([\w.]+\)|\$\{\{|\$\[/);
  const shards = join(privateFolder(t), 'shards');
  for (const index of PARTS) {
    const folder = checkedOut(t);
    const env = { SYSTEM_JOBPOSITIONINPHASE: `${index}`, SYSTEM_TOTALJOBSINPHASE: '2', BUILD_BUILDID: '12' };
    const { code, stderr } = await runShell(folder, scripts[0] ?? '', { ...variables, ...env });
    t.is(code, 0, stderr);
    mkdirSync(shards, { recursive: true });
    symlinkSync(join(folder, 'shard'), join(shards, `shard-${index}-1`));
  }
  const whole = await runShell(join(shards, '..'), scripts[1] ?? '', variables);
  t.is(whole.code, 0, whole.stderr);
  allOfOneTarget(t, join(shards, '../report'));
});

test('shellcheck finds nothing in the shell of the action and of the snippets', async (t) => {
  const scripts = [
    ...githubAction().runs.steps.flatMap((step) => ('run' in step ? [step.run] : [])),
    ...azure().jobs.flatMap(({ steps }) => steps.flatMap((step) => ('bash' in step ? [step.bash] : []))),
    ...[gitlab().judge, gitlab().report].map(({ script }) => script.join('\n')),
  ];
  t.is(scripts.length, 6);
  for (const script of scripts) await mustRun('shellcheck', ['--shell=bash', '-'], { input: script });
});

test('the image is made by the scripts, and has nothing of its own', (t) => {
  const lines = repositoryFile('docker/conformance.Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  t.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'CMD'],
  );
  t.true(lines.includes('RUN ./scripts/setup.sh'));
  t.true(lines.includes('CMD ["keyferry-conformance", "--help"]'));
});
