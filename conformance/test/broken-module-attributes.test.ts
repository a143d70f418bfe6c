import test from 'ava';
import { BROKEN_ATTRIBUTES } from './broken/modules.js';
import { ranBroken, testBroken } from './support/broken-module.js';
import { against } from './support/in-process.js';
import { SOFTHSM_ITSELF } from './support/softhsm-itself.js';

testBroken('is caught by what is meant for it, and by nothing else: a module that', BROKEN_ATTRIBUTES);

test.serial('what plays the broken modules has no fault of its own', async (t) => {
  t.deepEqual(against(await ranBroken({}, [])), SOFTHSM_ITSELF);
});
