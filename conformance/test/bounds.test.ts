import { readdirSync, readFileSync } from 'node:fs';
import {
  inspectByok,
  MAX_BLOB_BYTES,
  MAX_KEK_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_PUBLIC_KEY_BYTES,
  MAX_RECEIPT_BYTES,
  readByok,
  readKek,
  readManifest,
  readPublicKey,
  readReceipt,
  readTargetKey,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { readPracticeManifest } from '../src/manifest.js';
import * as oracle from '../src/oracle/index.js';
import { plaintextOf, practicePem, testKek } from './support/keys.js';

/** No key has more bytes. */
const TARGET = 8192;

/** Readers of bytes from outside, each with the most that it looks at. */
const BOUNDED: readonly (readonly [name: string, limit: number, read: (bytes: Buffer) => unknown])[] = [
  ['blob: readByok', MAX_BLOB_BYTES, readByok],
  ['blob: inspectByok', MAX_BLOB_BYTES, inspectByok],
  ['blob: readManifest', MAX_MANIFEST_BYTES, readManifest],
  ['blob: readReceipt', MAX_RECEIPT_BYTES, readReceipt],
  ['blob: readKek', MAX_KEK_BYTES, (bytes) => readKek(bytes)],
  ['blob: readPublicKey', MAX_PUBLIC_KEY_BYTES, readPublicKey],
  ['blob: readTargetKey', TARGET, (bytes) => readTargetKey(bytes, 'EC')],
  ['judge: readPublicKey', oracle.MAX_PEM_BYTES, oracle.readPublicKey],
  ['judge: readTestKek', oracle.MAX_PEM_BYTES, oracle.readTestKek],
  ['judge: manifest', MAX_MANIFEST_BYTES, readPracticeManifest],
];

for (const [name, limit, read] of BOUNDED) {
  test(`${name} refuses a byte more than ${limit} by their number, before it looks at them`, (t) => {
    for (const [size, isRefused] of [
      [limit, false],
      [limit + 1, true],
      [1024 * 1024, true],
    ] as const) {
      // What a parser stumbles over at its first step, if it gets that far.
      const { message } = t.throws(() => read(Buffer.alloc(size, '{')), { instanceOf: KeyferryError });
      t.is(message.includes(`expected at most ${limit} bytes, found ${size}`), isRefused, message);
    }
  });
}

test('the judge counts the bytes of a blob and of a target key before it looks at them', (t) => {
  const kek = testKek(2048);
  const blob = oracle.judgeBlob(Buffer.alloc(oracle.MAX_BLOB_BYTES + 1, '{'), kek).findings;
  t.is(blob.find(({ level }) => level === 'fail')?.id, 'blob/envelope/size');
  const key = plaintextOf('ec-p256');
  for (const size of [TARGET, TARGET + 1]) {
    const { findings } = oracle.judgeTargetKey(Buffer.concat([key, Buffer.alloc(size - key.length)]));
    const failed = findings.find(({ level }) => level === 'fail');
    t.is(failed?.id, size > TARGET ? 'blob/encoding/form' : 'blob/encoding/trailing');
  }
});

test('what is right is read up to the limit', (t) => {
  const pem = practicePem('kek-2048');
  const text = Buffer.alloc(oracle.MAX_PEM_BYTES - pem.length, '\n');
  t.is(oracle.readTestKek(Buffer.concat([text, pem])).bits, 2048);
});

/** Such as /=+$/: it looks at a long row again from each of its characters, and so takes the square of its length. */
const QUADRATIC = /\/(?:\\.|[^\\/\n[]|\[[^\]\n]*\])[+*]\$\//;

test('no parser searches for a repetition at the end of a text, which takes the square of its length', (t) => {
  t.regex("text.replace(/=+$/, '')", QUADRATIC);
  t.notRegex('/^[0-9a-f]+$/.test(text)', QUADRATIC);
  for (const folder of ['../../packages/blob/src/', '../src/oracle/']) {
    const place = new URL(folder, import.meta.url);
    for (const file of readdirSync(place).filter((name) => name.endsWith('.ts'))) {
      const code = readFileSync(new URL(file, place), 'utf8').replaceAll(/\/\/.*$/gm, '');
      t.notRegex(code, QUADRATIC, file);
    }
  }
});
