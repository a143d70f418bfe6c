import { constants, publicEncrypt } from 'node:crypto';
import test from 'ava';
import { practiceKey } from '../../test/support/practice-keys.js';
import { judgeBlob } from '../src/oracle/index.js';
import { blobByNode, kw, kwp, kwpWith, oaep, type Steps, zeroPadded } from './support/by-node.js';
import { idsOf } from './support/findings.js';
import { bytesFor, plaintextOf, testKek } from './support/keys.js';

const kek = testKek(2048);
const target = plaintextOf('ec-p256');

const FAILS: readonly (readonly [fault: string, id: string, steps: Partial<Steps>])[] = [
  ['OAEP with SHA-256', 'blob/oaep/padding', { wrapAesKey: oaep('sha256') }],
  ['OAEP with SHA-512', 'blob/oaep/padding', { wrapAesKey: oaep('sha512') }],
  ['OAEP with a label', 'blob/oaep/padding', { wrapAesKey: oaep('sha1', Buffer.from('label')) }],
  ['PKCS#1 v1.5', 'blob/oaep/padding', { wrapAesKey: rsa(constants.RSA_PKCS1_PADDING) }],
  [
    'raw RSA',
    'blob/oaep/padding',
    { wrapAesKey: (key, rsaKey) => rawRsa(Buffer.concat([Buffer.alloc(224), key]), rsaKey) },
  ],
  ['another KEK', 'blob/oaep/padding', { kek: practiceKey('rsa-2048') }],
  ['a number above the modulus', 'blob/oaep/padding', { wrapAesKey: () => Buffer.alloc(256, 0xff) }],
  ['zero in place of the wrapped AES key', 'blob/oaep/padding', { wrapAesKey: () => Buffer.alloc(256) }],
  ['halves in the wrong order', 'blob/oaep/padding', { join: (a, b) => Buffer.concat([b, a]) }],
  ['an AES key of 160 bits', 'blob/aes-size/bits', { aesKey: bytesFor('x', 20), wrapTarget: wrapUnder(32) }],
  ['an AES key of 264 bits', 'blob/aes-size/bits', { aesKey: bytesFor('x', 33), wrapTarget: wrapUnder(32) }],
  ['no AES key at all', 'blob/aes-size/bits', { aesKey: Buffer.alloc(0), wrapTarget: wrapUnder(32) }],
  ['RFC 3394 after zero padding', 'blob/kwp/aiv', { wrapTarget: (bytes, key) => kw(zeroPadded(bytes), key) }],
  ['RFC 3394 after PKCS#7 padding', 'blob/kwp/aiv', { wrapTarget: (bytes, key) => kw(pkcs7(bytes), key) }],
  [
    'another initial value',
    'blob/kwp/aiv',
    { wrapTarget: (bytes, key) => kw(zeroPadded(bytes), key, Buffer.alloc(8, 1)) },
  ],
  ['a target wrapped under another AES key', 'blob/kwp/aiv', { wrapTarget: wrapUnder(32) }],
  ['the last block cut off', 'blob/kwp/aiv', { join: (a, b) => Buffer.concat([a, b.subarray(0, -8)]) }],
  ['a flipped bit in the last byte', 'blob/kwp/aiv', { join: (a, b) => flipped(Buffer.concat([a, b])) }],
  ['a length field of a block more', 'blob/kwp/length-field', { wrapTarget: withLength(8) }],
  ['a length field of a block less', 'blob/kwp/length-field', { wrapTarget: withLength(-8) }],
  ['a length field of 4 GiB', 'blob/kwp/length-field', { wrapTarget: withLength(0xffffffff - target.length) }],
  [
    'padding that is not zero',
    'blob/kwp/padding',
    { wrapTarget: (bytes, key) => kwpWith(bytes.length, filled(bytes), key) },
  ],
];

for (const [fault, id, steps] of FAILS) {
  test(`${fault} is found by ${id} alone`, (t) => {
    const { right, findings } = judgeBlob(blobByNode(target, steps), kek);
    t.deepEqual(idsOf(findings, 'fail'), [id]);
    t.deepEqual(idsOf(findings, 'warn'), []);
    t.false(right);
  });
}

for (const bits of [128, 192]) {
  test(`an AES key of ${bits} bits is a warning`, (t) => {
    const { right, findings } = judgeBlob(blobByNode(target, { aesKey: bytesFor('x', bits / 8) }), kek);
    t.deepEqual(idsOf(findings, 'warn'), ['blob/aes-size/bits']);
    t.true(right);
  });
}

test('the initial value of RFC 3394 is named', (t) => {
  const { findings } = judgeBlob(blobByNode(target, { wrapTarget: (bytes, key) => kw(zeroPadded(bytes), key) }), kek);
  t.regex(findings.find(({ id }) => id === 'blob/kwp/aiv')?.actual ?? '', /RFC 3394/);
});

test('a blob for a smaller or larger KEK is refused by its length or its padding', (t) => {
  const blob = blobByNode(target);
  t.deepEqual(idsOf(judgeBlob(blob, testKek(4096)).findings, 'fail'), ['blob/length/halves']);
  t.deepEqual(idsOf(judgeBlob(blobByNode(plaintextOf('rsa-2048')), testKek(3072)).findings, 'fail'), [
    'blob/oaep/padding',
  ]);
});

test('what an earlier stage kept from being checked is listed as not checked', (t) => {
  const { findings, target: found } = judgeBlob(blobByNode(target, { kek: practiceKey('rsa-2048') }), kek);
  const skipped = idsOf(findings, 'not-checked');
  for (const id of ['blob/aes-size/bits', 'blob/kwp/aiv', 'blob/encoding/form']) t.true(skipped.includes(id), id);
  t.is(found, null);
});

function rsa(padding: number): Steps['wrapAesKey'] {
  return (aesKey, key) => publicEncrypt({ key, padding }, aesKey);
}

function rawRsa(block: Uint8Array, key: Steps['kek']): Buffer {
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

/** Wraps under another key than the one that the blob carries. */
function wrapUnder(bytes: number): Steps['wrapTarget'] {
  return (plaintext) => kwp(plaintext, bytesFor('another', bytes));
}

function withLength(more: number): Steps['wrapTarget'] {
  return (bytes, key) => kwpWith(bytes.length + more, zeroPadded(bytes), key);
}

function pkcs7(bytes: Uint8Array): Buffer {
  const padding = 8 - (bytes.length % 8);
  return Buffer.concat([bytes, Buffer.alloc(padding, padding)]);
}

function filled(bytes: Uint8Array): Buffer {
  const padded = zeroPadded(bytes);
  padded[padded.length - 1] = 1;
  return padded;
}

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
}
