import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { type Mode, modeLines, modeOf } from '../src/mode.js';

const rules: readonly (readonly [
  manifest: Mode | null,
  emulator: boolean,
  practice: boolean,
  ends: Mode | ErrorCode,
])[] = [
  ['production', false, false, 'production'],
  ['production', true, false, 'EMULATOR_REFUSED'],
  ['production', true, true, 'EMULATOR_REFUSED'],
  ['production', false, true, 'MODE_MISMATCH'],
  ['practice', true, false, 'practice'],
  ['practice', true, true, 'practice'],
  ['practice', false, false, 'MODE_MISMATCH'],
  ['practice', false, true, 'practice'],
  [null, false, false, 'production'],
  [null, false, true, 'practice'],
  [null, true, false, 'practice'],
];
for (const [manifest, emulator, practice, ends] of rules) {
  const where = emulator ? 'an emulator' : 'a real vault';
  const title = `${manifest ?? 'no'} manifest, ${where}${practice ? ', --practice' : ''}: ${ends}`;
  test(title, (t) => {
    if (ends === 'production' || ends === 'practice') {
      t.is(modeOf({ manifest, emulator, practice }), ends);
    } else {
      t.like(
        t.throws(() => modeOf({ manifest, emulator, practice }), { instanceOf: KeyferryError }),
        { code: ends },
      );
    }
  });
}

test('outputs say EMULATOR and PRACTICE, each where it is so', (t) => {
  const words = (mode: Mode | null, emulator: boolean) =>
    modeLines({ mode, emulator }).map((line) => line.split(' ')[0]);
  t.deepEqual(words('practice', true), ['EMULATOR', 'PRACTICE']);
  t.deepEqual(words('practice', false), ['PRACTICE']);
  t.deepEqual(words('production', false), []);
  t.deepEqual(words(null, true), ['EMULATOR']);
});
