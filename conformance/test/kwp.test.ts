import test from 'ava';
import { judgeKwp } from '../src/oracle/kwp.js';
import { createReport } from '../src/oracle/report.js';
import { kwp } from './support/by-node.js';
import { bytesFor } from './support/keys.js';

const KEK = '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8';
const EXAMPLES = [
  ['c37b7e6492584340bed12207808941155068f738', '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'],
  ['466f7250617369', 'afbeb0f07dfbf5419200f2ccb50bb24f'],
] as const;

test('both examples of RFC 5649 section 6 are unwrapped', (t) => {
  for (const [plain, wrapped] of EXAMPLES) {
    const found = judgeKwp(Buffer.from(KEK, 'hex'), Buffer.from(wrapped, 'hex'), createReport());
    t.is(Buffer.from(found ?? []).toString('hex'), plain);
  }
});

test('every length from 1 to 64 bytes that node:crypto wraps is unwrapped, under AES of each size', (t) => {
  for (const keyBytes of [16, 24, 32]) {
    for (let length = 1; length <= 64; length++) {
      const [key, plain] = [bytesFor('key', keyBytes), bytesFor('plain', 64).subarray(0, length)];
      t.deepEqual(Buffer.from(judgeKwp(key, kwp(plain, key), createReport()) ?? []), plain);
    }
  }
});

test('a key of 100 KB, in which the counter outgrows 16 bits, is unwrapped', (t) => {
  const [key, plain] = [bytesFor('key', 32), Buffer.alloc(100_003, 0x5a)];
  t.deepEqual(Buffer.from(judgeKwp(key, kwp(plain, key), createReport()) ?? []), plain);
});
