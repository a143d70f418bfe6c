import test from 'ava';
import { BROKEN_ATTRIBUTES } from './broken/modules.js';
import { broken, testBroken } from './support/broken-module.js';
import { judgeModule } from './support/module-program.js';
import { SOFTHSM_ITSELF } from './support/softhsm-itself.js';

testBroken('is caught by what is meant for it, and by nothing else: a module that', BROKEN_ATTRIBUTES);

test.serial('what plays the broken modules has no fault of its own', async (t) => {
  broken.setBehaviour({});
  t.deepEqual((await judgeModule(broken, { args: ['--seed', '1'] })).against, SOFTHSM_ITSELF);
});
