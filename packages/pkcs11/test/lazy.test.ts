import { readFileSync } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { provision } from '../../../test/support/provision.js';
import { CKG, CKM } from '../src/index.js';
import { ownSession } from './own-token.js';

const OAEP = { hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 };

const isLoaded = (library: string) => readFileSync('/proc/self/maps', 'utf8').includes(`/${library}`);

// The only test of this file, since what is loaded is a fact of the whole process.
test('an ordinary wrap does not load koffi; a call that needs it does', async (t) => {
  const session = ownSession();
  const { publicKey } = provision(session, 'kek-2048', { label: 'kek', id: Buffer.of(1) });
  const target = provision(session, 'aes-256', { label: 'target', id: Buffer.of(2) }).key;
  if (publicKey === null) throw new Error('no public object');
  const oaep = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', ...OAEP } } as const;
  t.is((await session.wrapKey(oaep, publicKey, target)).length, 256);
  t.true(isLoaded('pkcs11.node'));
  t.false(isLoaded('koffi.node'));

  const inOneCall = {
    type: CKM.RSA_AES_KEY_WRAP,
    parameter: { kind: 'rsa-aes-key-wrap', aesBits: 256, ...OAEP },
  } as const;
  const error = await t.throwsAsync(session.wrapKey(inOneCall, publicKey, target), { instanceOf: KeyferryError });
  t.is(error.code, 'MECHANISM_MISSING');
  t.true(isLoaded('koffi.node'));
});
