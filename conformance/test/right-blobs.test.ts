import test from 'ava';
import { practiceKey } from '../../test/support/practice-keys.js';
import { judgeBlob, makeBlob, openBlob } from '../src/oracle/index.js';
import { blobByNode } from './support/by-node.js';
import { idsOf } from './support/findings.js';
import {
  AES,
  ASYMMETRIC,
  bytesFor,
  HSM_KID,
  KEK_SIZES,
  plaintextOf,
  TARGETS,
  testKek,
  VAULT_KID,
} from './support/keys.js';

/** The only check that a right blob leaves out, where its target is RSA or has no encoding. */
const NEVER_CHECKED = /^blob\/(key-consistency\/rsa\/primes|encoding\/(trailing|der|version|attributes|algorithm))$/;

for (const bits of KEK_SIZES) {
  test(`under a KEK of ${bits} bits every target that is made here is found right`, (t) => {
    const kek = testKek(bits);
    for (const name of TARGETS) {
      const [aesKey, seed] = [bytesFor(`${bits} ${name}`, 32), bytesFor(`${name} ${bits}`, 20)];
      const kid = name.startsWith('aes') ? HSM_KID : VAULT_KID;
      const { right, target, findings } = judgeBlob(
        makeBlob({ kek, kid, target: plaintextOf(name), aesKey, seed }),
        kek,
      );
      t.true(right, name);
      t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], [], name);
      for (const id of idsOf(findings, 'not-checked')) t.regex(id, NEVER_CHECKED, name);
      t.is(target?.type, name.startsWith('rsa') ? 'RSA' : name.startsWith('ec') ? 'EC' : 'oct', name);
    }
  });
}

test('every target that node:crypto wraps opens to the same bytes', (t) => {
  const kek = testKek(2048);
  for (const name of TARGETS) {
    const { plaintext } = openBlob(blobByNode(plaintextOf(name)), kek);
    t.deepEqual(Buffer.from(plaintext ?? []), plaintextOf(name), name);
  }
});

test('what node:crypto wraps under the larger KEKs opens to the same bytes', (t) => {
  for (const bits of [3072, 4096] as const) {
    const blob = blobByNode(plaintextOf('ec-p521'), { kek: practiceKey(`kek-${bits}`) });
    t.deepEqual(Buffer.from(openBlob(blob, testKek(bits)).plaintext ?? []), plaintextOf('ec-p521'));
  }
});

test('the same randomness makes the same blob', (t) => {
  const parts = { kek: testKek(2048), kid: VAULT_KID, target: plaintextOf('ec-p256') };
  const randomness = { aesKey: bytesFor('same', 32), seed: bytesFor('same', 20) };
  t.deepEqual(makeBlob({ ...parts, ...randomness }), makeBlob({ ...parts, ...randomness }));
});

test('a target is described in public words', (t) => {
  const describe = (name: (typeof TARGETS)[number]) => judgeBlob(blobByNode(plaintextOf(name)), testKek(2048)).target;
  t.deepEqual(
    ASYMMETRIC.map((name) => [describe(name)?.bits, describe(name)?.crv]),
    [
      [2048, null],
      [3072, null],
      [4096, null],
      [256, 'P-256'],
      [384, 'P-384'],
      [521, 'P-521'],
      [256, 'secp256k1'],
    ],
  );
  t.deepEqual(
    AES.map((name) => describe(name)?.bits),
    [128, 192, 256],
  );
  t.regex(describe('aes-256')?.kcv ?? '', /^[0-9a-f]{6}$/);
  t.is(describe('aes-256')?.thumbprint, null);
});
