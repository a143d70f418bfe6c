import test from 'ava';
import { BROKEN_WRAPPING } from './broken/modules.js';
import { ranBroken, testBroken } from './support/broken-module.js';

testBroken('is caught by what is meant for it, and by nothing else: a module that', BROKEN_WRAPPING);

test.serial('a module with CKM_RSA_AES_KEY_WRAP as it should be passes all cases of it', async (t) => {
  const ran = await ranBroken({ 'rsa-aes-key-wrap': 'exact' }, ['module/rsa-aes-key-wrap/*']);
  t.deepEqual(
    ran.map(({ outcome }) => outcome),
    Array(6).fill('pass'),
  );
});
