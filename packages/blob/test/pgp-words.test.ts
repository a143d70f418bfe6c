import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { pgpWords, readPgpWords } from '../src/pgp-words.js';

const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
/** The list at even places, and that at odd ones. */
const [even = [], odd = []] = [0, 1].map((place) =>
  Array.from(every, (byte) => pgpWords(Buffer.of(byte, byte))[place] ?? ''),
);

for (const [hex, words] of [
  [
    'E58294F2E9A227486E8B061B31CC528FD7FA3F19',
    'topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa ' +
      'afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless',
  ],
  [
    '12b4b0057400076fa5c0f5cbf726ac65',
    'atlas politeness ruffled almighty indoors adroitness ahead hemisphere ' +
      'reindeer recipe vapor revival virus caretaker ribcage glossary',
  ],
  ['0000ffff', 'aardvark adroitness Zulu Yucatan'],
  ['', ''],
] as const) {
  test(`${hex || 'nothing'} is "${words}"`, (t) => {
    t.is(pgpWords(Buffer.from(hex, 'hex')).join(' '), words);
  });
}

test('each of the 512 words stands where the published list has it', (t) => {
  const lines = even.map((word, byte) => `${word} ${odd[byte]}`);
  // Taken over the lists of five programs in five languages, which agree.
  t.is(
    createHash('sha256').update(lines.join('\n')).digest('hex'),
    '0b9fb31fd0fd7fc54489ce2dd9ca0cecc282424bfa170647920025b80e0518d2',
  );
});

test('no word stands for two bytes or in both lists, and each is of letters alone', (t) => {
  const words = [...even, ...odd];
  t.is(new Set(words.map((word) => word.toLowerCase())).size, 512);
  t.deepEqual(
    words.filter((word) => !/^[A-Z]?[a-z]{3,}$/.test(word)),
    [],
  );
});

test('both lists are in the order of the alphabet, but for one pair that the authors exchanged', (t) => {
  const disordered = (list: readonly string[]) =>
    list.filter((word, byte) => byte > 0 && word.toLowerCase() < (list[byte - 1] ?? '').toLowerCase());
  t.deepEqual([disordered(even), disordered(odd)], [[], ['Apollo']]);
});

test('any bytes are read back from their words, in any case and with anything between them', (t) => {
  const separator = fc.stringMatching(/^[^\p{L}\p{M}]{1,5}$/u);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), separator, fc.boolean(), (bytes, between, loud) => {
      const text = pgpWords(bytes).join(between);
      t.deepEqual(readPgpWords(loud ? text.toUpperCase() : text.toLowerCase()), {
        kind: 'bytes',
        bytes: Buffer.from(bytes),
      });
    }),
  );
  t.deepEqual(readPgpWords('1. Zulu Yucatán\n2. ZULU-yucatan'), { kind: 'bytes', bytes: Buffer.alloc(4, 0xff) });
});

test('a word that is left out, doubled, exchanged or misread is found at its place', (t) => {
  const words = pgpWords(Buffer.from('12b4b0057400076f', 'hex'));
  const read = (changed: readonly string[]) => readPgpWords(changed.join(' '));
  const [first = '', second = '', third = '', ...rest] = words;
  t.like(read([first, third, ...rest]), { kind: 'stranger', words: 7, place: 2, word: third });
  t.like(read([first, first, second, third, ...rest]), { kind: 'stranger', words: 9, place: 2, word: first });
  t.like(read([second, first, third, ...rest]), { kind: 'stranger', place: 1, word: second });
  t.like(read([first, second, 'rough', ...rest]), { kind: 'stranger', words: 8, place: 3, word: 'rough' });
  for (const text of ['', 'yes', '12b4', 'żółw']) t.deepEqual(readPgpWords(text), { kind: 'no-words' });
});
