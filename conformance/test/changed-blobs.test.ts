import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { makeBlob } from '../src/oracle/index.js';
import { bothOn, type Change, changed, everyChange, stageOf } from './support/changes.js';
import { bytesFor, HSM_KID, plaintextOf, TARGETS, testKek } from './support/keys.js';

/** A right blob; the same for the same words. */
function rightBlob(words: string, bits: 2048 | 3072 | 4096, target: Buffer): Buffer {
  const randomness = { aesKey: bytesFor(`${words} AES key`, 32), seed: bytesFor(`${words} seed`, 20) };
  return makeBlob({ kek: testKek(bits), kid: HSM_KID, target, ...randomness, generator: 'test' });
}

const small = rightBlob('small', 2048, plaintextOf('aes-128'));
const kinds = ['flip', 'cut', 'append', 'exchange', 'exchange blocks'] as const;
const all = new Map(
  kinds.map((kind) => [kind, [...everyChange(small.length)].filter((change) => change.kind === kind)]),
);
const anyChange = fc
  .constantFrom(...kinds)
  .chain((kind) => fc.constantFrom(...(all.get(kind) as [Change, ...Change[]])));

// The bench `every-change` goes through all of them.
test('a small blob with anything changed is taken alike by both engines, or refused at the same stage', (t) => {
  fc.assert(
    fc.property(anyChange, (change) => {
      const blob = changed(small, change);
      const { node, oracle, alike } = bothOn(2048, blob);
      assert.ok(alike, `${JSON.stringify(change)}: node ${stageOf(node)}, oracle ${stageOf(oracle)}`);
    }),
    { numRuns: 120 },
  );
  t.pass();
});

test('a ciphertext with any bit turned, or two of its bytes exchanged, is refused by both at the same stage', (t) => {
  const text = (JSON.parse(small.toString()) as { ciphertext: string }).ciphertext;
  const bytes = Buffer.from(text, 'base64url');
  const inside = fc.oneof(
    fc.nat({ max: bytes.length * 8 - 1 }).map((at): Change => ({ kind: 'flip', at })),
    fc.nat({ max: bytes.length - 2 }).map((at): Change => ({ kind: 'exchange', at })),
    fc.nat({ max: bytes.length - 16 }).map((at): Change => ({ kind: 'exchange blocks', at })),
  );
  fc.assert(
    fc.property(inside, (change) => {
      const other = changed(bytes, change);
      fc.pre(!other.equals(bytes));
      const blob = Buffer.from(small.toString().replace(text, other.toString('base64url')));
      const { node, oracle } = bothOn(2048, blob);
      const stage = other.subarray(0, 256).equals(bytes.subarray(0, 256)) ? 'kwp' : 'oaep';
      assert.deepEqual([node.accepted, stageOf(node)], [false, stage]);
      assert.deepEqual([oracle.accepted, stageOf(oracle)], [false, stage]);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('the halves of two right blobs are refused by both at the same stage, under a KEK of each size', (t) => {
  for (const [bits, runs] of [
    [2048, 10],
    [3072, 3],
    [4096, 1],
  ] as const) {
    fc.assert(
      fc.property(fc.constantFrom(...TARGETS), fc.constantFrom(...TARGETS), (first, second) => {
        const [one, other] = [first, second].map((name, index) => {
          const blob = rightBlob(`${name} ${index}`, bits, plaintextOf(name)).toString();
          return { blob, text: (JSON.parse(blob) as { ciphertext: string }).ciphertext };
        });
        if (!one || !other) return assert.fail();
        const halves = [one, other].map(({ text }) => Buffer.from(text, 'base64url'));
        const mixed = Buffer.concat([
          halves[0]?.subarray(0, bits / 8) ?? Buffer.alloc(0),
          halves[1]?.subarray(bits / 8) ?? Buffer.alloc(0),
        ]);
        const { node, oracle } = bothOn(bits, Buffer.from(one.blob.replace(one.text, mixed.toString('base64url'))));
        assert.deepEqual([node.accepted, stageOf(node)], [false, 'kwp']);
        assert.deepEqual([oracle.accepted, stageOf(oracle)], [false, 'kwp']);
      }),
      { numRuns: runs },
    );
  }
  t.pass();
});
