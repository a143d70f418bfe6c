import test from 'ava';
import fc from 'fast-check';
import { printable, printableLines } from '../src/index.js';
import { printableJson } from '../src/printable.js';

const anyText = fc.string({ unit: 'binary' });

for (const [text, shown] of [
  ['payroll-2026 é 鍵 🔑', 'payroll-2026 é 鍵 🔑'],
  ['\u001b[2J\u0007', '\\x1b[2J\\x07'],
  ['a\nerror[FAKE]: b\r\t', 'a\\nerror[FAKE]: b\\r\\t'],
  ['\u009b31m\u007f', '\\x9b31m\\x7f'],
  ['exe\u202egpj', 'exe\\u{202e}gpj'],
  ['\u200b\ufeff\u2028\u2029', '\\u{200b}\\u{feff}\\u{2028}\\u{2029}'],
  ['\ud800 \u{e0041}', '\\u{d800} \\u{e0041}'],
] as const) {
  test(`${JSON.stringify(shown)} is shown for what could steer a terminal or cannot be seen`, (t) => {
    t.is(printable(text), shown);
  });
}

test('no text leaves a control, an invisible character or a second line; and twice is as once', (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = printable(text);
      return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(shown) && printable(shown) === shown;
    }),
  );
  t.pass();
});

test('text of several lines keeps its lines and tabs, and nothing else of the kind', (t) => {
  t.is(printableLines('a\tb\n\u001bc\r\n'), 'a\tb\n\\x1bc\\r\n');
  fc.assert(fc.property(anyText, (text) => printableLines(text).split('\n').length === text.split('\n').length));
});

test('JSON is one line of visible characters with the same value', (t) => {
  fc.assert(
    fc.property(fc.dictionary(anyText, fc.array(anyText), { noNullPrototype: true }), (value) => {
      const text = printableJson(value);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      t.false(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text));
    }),
  );
});
