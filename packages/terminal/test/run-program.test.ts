import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { ERROR_CODES, explainCode } from '@keyferry/errors';
import test from 'ava';
import { z } from 'zod';
import { defineCommand, explain } from '../src/index.js';
import { wantsColour } from '../src/output.js';
import { refuseSecrets } from '../src/secret-options.js';
import { openTerminal } from '../src/terminal.js';
import { sample } from './fixtures/sample-program.mjs';
import { onTerminal, run, start } from './fixtures/start.js';

test('data goes to stdout, words to stderr, and neither can steer the terminal', async (t) => {
  t.deepEqual(await run('speak'), {
    code: 0,
    stdout: 'data 0\t\\u{202e}\nresult \\x7f\n',
    stderr: 'words \\x1b[31m\nwarning: care\\n\\x9b\n',
  });
});

test('--quiet silences words but no warning; a result can carry an exit status that says what was found', async (t) => {
  const { code, stdout, stderr } = await run('speak', '--quiet', '--exit', 'verification');
  t.is(code, 4);
  t.true(stdout.startsWith('data 0'));
  t.is(stderr, 'warning: care\\n\\x9b\n');
});

test('--json prints exactly one object on one line; other data moves to stderr', async (t) => {
  const { stdout, stderr } = await run('--json', 'speak');
  t.is(stdout, '{"said":"result \\u007f"}\n');
  t.true(stderr.includes('data 0'));
});

test('an error is three lines on stderr, whatever its reason quotes, with the exit status of its code', async (t) => {
  const { code, stdout, stderr } = await run('fail', 'KEK_SIZE', 'found\nhint: \u001b[2J\u202e');
  t.is(code, 3);
  t.is(stdout, '');
  t.is(
    stderr,
    `error[KEK_SIZE]: ${ERROR_CODES.KEK_SIZE.title}\ncause: found\\nhint: \\x1b[2J\\u{202e}\nhint: ${ERROR_CODES.KEK_SIZE.mend}\n`,
  );
});

test('with --json an error is also one object on stdout', async (t) => {
  const { code, stdout, stderr } = await run('fail', 'HSM_ERROR', 'C_WrapKey\n', '--json');
  t.is(code, 5);
  t.is(stdout.split('\n').length, 2);
  t.deepEqual(JSON.parse(stdout), {
    error: {
      code: 'HSM_ERROR',
      message: ERROR_CODES.HSM_ERROR.title,
      cause: 'C_WrapKey\n',
      hint: ERROR_CODES.HSM_ERROR.mend,
      values: { number: 5, label: 'C_WrapKey\n' },
    },
  });
  t.is(stderr.split('\n').length, 4);
});

for (const code of ['unforeseen', 'stray']) {
  test(`an error that nobody foresaw (${code}) is INTERNAL and shows its stack`, async (t) => {
    const ended = await run('fail', code, 'ouch \u001b', '--json');
    t.is(ended.code, 1);
    t.like(JSON.parse(ended.stdout), { error: { code: 'INTERNAL', cause: 'Error: ouch \u001b' } });
    t.regex(
      ended.stderr,
      /^error\[INTERNAL\]: .*\ncause: Error: ouch \\x1b\nhint: .*\nError: ouch \\x1b\n +at .*sample-program/,
    );
    if (code === 'unforeseen') t.regex(ended.stderr, /\ncaused by Error: underneath\n +at /);
  });
}

test('whatever else is thrown is INTERNAL too', async (t) => {
  const { code, stderr } = await run('fail', 'NO_SUCH_CODE', 'a text');
  t.is(code, 1);
  t.regex(stderr, /^error\[INTERNAL\]: .*\ncause: a text\n/);
});

test('a result that breaks its documented schema is INTERNAL and is not printed', async (t) => {
  const { code, stdout, stderr } = await run('mismatch', '--json');
  t.is(code, 1);
  t.like(JSON.parse(stdout), { error: { code: 'INTERNAL' } });
  t.regex(stderr, /cause: the result of mismatch does not match its schema: said: /);
});

for (const words of [
  ['fail', '--pin', '48151623'],
  ['fail', '--PIN=48151623'],
  ['--password=48151623', 'fail'],
  ['fail', '--', '--so_pin=48151623'],
  ['fail', '--soPin', '48151623'],
  ['fail', '-pin=48151623'],
  ['fail', '--unlock-code', '48151623'],
  ['fail', 'pkcs11:token=a?pin-value=48151623'],
  ['fail', 'pkcs11:token=a?module-path=/m&PIN-VALUE=48151623', '--help'],
]) {
  test(`the secret in "${words.join(' ')}" is refused before anything else, and not repeated`, (t) => {
    const error = t.throws(() => refuseSecrets(words, sample), { code: 'SECRET_IN_ARGV' });
    t.false(JSON.stringify(error).includes('48151623') || String(error?.stack).includes('48151623'));
  });
}

test('a secret on the command line ends with 2 and is in no output', async (t) => {
  const { code, stdout, stderr } = await run('speak', '--json', '--pin', '48151623');
  t.is(code, 2);
  t.like(JSON.parse(stdout), { error: { code: 'SECRET_IN_ARGV' } });
  t.false((stdout + stderr).includes('48151623'));
  t.false(stdout.includes('data'));
});

test('a program that declares an option of a suspicious name may have it', (t) => {
  const token = defineCommand({
    name: 'list',
    summary: 'list',
    options: { token: { type: 'string' } },
    examples: [],
    result: z.object({}),
    text: () => '',
    run: async () => ({ result: {} }),
  });
  t.notThrows(() => refuseSecrets(['list', '--token', 'label'], { ...sample, commands: [token] }));
  t.throws(() => refuseSecrets(['list', '--token', 'label'], sample), { code: 'SECRET_IN_ARGV' });
});

for (const [signal, how, status, stderr] of [
  ['SIGINT', 'unwind', 130, /^error\[INTERRUPTED\]: interrupted\ncause: by SIGINT\n/],
  ['SIGTERM', 'fetch', 130, /^error\[INTERRUPTED\]: interrupted\ncause: by SIGTERM\n/],
  ['SIGHUP', 'finish', 130, /^warning: interrupted by SIGHUP; what was under way is done\n$/],
  ['SIGTERM', 'other', 6, /^error\[OUTCOME_UNKNOWN\]/],
] as const) {
  test(`on ${signal} a command that reacts by "${how}" ends with ${status}`, async (t) => {
    const { child, ended } = start(['wait', how]);
    await once(child.stdout, 'data');
    child.kill(signal);
    const { code, ...said } = await ended;
    t.is(code, status);
    t.regex(said.stderr, stderr);
    t.is(said.stdout, how === 'finish' ? 'ready\nfinished\n' : 'ready\n');
  });
}

test('a command that does not unwind is ended by a second signal', async (t) => {
  const { child, ended } = start(['wait', 'never']);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  t.is((await ended).code, 130);
});

test('a signal is the normal end of a command that serves', async (t) => {
  const { child, ended } = start(['serve']);
  await once(child.stderr, 'data');
  child.kill('SIGTERM');
  t.deepEqual(await ended, { code: 0, stdout: 'finished\n', stderr: 'ready\n' });
});

test('a reader that has seen enough is no crash', async (t) => {
  const { child, ended } = start(['speak', '--lines', '100000', '--quiet']);
  child.stdout.once('data', () => child.stdout.destroy());
  const { code, stderr } = await ended;
  t.is(code, 0);
  t.is(stderr, 'warning: care\\n\\x9b\n');
});

test('much output arrives whole', async (t) => {
  const { stdout } = await run('speak', '--lines', '30000');
  t.is(stdout.split('\n').length, 30_002);
});

test('output that cannot be written is a failure', async (t) => {
  const { shown } = await onTerminal('$SAMPLE speak --quiet >/dev/full; echo "status: $?"', []);
  t.regex(shown, /OUTPUT_NOT_WRITABLE.*\r\ncause: stdout: ENOSPC/);
  t.true(shown.includes('status: 1\r\n'));
});

test('explain tells of one code, or lists all', async (t) => {
  const terminal = openTerminal({ json: false, quiet: false }, new AbortController().signal);
  const tell = async (args: { code?: string }) =>
    explain.text((await explain.run(args, terminal, new AbortController().signal)).result);
  t.is(await tell({ code: 'kek_size' }), explainCode('KEK_SIZE'));
  await t.throwsAsync(tell({ code: 'KEK_SIZES' }), { code: 'UNKNOWN_ERROR_CODE', message: /did you mean KEK_SIZE\?$/ });
  const { stdout } = await run('explain');
  t.deepEqual(stdout.match(/^\w+/gm), Object.keys(ERROR_CODES).sort());
});

test('colours are for terminals, unless the environment decides', async (t) => {
  t.true(wantsColour(true, {}));
  t.false(wantsColour(false, {}));
  t.false(wantsColour(true, { TERM: 'dumb' }));
  t.false(wantsColour(true, { NO_COLOR: '1', CLICOLOR_FORCE: '1' }));
  t.true(wantsColour(true, { NO_COLOR: '' }));
  t.true(wantsColour(false, { CLICOLOR_FORCE: '1' }));
  t.false(wantsColour(false, { CLICOLOR_FORCE: '0' }));
  const coloured = await start(['fail', 'USAGE', 'x'], { CLICOLOR_FORCE: '1' }).ended;
  t.true(coloured.stderr.startsWith('\u001b[1;31merror[USAGE]\u001b[0m: '));
});

test('the package opens no socket and starts no process', (t) => {
  const folder = new URL('../src/', import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const imports = sources.flatMap((text) => [...text.matchAll(/(?:from |import\()'([^'.][^']*)'/g)]);
  t.deepEqual([...new Set(imports.map(([, name]) => name))].sort(), [
    '@keyferry/errors',
    'node:readline',
    'node:string_decoder',
    'yargs',
    'zod',
  ]);
});
