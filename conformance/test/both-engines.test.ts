import assert from 'node:assert/strict';
import { checkPrimeSync, constants, createPublicKey, privateDecrypt } from 'node:crypto';
import {
  openPracticeBlob,
  parseKid,
  publicJwkOf,
  type RsaPublicJwk,
  readByok,
  readTargetKey,
  thumbprintOf,
  wrapPracticeKey,
  writeByok,
} from '@keyferry/blob';
import test from 'ava';
import fc from 'fast-check';
import { practiceKey } from '../../test/support/practice-keys.js';
import { rsaKey, rsaNumbersFrom } from '../src/making/targets.js';
import { judgeBlob, judgeTargetKey, makeBlob, makeCiphertext, openBlob } from '../src/oracle/index.js';
import { acceptedOrCode } from './support/accepted.js';
import { anyTarget, mutatedTarget } from './support/arbitraries.js';
import { idsOf } from './support/findings.js';
import { bytesFor, HSM_KID, KEK_SIZES, plaintextOf, testKek } from './support/keys.js';

/** Most often the smallest, whose private operation is the fastest by far. */
const kekSize = fc.constantFrom(...KEK_SIZES, 2048, 2048, 2048, 2048, 2048);
const random = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes });
const keks = new Map(KEK_SIZES.map((bits) => [bits, { key: practiceKey(`kek-${bits}`), oracle: testKek(bits) }]));

function kekOf(bits: (typeof KEK_SIZES)[number]) {
  const kek = keks.get(bits);
  if (!kek) throw new Error(`no KEK of ${bits} bits`);
  return { ...kek, jwk: publicJwkOf(createPublicKey(kek.key)) as RsaPublicJwk };
}

test('what blob wraps, the oracle opens to the same bytes and finds right', (t) => {
  fc.assert(
    fc.property(anyTarget, kekSize, (target, bits) => {
      const { jwk, oracle } = kekOf(bits);
      const ciphertext = wrapPracticeKey(jwk, target);
      const blob = writeByok({ kid: parseKid(HSM_KID), ciphertext, generator: 'test' });
      const { plaintext, findings } = openBlob(blob, oracle);
      assert.deepEqual(Buffer.from(plaintext ?? []), target);
      assert.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], []);
      assert.ok(judgeTargetKey(target).right);
    }),
    { numRuns: 40 },
  );
  t.pass();
});

/** The first prime of so many bits from a random number on. */
const prime = (bits: number) =>
  random(bits / 8).map((bytes) => {
    // The two highest bits: the product of two has twice as many bits.
    let candidate = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) | (3n << BigInt(bits - 2)) | 1n;
    while (candidate % 65537n === 1n || !checkPrimeSync(candidate)) candidate += 2n;
    return candidate;
  });

for (const [bits, runs] of [
  [2048, 2],
  [3072, 1],
  [4096, 1],
] as const) {
  test(`RSA keys of ${bits} bits from random primes cross both ways under a KEK of each size`, (t) => {
    fc.assert(
      fc.property(prime(bits / 2), prime(bits / 2), random(32), random(20), (p, q, aesKey, seed) => {
        const target = rsaKey(rsaNumbersFrom(p, q));
        const judged = judgeTargetKey(target);
        assert.deepEqual([...idsOf(judged.findings, 'fail'), ...idsOf(judged.findings, 'warn')], []);
        const { publicKey } = readTargetKey(target, 'RSA');
        assert.equal(publicKey && thumbprintOf(publicKey), judged.target?.thumbprint);
        for (const kekBits of KEK_SIZES) {
          const { key, jwk, oracle } = kekOf(kekBits);
          const { ciphertext } = readByok(makeBlob({ kek: oracle, kid: HSM_KID, target, aesKey, seed }));
          assert.deepEqual(openPracticeBlob(key, ciphertext).plaintext, target);
          const blob = writeByok({
            kid: parseKid(HSM_KID),
            ciphertext: wrapPracticeKey(jwk, target),
            generator: 'test',
          });
          assert.deepEqual(Buffer.from(openBlob(blob, oracle).plaintext ?? []), target);
        }
      }),
      // Shrinking would look for primes over and over.
      { numRuns: runs, endOnFailure: true },
    );
    t.pass();
  });
}

test('what the oracle makes, blob opens to the same bytes and reads as the same key', (t) => {
  fc.assert(
    fc.property(anyTarget, kekSize, random(32), random(20), (target, bits, aesKey, seed) => {
      const { key, oracle } = kekOf(bits);
      const { ciphertext, findings } = readByok(makeBlob({ kek: oracle, kid: HSM_KID, target, aesKey, seed }));
      assert.deepEqual(findings, []);
      assert.deepEqual(openPracticeBlob(key, ciphertext), { plaintext: target, aesBits: 256 });
      const judged = judgeTargetKey(target).target;
      const read = readTargetKey(target, judged?.type ?? 'oct');
      assert.deepEqual([read.type, read.bits, read.crv], [judged?.type, judged?.bits, judged?.crv]);
      assert.equal(read.publicKey && thumbprintOf(read.publicKey), judged?.thumbprint);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('both make the same second half from the same AES key', (t) => {
  const { jwk, oracle } = kekOf(2048);
  const [aesKey, seed, target] = [bytesFor('AES key', 32), bytesFor('seed', 20), plaintextOf('rsa-2048')];
  const ours = makeCiphertext(oracle, target, { aesKey, seed }).subarray(256);
  t.deepEqual(wrapPracticeKey(jwk, target, { aesKey }).subarray(256), ours);
});

test('a ciphertext with one bit flipped is refused by both', (t) => {
  const { key, jwk, oracle } = kekOf(2048);
  const right = wrapPracticeKey(jwk, plaintextOf('ec-p256'));
  fc.assert(
    fc.property(fc.nat({ max: right.length * 8 - 1 }), (bit) => {
      const ciphertext = Buffer.from(right);
      ciphertext[bit >> 3] = (ciphertext[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const opened = acceptedOrCode(() => openPracticeBlob(key, ciphertext));
      assert.deepEqual(opened, { code: 'BLOB_UNWRAP_FAILED' });
      const blob = writeByok({ kid: parseKid(HSM_KID), ciphertext, generator: 'test' });
      const stage = bit < 256 * 8 ? 'blob/oaep/padding' : 'blob/kwp/aiv';
      assert.deepEqual(idsOf(judgeBlob(blob, oracle).findings, 'fail'), [stage]);
    }),
    { numRuns: 80 },
  );
  t.pass();
});

test('a ciphertext that is cut or grown is refused by both', (t) => {
  const { key, jwk, oracle } = kekOf(2048);
  const right = wrapPracticeKey(jwk, plaintextOf('ec-p256'));
  fc.assert(
    fc.property(fc.nat({ max: right.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 40 }), (length, tail) => {
      for (const ciphertext of [right.subarray(0, length), Buffer.concat([right, tail])]) {
        const opened = acceptedOrCode(() => openPracticeBlob(key, ciphertext));
        assert.match('code' in opened ? opened.code : '', /^BLOB_(CIPHERTEXT|UNWRAP_FAILED)$/);
        const members = { header: { kid: HSM_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' }, generator: 'test' };
        const blob = { schema_version: '1.0.0', ...members, ciphertext: ciphertext.toString('base64url') };
        assert.equal(judgeBlob(Buffer.from(JSON.stringify(blob)), oracle).right, false);
      }
    }),
    { numRuns: 40 },
  );
  t.pass();
});

test('two wraps of one key share neither the AES key nor a block of the ciphertext', (t) => {
  const { key, jwk } = kekOf(2048);
  const [seen, aesKeys] = [new Set<string>(), new Set<string>()];
  const target = plaintextOf('ec-p256');
  for (let run = 0; run < 50; run++) {
    const ciphertext = wrapPracticeKey(jwk, target);
    const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
    aesKeys.add(privateDecrypt(padding, ciphertext.subarray(0, 256)).toString('hex'));
    for (let at = 0; at < ciphertext.length; at += 8) seen.add(ciphertext.subarray(at, at + 8).toString('hex'));
  }
  t.is(aesKeys.size, 50);
  t.is(seen.size, (50 * (256 + 152)) / 8);
});

const TAIL = 'blob/encoding/trailing';

test('both judge a changed target alike', (t) => {
  fc.assert(
    fc.property(mutatedTarget, (target) => {
      const { target: judged, findings } = judgeTargetKey(target);
      const fails = idsOf(findings, 'fail').filter((id) => id !== TAIL);
      const doubts = idsOf(findings, 'warn').filter((id) => id !== TAIL);
      for (const type of judged ? [judged.type] : (['RSA', 'EC'] as const)) {
        const read = acceptedOrCode(() => readTargetKey(target, type));
        if (fails.length > 0) assert.ok('code' in read, `the oracle refuses by ${fails.join()}`);
        else if (doubts.length === 0) {
          assert.ok('value' in read, `blob refuses by ${'code' in read && read.code}`);
          const { publicKey, trailingBytes } = read.value;
          const tail = findings.find(({ id }) => id === TAIL)?.level;
          assert.equal(trailingBytes > 0, tail === 'warn' || tail === 'fail');
          assert.equal(publicKey && thumbprintOf(publicKey), judged?.thumbprint);
        }
      }
    }),
    { numRuns: 1500 },
  );
  t.pass();
});

test('both judge a changed envelope alike', (t) => {
  const oracle = testKek(2048);
  // A first half above the modulus: it is refused without the slow private operation.
  const ciphertext = Buffer.concat([Buffer.alloc(1, 0xff), Buffer.alloc(407, 0x5a)]);
  const right = writeByok({ kid: parseKid(HSM_KID), ciphertext, generator: 'test' });
  const character = fc.oneof(
    fc.constantFrom(...'"{}[]:,\\/-=._+ \n\t\0é1eAu'),
    fc.string({ minLength: 1, maxLength: 3 }),
  );
  const change = fc.tuple(fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: right.length })), fc.nat({ max: 3 }), character);
  fc.assert(
    fc.property(fc.array(change, { maxLength: 2 }), (changes) => {
      let text = right.toString();
      for (const [at, removed, added] of changes) text = text.slice(0, at) + added + text.slice(at + removed);
      const blob = Buffer.from(text);
      const { findings } = judgeBlob(blob, oracle);
      const fails = idsOf(findings, 'fail').filter((id) => /\/(envelope|kid|length)\//.test(id));
      const read = acceptedOrCode(() => readByok(blob));
      if (fails.length > 0) assert.ok('code' in read, `the oracle refuses by ${fails.join()}`);
      else if (!idsOf(findings, 'warn').includes('blob/envelope/generator')) {
        assert.ok('value' in read, `blob refuses by ${'code' in read && read.code}`);
      }
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
