import { spawnSync } from 'node:child_process';
import test from 'ava';
import { secretLine } from '../src/prompt.js';
import { openTerminal } from '../src/terminal.js';
import { onTerminal } from './fixtures/start.js';

const hasScript = spawnSync('script', ['--version']).status === 0;
const onPty = hasScript ? test : test.skip;
if (!hasScript) console.warn('tests of prompts are skipped: `script` of util-linux is not installed');

const enter = '\r';
const settings = 'echo "settings: $(stty -a | tr "\\n" " ")"';

onPty('a secret is read without echo, and the terminal is as before afterwards', async (t) => {
  const { code, shown } = await onTerminal(`$SAMPLE ask --secret; echo "status: $?"; ${settings}`, [
    ['PIN:', `pässwörd1${enter}`],
  ]);
  t.is(code, 0);
  t.is(shown.split('pässwörd1').length, 2, 'only the result shows it');
  t.true(shown.includes('PIN: \r\nraw: false\r\n<pässwörd1>\r\nstatus: 0'));
  t.regex(shown, /settings: .* icanon .* echo /);
});

onPty('backspace, Ctrl-U, arrow keys and other controls edit a secret and are no part of it', async (t) => {
  const typed = Buffer.from(`wrong\u0015ab\u001b[A\u001b[3~\u001bOP\u007f€\u0008c\u0001${enter}rest`);
  const { shown } = await onTerminal('$SAMPLE ask --secret', [['PIN:', typed]]);
  t.true(shown.includes('<ac>'));
});

for (const [what, typed, status, code] of [
  ['Ctrl-C', '123\u0003', 130, 'INTERRUPTED'],
  ['Ctrl-D', '123\u0004', 7, 'CANCELLED'],
] as const) {
  for (const kind of ['--secret', '']) {
    const prompt = kind === '' ? 'Name?' : 'PIN:';
    // With line editing Ctrl-D ends the input on an empty line only.
    const keys = kind === '' ? typed.slice(-1) : typed;
    onPty(`${what} at a prompt (ask ${kind}) ends with ${status}, and the terminal is as before`, async (t) => {
      const { shown } = await onTerminal(`$SAMPLE ask ${kind}; echo "status: $?"; ${settings}`, [[prompt, keys]]);
      t.true(shown.includes('raw: false\r\n') && shown.includes(`error[${code}]`), shown);
      t.true(shown.includes(`status: ${status}\r\n`));
      t.regex(shown, /settings: .* icanon .* echo /);
    });
  }
}

for (const kind of ['--secret', '']) {
  onPty(`SIGTERM at a prompt (ask ${kind}) ends with 130, and the terminal is as before`, async (t) => {
    const command = `sh -c 'echo "pid: $$"; exec "$@"' - $SAMPLE ask ${kind}; echo "status: $?"; ${settings}`;
    const send = (shown: string) => process.kill(Number(/pid: (\d+)/.exec(shown)?.[1]), 'SIGTERM');
    const { shown } = await onTerminal(command, [[kind === '' ? 'Name?' : 'PIN:', send]]);
    t.true(shown.includes('raw: false\r\n') && shown.includes('error[INTERRUPTED]'), shown);
    t.true(shown.includes('cause: by SIGTERM\r\n'));
    t.true(shown.includes('status: 130\r\n'));
    t.regex(shown, /settings: .* icanon .* echo /);
  });
}

onPty('a question is asked with echo and line editing, and the answer is trimmed', async (t) => {
  const { code, shown } = await onTerminal('$SAMPLE ask', [['Name?', ` Anz\u007fna ${enter}`]]);
  t.is(code, 0);
  t.true(shown.includes('<Anna>'));
});

onPty('the data of a command goes to a pipe while the question stands on the terminal', async (t) => {
  const { shown } = await onTerminal('$SAMPLE ask --secret | tr a-z A-Z', [['PIN:', `abc${enter}`]]);
  t.true(shown.includes('<ABC>'));
});

test('without a terminal nobody is asked', async (t) => {
  const terminal = openTerminal({ json: false, quiet: false }, new AbortController().signal);
  t.false(terminal.interactive);
  await t.throwsAsync(terminal.ask('Name?'), { code: 'NOT_A_TERMINAL', message: /"Name\?", but stdin and stderr/ });
  await t.throwsAsync(terminal.askSecret('PIN: '), { code: 'NOT_A_TERMINAL', message: /"PIN:", but stdin and stderr/ });
});

test('a character that arrives in two pieces is one character', (t) => {
  const line = secretLine();
  const euro = Buffer.from('€');
  t.is(line(euro.subarray(0, 1)), null);
  t.is(line(euro.subarray(1)), null);
  t.is(line(Buffer.from('\n')), '€');
});

test('a secret has at most 1024 characters', (t) => {
  t.is(secretLine()(Buffer.from(`${'x'.repeat(2000)}\r`))?.length, 1024);
});
