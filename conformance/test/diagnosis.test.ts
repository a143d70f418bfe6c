import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { practiceKey } from '../../test/support/practice-keys.js';
import { diagnoseBlob } from '../src/diagnosis/diagnose.js';
import { DIAGNOSES } from '../src/diagnosis/diagnoses.js';
import { makeFault } from '../src/making/faults.js';
import { wrapPadded } from '../src/making/key-wrap.js';
import { makeWrongBlob } from '../src/making/wrong-blob.js';
import { makeBlob, type TestKek } from '../src/oracle/index.js';
import { anyTarget, mutatedTarget } from './support/arbitraries.js';
import { blobByNode } from './support/by-node.js';
import { idsOf } from './support/findings.js';
import { bytesFor, HSM_KID, plaintextOf, testKek, VAULT_KID } from './support/keys.js';
import { practiceMaterial } from './support/material.js';

const kek = testKek(2048);
const material = practiceMaterial(2048, 'diagnosis');

/** Does the slow private operation once: for blobs that all carry the same wrapped AES key. */
function quick(slow: TestKek): TestKek {
  const known = new Map<string, Buffer>();
  return {
    ...slow,
    privateOperation(ciphertext) {
      const name = Buffer.from(ciphertext).toString('latin1');
      const block = known.get(name) ?? slow.privateOperation(ciphertext);
      known.set(name, block);
      return Buffer.from(block);
    },
  };
}

const parts = { kek, kid: HSM_KID, aesKey: bytesFor('AES key', 32), seed: bytesFor('seed', 20) };
const ciphertextOf = (blob: Uint8Array) => JSON.parse(Buffer.from(blob).toString()).ciphertext as string;
const FIRST = Buffer.from(ciphertextOf(makeBlob({ ...parts, target: plaintextOf('ec-p256') })), 'base64url').subarray(
  0,
  256,
);

/** A blob whose AES key is that of `parts`, without the cost of RSA; with other white space, kid and generator. */
function rightBlob(target: Uint8Array, kid: string, generator: string, space: string): Buffer {
  const ciphertext = Buffer.concat([FIRST, wrapPadded(target, parts.aesKey)]).toString('base64url');
  const header = { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
  const text = JSON.stringify({ schema_version: '1.0.0', header, ciphertext, generator }, null, space);
  return Buffer.from(space === '' ? text : `${text.replaceAll('\n', '\r\n')}\r\n`);
}

/** KEYFERRY_RIGHT_BLOBS=10000 judges as many. */
const RIGHT_BLOBS = Number(process.env.KEYFERRY_RIGHT_BLOBS ?? 100);

test('a right blob has no fault, no doubt and no diagnosis', (t) => {
  const engine = quick(kek);
  const version = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const kid = fc
    .tuple(fc.constantFrom('managedhsm.azure.net', 'managedhsm.usgovcloudapi.net', 'managedhsm.azure.cn'), version)
    .map(([host, hex]) => `https://bank.${host}/keys/kek/${hex}`);
  const generator = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
  fc.assert(
    fc.property(anyTarget, kid, generator, fc.constantFrom('', ' ', '\t'), (target, id, name, space) => {
      const { right, findings, diagnoses } = diagnoseBlob(rightBlob(target, id, name, space), engine);
      assert.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn'), ...diagnoses], []);
      assert.ok(right);
    }),
    { numRuns: RIGHT_BLOBS },
  );
  t.pass();
});

test('each target that is changed anywhere is named, or is right', (t) => {
  const engine = quick(kek);
  fc.assert(
    fc.property(mutatedTarget, (target) => {
      fc.pre(target.length > 0);
      const { findings, diagnoses } = diagnoseBlob(rightBlob(target, HSM_KID, 'test', ''), engine);
      const faults = new Set([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')]);
      assert.equal(diagnoses.length > 0, faults.size > 0);
      for (const { id, check } of diagnoses) {
        assert.ok(faults.has(check));
        assert.ok(id in DIAGNOSES);
      }
    }),
    { numRuns: 250 },
  );
  t.pass();
});

/** A KEK that counts its private operations, each of which takes a second of the clock. */
function counted() {
  const clock = { operations: 0 };
  const engine: TestKek = {
    ...kek,
    privateOperation(ciphertext) {
      clock.operations += 1;
      return kek.privateOperation(ciphertext);
    },
  };
  return { clock, engine, seconds: () => clock.operations * 1000 };
}

for (const id of ['oaep/other-kek', 'oaep/above-modulus', 'halves/length-before', 'oaep/little-endian'] as const) {
  test(`a search does four private operations at most, whatever it finds: ${id}`, (t) => {
    const { clock, engine } = counted();
    diagnoseBlob(makeFault(id, material), engine);
    t.true(clock.operations <= 4);
  });
}

test('a search in which another private operation would take too long does without it', (t) => {
  const { clock, engine, seconds } = counted();
  const { diagnoses } = diagnoseBlob(makeFault('halves/reversed', material), engine, undefined, seconds);
  t.is(clock.operations, 1);
  t.deepEqual(
    diagnoses.map(({ id }) => id),
    ['oaep/other-kek'],
  );
});

test('two faults are both named', (t) => {
  const blob = makeWrongBlob(material, {
    pad: (message, bytes) => Buffer.concat([Buffer.alloc(bytes - message.length), message]),
    spell: (ciphertext) => Buffer.from(ciphertext).toString('base64'),
    object: (object) => ({ ...object, header: { ...object.header, kid: 'kek' } }),
  });
  const ids = diagnoseBlob(blob, kek).diagnoses.map(({ id }) => id);
  t.deepEqual(ids, ['base64/standard', 'kid/name-only', 'oaep/raw-rsa']);
});

test('what node:crypto makes wrong is named too', (t) => {
  const other = diagnoseBlob(blobByNode(plaintextOf('ec-p256'), { kek: practiceKey('rsa-2048') }), kek);
  t.deepEqual(
    other.diagnoses.map(({ check }) => check),
    ['blob/oaep/padding'],
  );
  const vault = diagnoseBlob(rightBlob(plaintextOf('aes-256'), VAULT_KID, 'test', ''), kek);
  t.deepEqual(
    vault.diagnoses.map(({ id }) => id),
    ['purpose/aes-for-key-vault'],
  );
});

const OTHER: readonly (readonly [what: string, expected: string, expectation: Parameters<typeof diagnoseBlob>[2]])[] = [
  ['another type', 'expect/other-type', { type: 'RSA', bits: 2048, crv: null, thumbprint: null, kcv: null }],
  ['another key', 'expect/other-key', { type: 'EC', bits: 256, crv: 'P-256', thumbprint: 'urn:x', kcv: null }],
  ['another AES key', 'expect/other-aes-key', { type: 'oct', bits: 256, crv: null, thumbprint: null, kcv: '000000' }],
].map(([what, id, target]) => [what, id, { target, manifest: null }]) as never;

for (const [what, id, expectation] of OTHER) {
  test(`${what} than expected is named`, (t) => {
    const target = plaintextOf(id === 'expect/other-aes-key' ? 'aes-256' : 'ec-p256');
    const { diagnoses } = diagnoseBlob(rightBlob(target, HSM_KID, 'test', ''), kek, expectation);
    t.deepEqual(
      diagnoses.map((diagnosis) => diagnosis.id),
      [id],
    );
  });
}

test('another file and another kid than the manifest names are named', (t) => {
  const { target } = diagnoseBlob(rightBlob(plaintextOf('ec-p256'), HSM_KID, 'test', ''), kek);
  assert.ok(target);
  const manifest = { sha256: '0'.repeat(64), size: 1, kid: VAULT_KID };
  const blob = rightBlob(plaintextOf('ec-p256'), HSM_KID, 'test', '');
  const { diagnoses } = diagnoseBlob(blob, kek, { target, manifest });
  t.deepEqual(
    diagnoses.map(({ id }) => id),
    ['expect/other-file', 'expect/other-kid'],
  );
});
