import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { parseJson } from '../src/json.js';
import { codeOf, refusal } from './support/refusal.js';

const read = (text: string) => parseJson(Buffer.from(text));

const REFUSED: readonly [what: string, input: string | Uint8Array, code: ErrorCode][] = [
  ['nothing', '', 'JSON_INVALID'],
  ['white space alone', ' \n', 'JSON_INVALID'],
  ['a byte order mark', '\uFEFF{}', 'JSON_INVALID'],
  ['UTF-16, little end first', Buffer.from('\uFEFF{}', 'utf16le'), 'FILE_NOT_UTF8'],
  ['UTF-16, big end first', Buffer.from([0xfe, 0xff, 0, 0x7b, 0, 0x7d]), 'FILE_NOT_UTF8'],
  ['a byte that no UTF-8 has', Buffer.from([0x22, 0xff, 0x22]), 'FILE_NOT_UTF8'],
  ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'FILE_NOT_UTF8'],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'FILE_NOT_UTF8'],
  ['UTF-8 cut off in a character', Buffer.from([0x22, 0xe2, 0x82]), 'FILE_NOT_UTF8'],
  ['a lone surrogate by escape', '"\\ud800"', 'JSON_INVALID'],
  ['a member twice', '{"kid":1,"kid":1}', 'JSON_DUPLICATE_MEMBER'],
  ['a member twice, once by escapes', '{"kid":1,"\\u006bid":2}', 'JSON_DUPLICATE_MEMBER'],
  ['a member twice deep inside', '[{"a":{"b":1,"c":[],"b":2}}]', 'JSON_DUPLICATE_MEMBER'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'JSON_DUPLICATE_MEMBER'],
  ['a comma before the end of an object', '{"a":1,}', 'JSON_INVALID'],
  ['a comma before the end of an array', '[1,]', 'JSON_INVALID'],
  ['a missing comma', '[1 2]', 'JSON_INVALID'],
  ['a missing colon', '{"a" 1}', 'JSON_INVALID'],
  ['a name without quotes', '{a:1}', 'JSON_INVALID'],
  ['single quotes', "{'a':1}", 'JSON_INVALID'],
  ['a comment', '{} // done', 'JSON_INVALID'],
  ['two values', '{}{}', 'JSON_INVALID'],
  ['a NUL after the value', '{}\0', 'JSON_INVALID'],
  ['a no-break space', '\u00a0{}', 'JSON_INVALID'],
  ['a cut-off object', '{"a":', 'JSON_INVALID'],
  ['a cut-off string', '"abc', 'JSON_INVALID'],
  ['a string that ends in a backslash', '"abc\\', 'JSON_INVALID'],
  ['a tab in a string', '"a\tb"', 'JSON_INVALID'],
  ['an unknown escape', '"\\x41"', 'JSON_INVALID'],
  ['a cut-off word', 'tru', 'JSON_INVALID'],
  ['NaN', 'NaN', 'JSON_INVALID'],
  ['a leading zero', '01', 'JSON_INVALID'],
  ['a leading plus', '+1', 'JSON_INVALID'],
  ['a leading point', '.5', 'JSON_INVALID'],
  ['a hexadecimal number', '0x10', 'JSON_INVALID'],
  ['a number beyond a double', '1e999', 'JSON_INVALID'],
  ['a number of a million digits', '1'.repeat(1_000_000), 'JSON_INVALID'],
  ['a million open brackets', '['.repeat(1_000_000), 'JSON_INVALID'],
  ['a million open objects', '{"a":'.repeat(1_000_000), 'JSON_INVALID'],
];

for (const [what, input, code] of REFUSED) {
  test(`JSON with ${what} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => parseJson(Buffer.from(input as Uint8Array))),
      code,
    );
  });
}

test('what is wrong is told by line and column', (t) => {
  t.is(refusal(() => read('{\n  "a": 1,\n  "a": 2\n}')).reason, 'the member "a" is there already at line 3, column 3');
  t.is(refusal(() => read('[1, 2')).reason, 'expected "," or "]" at line 1, column 6 (the end)');
});

test('no error repeats a value of the text: it may be a key', (t) => {
  for (const text of ['{"d":"SECRET", "x"}', '{"d":"SECRET\t"}', '"SECRET', '["SECRET" SECRET]']) {
    const { message, reason, cause } = refusal(() => read(text));
    t.false(`${message} ${reason} ${String(cause)}`.includes('SECRET'), text);
  }
});

test('a member called __proto__ is a member and no prototype', (t) => {
  const value = read('{"__proto__":{"admin":true}}') as Record<string, unknown>;
  t.deepEqual(Object.keys(value), ['__proto__']);
  t.is(value.admin, undefined);
  t.is(Object.getPrototypeOf(value), Object.prototype);
});

test('32 levels pass and 33 do not', (t) => {
  t.notThrows(() => read('['.repeat(32) + ']'.repeat(32)));
  t.is(
    codeOf(() => read('['.repeat(33) + ']'.repeat(33))),
    'JSON_INVALID',
  );
});

test('a string of three million characters does not exhaust the stack', (t) => {
  t.is((read(`"${'x\\n'.repeat(1_000_000)}"`) as string).length, 2_000_000);
});

test('whatever JSON.stringify writes is read back equal', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), fc.nat(4), (value, indent) => {
      t.deepEqual(read(JSON.stringify(value, null, indent)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('it accepts nothing that JSON.parse refuses', (t) => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-0',
    '1.5e3',
    'true',
    'null',
    ' ',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
      const text = tokens.join('');
      let value: unknown;
      try {
        value = read(text);
      } catch {
        return;
      }
      t.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: 3000 },
  );
});
