import { spawnSync } from 'node:child_process';
import test from 'ava';
import { openScreen } from '../src/output.js';
import { openTerminal } from '../src/terminal.js';
import { onTerminal, run } from './fixtures/start.js';

const onPty = spawnSync('script', ['--version']).status === 0 ? test : test.skip;

const CLEAR = '\r\u001b[K';
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** A terminal whose stderr is a screen of the test's own, and whose time passes when the test says so. */
function watched({ isTTY = true, columns = 80, json = false, quiet = false, term = 'xterm' } = {}) {
  const written: string[] = [];
  let time = 5000;
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const screen = openScreen({ stdout: stream, stderr: stream }, { TERM: term });
  const terminal = openTerminal({ json, quiet }, new AbortController().signal, screen, () => time);
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { written, terminal, pass };
}

test('nothing is shown in the first second; then what, how far, how fast and how long still', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('wrapping', 1000);
  for (let done = 1; done <= 10; done++) {
    pass(100);
    progress.step(done);
  }
  t.deepEqual(written, []);
  pass(100);
  progress.step(11);
  t.deepEqual(written, [`${CLEAR}wrapping  11/1000  10/s  1 min 39 s left`]);
  progress.end();
  t.deepEqual(written.slice(1), [CLEAR]);
});

test('a work that ends within the second shows nothing at all', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('wrapping', 2);
  pass(900);
  progress.step(2);
  progress.end();
  t.deepEqual(written, []);
});

test('the line is redrawn at most ten times a second, however many steps there are', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('wrapping', 100_000);
  for (let done = 1; done <= 20_000; done++) {
    pass(0.5);
    progress.step(done);
  }
  t.true(written.length > 80 && written.length <= 91, String(written.length));
});

test('words, warnings and data clear the line first, and the next step draws it again', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('wrapping', 10);
  pass(2000);
  progress.step(4);
  for (const [speak, line] of [
    [terminal.say, 'a word\n'],
    [terminal.warn, 'warning: a word\n'],
    [terminal.print, 'a word\n'],
  ] as const) {
    written.length = 0;
    speak('a word');
    speak('a word');
    pass(1);
    progress.step(4);
    t.deepEqual(written.map(withoutColour), [CLEAR, line, line, `${CLEAR}wrapping  4/10  2.0/s  4 s left`]);
  }
});

for (const [title, mode] of [
  ['stderr is no terminal', { isTTY: false }],
  ['--quiet is given', { quiet: true }],
  ['--json is given', { json: true }],
  ['the terminal cannot clear a line', { term: 'dumb' }],
] as const) {
  test(`no progress is shown when ${title}`, (t) => {
    const { written, terminal, pass } = watched(mode);
    const progress = terminal.progress('wrapping', 10);
    for (let done = 1; done <= 10; done++) {
      pass(5000);
      progress.step(done);
    }
    progress.end();
    t.deepEqual(written, []);
  });
}

for (const [done, total, seconds, shown] of [
  [1, 10, 4, '1/10  15/min  36 s left'],
  [1, 3, 200, '1/3  18/h  6 min 40 s left'],
  [3, 5000, 30, '3/5000  6.0/min  13 h 52 min left'],
  [2, 10_000, 3600, '2/10000  2.0/h  208 days left'],
  [9000, 9000, 3, '9000/9000  3000/s  0 s left'],
  [0, 10, 5, '0/10'],
] as const) {
  test(`after ${done} of ${total} in ${seconds} s the line says ${shown}`, (t) => {
    const { written, terminal, pass } = watched();
    const progress = terminal.progress('keys', total);
    pass(seconds * 1000);
    progress.step(done);
    t.deepEqual(written, [`${CLEAR}keys  ${shown}`]);
  });
}

test('the rate follows what happens, without leaping', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('keys', 100_000);
  const rateAfter = (steps: number, each: number) => {
    for (let i = 0; i < steps; i++) {
      pass(1000);
      done += each;
      progress.step(done);
    }
    return Number(/ {2}(\d+)\/s/.exec(written.at(-1) ?? '')?.[1]);
  };
  let done = 0;
  t.is(rateAfter(30, 100), 100);
  const after = rateAfter(1, 1000);
  t.true(after > 100 && after < 300, String(after));
  t.true(rateAfter(60, 1000) > 990);
});

test('the line is never wider than the terminal, and what it names cannot steer it', (t) => {
  for (const what of ['a'.repeat(200), '鍵'.repeat(100), '\u001b[2J\n\u202e'.repeat(20)]) {
    for (const columns of [80, 40, 20, 2]) {
      const { written, terminal, pass } = watched({ columns });
      const progress = terminal.progress(what, 10_000);
      pass(3000);
      progress.step(10);
      const line = (written[0] ?? '').slice(CLEAR.length);
      const width = [...line].reduce((sum, character) => sum + (character === '鍵' ? 2 : 1), 0);
      t.true(written.length === 1 && width < columns, `${width} of ${columns}`);
      t.false(/[\p{Cc}\p{Cf}]/u.test(line));
      if (columns >= 40) t.true(line.endsWith('10/10000  3.3/s  49 min 57 s left'), line);
    }
  }
});

test('after its end a progress says nothing more', (t) => {
  const { written, terminal, pass } = watched();
  const progress = terminal.progress('keys', 10);
  pass(2000);
  progress.step(1);
  progress.end();
  written.length = 0;
  pass(2000);
  progress.step(2);
  progress.end();
  t.deepEqual(written, []);
});

onPty('on a terminal the line comes and goes; result and errors stand alone', async (t) => {
  const { code, shown } = await onTerminal('$SAMPLE count', []);
  t.is(code, 0);
  t.true(shown.includes(`${CLEAR}counting  3/4  1.7/s  1 s left`), shown);
  t.deepEqual(afterClearing(shown), ['words', 'warning: care', 'counted']);
  const failed = await onTerminal('$SAMPLE count --fail', []);
  t.is(failed.code, 3);
  t.is(afterClearing(failed.shown)[2]?.startsWith('error[KEK_SIZE]: '), true, failed.shown);
  const piped = await onTerminal('$SAMPLE count 2>&1 | cat', []);
  t.is(piped.shown, 'words\r\nwarning: care\r\ncounted\r\n');
  for (const option of ['--quiet', '--json']) {
    t.false((await onTerminal(`$SAMPLE count ${option}`, [])).shown.includes('counting'));
  }
});

test('progress keeps no process alive and writes nothing into a pipe', async (t) => {
  t.deepEqual(await run('count'), { code: 0, stdout: 'counted\n', stderr: 'words\nwarning: care\n' });
});

/** The lines that remain on the screen. */
function afterClearing(shown: string): string[] {
  const lines = withoutColour(shown).replaceAll('\r\n', '\n').split('\n');
  return lines.map((line) => line.split(CLEAR).at(-1) ?? '').filter((line) => line !== '');
}

function withoutColour(text: string): string {
  return text.replaceAll(COLOUR, '');
}
