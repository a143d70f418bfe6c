import test from 'ava';
import { candidateTargets, splitCiphertext } from '../src/ciphertext.js';
import { wrapPracticeKey } from '../src/practice.js';
import { codeOf } from './support/refusal.js';
import { KEK_SIZES, kekJwk, TARGETS, targetDer } from './support/samples.js';

const LENGTH = 256 + 40;

for (const size of KEK_SIZES) {
  test(`the lengths of all targets under a KEK of ${size} bits are recognised, with and without padding zeros`, (t) => {
    const fits = (bytes: number, type: string, bits: number, crv: string | null) =>
      candidateTargets(bytes).some((c) => c.kekBits === size && c.type === type && c.bits === bits && c.crv === crv);
    for (const [name, type, bits, crv] of TARGETS) {
      const der = targetDer(name);
      const padded = Buffer.concat([der, Buffer.alloc((8 - (der.length % 8)) % 8)]);
      for (const plaintext of [der, padded]) {
        const ciphertext = wrapPracticeKey(kekJwk(size), plaintext);
        t.true(fits(ciphertext.length, type, bits, crv), name);
        const { wrappedAesKey, wrappedTargetKey } = splitCiphertext(ciphertext, size / 8);
        t.is(wrappedAesKey.length, size / 8);
        t.deepEqual(Buffer.concat([wrappedAesKey, wrappedTargetKey]), ciphertext);
      }
    }
    for (const bits of [128, 192, 256]) t.true(fits(size / 8 + bits / 8 + 8, 'oct', bits, null));
    t.false(fits(size / 8 + 48, 'oct', 256, null));
  });
}

test('EC keys without their public key inside have the lengths that HSMs produce', (t) => {
  // Bytes of B: P-256 67, P-384 80, P-521 98, secp256k1 64 bytes of PKCS#8.
  for (const [crv, wrapped] of [
    ['P-256', 80],
    ['P-384', 88],
    ['P-521', 112],
    ['secp256k1', 72],
  ] as const) {
    t.true(candidateTargets(512 + wrapped).some((c) => c.kekBits === 4096 && c.crv === crv));
  }
});

test('a ciphertext is split only by the size of a KEK', (t) => {
  const ciphertext = Buffer.alloc(LENGTH);
  for (const size of [0, -8, 128, 255, 1024, Number.NaN]) {
    t.is(
      codeOf(() => splitCiphertext(ciphertext, size)),
      'BLOB_CIPHERTEXT',
    );
  }
  for (const [bytes, size] of [
    [256, 256],
    [264, 256],
    [273, 256],
    [LENGTH, 384],
  ] as const) {
    t.is(
      codeOf(() => splitCiphertext(Buffer.alloc(bytes), size)),
      'BLOB_CIPHERTEXT',
    );
  }
});
