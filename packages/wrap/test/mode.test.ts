import test from 'ava';
import { modeOf } from '../src/mode.js';

test('tokens in software are for practice, by the manufacturer they name', (t) => {
  t.is(modeOf({ manufacturer: 'SoftHSM project', model: 'SoftHSM v2' }), 'practice');
  t.is(modeOf({ manufacturer: 'Mozilla Foundation', model: 'NSS 3' }), 'practice');
  t.is(modeOf({ manufacturer: 'SafeNet', model: 'Luna K7' }), 'production');
});
