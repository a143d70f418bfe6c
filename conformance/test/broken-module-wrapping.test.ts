import test from 'ava';
import { BROKEN_WRAPPING } from './broken/modules.js';
import { broken, testBroken } from './support/broken-module.js';
import { judgeModule } from './support/module-program.js';

testBroken('is caught by what is meant for it, and by nothing else: a module that', BROKEN_WRAPPING);

test.serial('a module with CKM_RSA_AES_KEY_WRAP as it should be passes all cases of it', async (t) => {
  broken.setBehaviour({ 'rsa-aes-key-wrap': 'exact' });
  const run = await judgeModule(broken, { run: ['module/rsa-aes-key-wrap/*'] });
  t.deepEqual([run.code, run.results.counts.pass], [0, 6], run.stdout);
});
