import test from 'ava';
import { makeNssToken } from '../../test/support/nss.js';
import { divergencesOf, judgeModule } from './support/module-program.js';

/** By topic of the model what leads NSS astray in the fewest calls. */
const SHORTEST = {
  extractable:
    'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_WRAP true and CKA_EXTRACTABLE false; ' +
    'C_CopyObject of key 1 to key 2 with CKA_EXTRACTABLE true: it returned CKR_OK',
  history:
    'C_GenerateKey of key 1 with CKA_WRAP true and CKA_UNWRAP true and CKA_NEVER_EXTRACTABLE false: it returned CKR_OK',
  origin:
    'C_GenerateKey of key 1 with CKA_EXTRACTABLE true and CKA_WRAP true and CKA_UNWRAP true: CKA_LOCAL reads false',
  trust:
    'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_EXTRACTABLE true and CKA_WRAP true; ' +
    'C_CopyObject of key 1 to key 2 with CKA_TRUSTED true: it returned CKR_OK',
  copy:
    'C_GenerateKey of key 1 with CKA_SENSITIVE true and CKA_COPYABLE false; ' +
    'C_CopyObject of key 1 to key 2: it returned CKR_OK',
};

test('NSS 3.87 fails exactly what is known of it: keys that should stay come out, and trust is ignored', async (t) => {
  const token = await makeNssToken(t, { label: 'KEYFERRY-TEST-nss' });
  const run = await judgeModule(token, { args: ['--seed', '1'] });
  t.is(run.code, 4, run.stderr);
  t.deepEqual(run.against, {
    'module/initial/generate/closed': ['fail', 'fail initial/local'],
    'module/initial/generate/open': ['fail', 'fail initial/local'],
    'module/initial/generate/closed-later': ['fail', 'fail initial/local'],
    'module/initial/copy/closed': [
      'fail',
      'fail initial/always-sensitive',
      'fail initial/never-extractable',
      'fail initial/local',
    ],
    'module/initial/copy/open-made-closed': ['fail', 'fail initial/local'],
    'module/initial/unwrap-defaults': ['warn', 'warn initial/unwrap-defaults'],
    'module/one-way/extractable/copy': ['fail', 'fail one-way/copy'],
    'module/one-way/wrap-with-trusted/set': ['fail', 'fail one-way/set'],
    'module/one-way/wrap-with-trusted/copy': ['fail', 'fail one-way/copy'],
    'module/leaving/read/unextractable': ['fail', 'fail leaving/read-value'],
    'module/leaving/wrap/unextractable': ['fail', 'fail leaving/wrap-unextractable'],
    'module/leaving/wrap/unextractable-private': ['fail', 'fail leaving/wrap-unextractable-private'],
    'module/guard/copyable': ['fail', 'fail guard/copyable'],
    'module/guard/destroyable': ['fail', 'fail guard/destroyable'],
    'module/guard/allowed-mechanisms': ['fail', 'fail guard/allowed-mechanisms'],
    'module/trust/wrap/untrusted': ['fail', 'fail trust/wrap-untrusted'],
    'module/trust/user/create': ['fail', 'fail trust/user-create'],
    'module/trust/user/set': ['warn', 'warn trust/user-set'],
    'module/trust/user/copy': ['fail', 'fail trust/user-copy'],
    'module/trust/officer/wrap': ['skipped'],
    'module/key-wrap/aes-key-wrap/wraps/secret-20': ['warn', 'warn key-wrap/flavour'],
    'module/key-wrap/aes-key-wrap-pad/wraps/aes-256': ['warn', 'warn key-wrap/flavour'],
    'module/key-wrap/aes-key-wrap-pad/wraps/secret-20': ['warn', 'warn key-wrap/flavour'],
    'module/key-wrap/aes-key-wrap-pad/wraps/ec-p256': ['warn', 'warn key-wrap/flavour'],
    'module/key-wrap/aes-key-wrap-pad/opens': ['warn', 'warn key-wrap/opens'],
    'module/attack/own-wrapping-key': ['warn', 'warn attack/own-wrapping-key'],
    'module/attack/own-wrapping-key-guarded': ['fail', 'fail attack/own-wrapping-key-guarded'],
    'module/attack/own-wrapping-key-closed': ['fail', 'fail attack/own-wrapping-key-closed'],
    'module/attack/own-rsa-key': ['warn', 'warn attack/own-rsa-key'],
    'module/attack/weak-wrapping-key': ['warn', 'warn attack/weak-wrapping-key'],
    'module/attack/wrap-decrypt': ['warn', 'warn attack/wrap-decrypt'],
    'module/attack/wrap-decrypt-later': ['warn', 'warn attack/wrap-decrypt-later'],
    'module/attack/unwrap-as-secret': ['warn', 'warn attack/unwrap-as-secret'],
    'module/attack/unwrap-open': ['warn', 'warn attack/unwrap-open'],
    'module/attack/copy-extractable': ['fail', 'fail attack/copy-extractable'],
    'module/attack/copy-unguarded': ['fail', 'fail attack/copy-unguarded'],
    'module/attack/trusted-by-user': ['fail', 'fail attack/trusted-by-user'],
    'module/template/wrap/unlike': ['fail', 'fail template/wrap-unlike'],
    'module/template/unwrap/given': ['fail', 'fail template/unwrap-given', 'fail template/unwrap-given'],
    'module/template/unwrap/against': ['fail', 'fail template/unwrap-against'],
    'module/pkcs8/refuses/rsa-as-ec': ['fail', 'fail pkcs8/rsa-as-ec'],
    'module/pkcs8/refuses/other-curve': ['fail', 'fail pkcs8/other-curve'],
    'module/pkcs8/refuses/trailing': ['warn', 'warn pkcs8/trailing'],
    'module/model/extractable': ['fail', 'fail model/extractable'],
    'module/model/history': ['fail', 'fail model/history'],
    'module/model/origin': ['fail', 'fail model/origin'],
    'module/model/trust': ['fail', 'fail model/trust'],
    'module/model/copy': ['fail', 'fail model/copy'],
  });
  t.deepEqual(divergencesOf(run.results), SHORTEST);
  t.deepEqual(run.results.run.troubles, []);
  t.false(run.stdout.includes(token.pin) || run.stderr.includes(token.pin));
});
