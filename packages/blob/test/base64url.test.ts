import test from 'ava';
import fc from 'fast-check';
import { type Base64Leniency, decodeBase64url, encodeBase64url } from '../src/base64url.js';
import { refuseWith } from '../src/refuse.js';
import { codeOf } from './support/refusal.js';

const refuse = refuseWith('BLOB_CIPHERTEXT');
const read = (text: string, lenient?: Base64Leniency) => decodeBase64url(text, refuse, lenient);

test('what is written is read back equal, and only in that spelling', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase64url(bytes);
      t.deepEqual(read(text), Buffer.from(bytes));
      t.deepEqual(
        read(Buffer.from(bytes).toString('base64'), { padding: true, standardAlphabet: true }),
        Buffer.from(bytes),
      );
    }),
  );
});

test('any text that is accepted is the one spelling of its bytes', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABCQgw-_+/=\n '), maxLength: 6 }), (text) => {
      let bytes: Buffer;
      try {
        bytes = read(text);
      } catch {
        return;
      }
      t.is(encodeBase64url(bytes), text);
    }),
    { numRuns: 5000 },
  );
});

const REFUSED: readonly [text: string, lenient: Base64Leniency][] = [
  ['AA==', {}],
  ['A', {}],
  ['AAAAA', { padding: true }],
  ['AB', {}],
  ['AAB', {}],
  ['AA A', {}],
  ['AAAA\n', {}],
  ['+/+/', {}],
  ['AA=', { padding: true }],
  ['AA===', { padding: true }],
  ['AAA==', { padding: true }],
  ['AAAA=', { padding: true }],
  ['=', { padding: true }],
  ['==', { padding: true }],
  ['A=A=', { padding: true }],
  ['-_+/', { standardAlphabet: true }],
  ['\u0410\u0410\u0410\u0410', { standardAlphabet: true }],
];

for (const [text, lenient] of REFUSED) {
  test(`${JSON.stringify(text)} is refused with ${JSON.stringify(lenient)}`, (t) => {
    t.is(
      codeOf(() => read(text, lenient)),
      'BLOB_CIPHERTEXT',
    );
  });
}

test('leniency takes the standard alphabet and the right padding', (t) => {
  t.deepEqual(read('+/+/', { standardAlphabet: true }), read('-_-_'));
  t.deepEqual(read('AA==', { padding: true }), Buffer.from([0]));
  t.deepEqual(read('AAA=', { padding: true }), Buffer.from([0, 0]));
});
