import test from 'ava';
import {
  describeError,
  ERROR_CODES,
  type ErrorCode,
  EXIT,
  explainCode,
  isErrorCode,
  KeyferryError,
} from '../src/index.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

test('every code is written in capitals and has a full entry', (t) => {
  t.true(codes.length > 50);
  for (const code of codes) {
    const entry = ERROR_CODES[code];
    t.regex(code, /^[A-Z0-9]+(_[A-Z0-9]+)*$/);
    t.true(entry.exit in EXIT, code);
    t.not(entry.exit as string, 'done', `${code} must not end with success`);
    for (const text of [entry.title, entry.mend]) t.regex(text, /^\S.*[^.\s]$/, code);
    t.regex(entry.why, /^[A-Z].*\.$/, code);
  }
});

test('every code can be explained, and the explanation names the exit status', (t) => {
  for (const code of codes) {
    const text = explainCode(code);
    t.true(text.startsWith(`${code} (exit ${EXIT[ERROR_CODES[code].exit]}, `));
    t.true(text.includes(ERROR_CODES[code].why));
  }
});

test('an error is three lines with code, cause and hint', (t) => {
  const error = new KeyferryError('KEK_SIZE', { reason: 'expected 2048, 3072 or 4096 bits, found 1024' });
  t.is(
    describeError(error),
    [
      'error[KEK_SIZE]: the KEK has a size that is not allowed',
      'cause: expected 2048, 3072 or 4096 bits, found 1024',
      'hint: create a KEK with keyferry-import kek create --size 4096',
    ].join('\n'),
  );
  t.is(error.exitCode, 3);
});

test('a hint from the place that failed goes before the one of the table', (t) => {
  const error = new KeyferryError('KEK_SIZE', { reason: 'x', hint: 'do this' });
  t.is(error.hint, 'do this');
});

test('names of object members are no codes', (t) => {
  t.false(isErrorCode('toString'));
  t.false(isErrorCode('__proto__'));
  t.true(isErrorCode('PIN_LOCKED'));
});
