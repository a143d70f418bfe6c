import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { diagnoseBlob } from '../src/diagnosis/diagnose.js';
import { readPracticeManifest } from '../src/manifest.js';
import { judgeTargetKey, readPublicKey, readTestKek } from '../src/oracle/index.js';
import { acceptedOrCode } from './support/accepted.js';
import { testKek } from './support/keys.js';

const kek = testKek(2048);
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map(asPem),
);

test('any bytes are judged and their fault is named, whatever they are', (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const { right, diagnoses } = diagnoseBlob(bytes, kek);
      assert.equal(right, false);
      assert.ok(diagnoses.length > 0);
      judgeTargetKey(bytes);
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('any bytes in place of a key or a manifest are refused by code', (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      for (const read of [readTestKek, readPublicKey, readPracticeManifest]) {
        assert.ok('code' in acceptedOrCode<unknown>(() => read(bytes)));
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});

// How long that takes is measured by the bench `parsers-time`.
test('a file as large as is read, and as hostile as can be, is judged', (t) => {
  const hostile = ['['.repeat(65536), '{"a":'.repeat(13107), `"${'\\u0061'.repeat(10922)}"`, '"'.repeat(65536)];
  for (const text of [
    ...hostile,
    `{"ciphertext":"${'='.repeat(65000)}x"}`,
    `{"a":1${','.repeat(65000)}}`,
    `{"ciphertext":"${'\\u0020='.repeat(9000)}"}`,
    `{"ciphertext":"${Buffer.alloc(48000, 0x5a).toString('base64url')}"}`,
    Buffer.from(`{${"'".repeat(40000)}`).toString('base64'),
    `{"header":{"kid":"${'/'.repeat(65000)}"}}`,
  ]) {
    const start = performance.now();
    t.false(diagnoseBlob(Buffer.from(text), kek).right);
    t.true(performance.now() - start < 1000, text.slice(0, 20));
  }
});

function asPem(bytes: Uint8Array): Buffer {
  const label = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'PUBLIC KEY', 'EC PRIVATE KEY'][(bytes[0] ?? 0) % 4];
  return Buffer.from(`-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`);
}
