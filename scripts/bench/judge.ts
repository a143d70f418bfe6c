import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createSecretKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { diagnoseBlob, makeBlob, readTestKek, seededRandom, type TestKek, withNodeEngine } from 'keyferry-conformance';
import { bareOaep } from '../../conformance/bench/bare-oaep.js';
import { practiceKey, TARGET_KEYS } from '../../test/support/practice-keys.js';
import type { Benchmark } from './benchmark.js';
import { pairUp, perKey, ratiosOf, secondsOf } from './statistics.js';

const PEM = Buffer.from(practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem' }));

/** Blobs of every kind of target in turn, under the KEK of 2048 bits, as files. */
function blobsOf(count: number, kek: TestKek): Buffer[] {
  const random = seededRandom('bench');
  const kid = 'https://bank.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
  return Array.from({ length: count }, (_, index) => {
    const key = practiceKey(TARGET_KEYS[index % TARGET_KEYS.length] ?? 'ec-p256');
    const target = key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' });
    const [aesKey, seed] = [random(`AES key ${index}`, 32), random(`seed ${index}`, 20)];
    return makeBlob({ kek, kid, target, aesKey, seed });
  });
}

function judgeAll(blobs: readonly Buffer[], kek: TestKek): void {
  for (const blob of blobs) {
    if (!diagnoseBlob(blob, kek).right) throw new Error('a right blob was judged wrong');
  }
}

/** The two halves, which the bare way is given without JSON and base64. */
function halvesOf(blob: Buffer): [first: Buffer, second: Buffer] {
  const { ciphertext } = JSON.parse(blob.toString()) as { ciphertext: string };
  const bytes = Buffer.from(ciphertext, 'base64url');
  return [bytes.subarray(0, 256), bytes.subarray(256)];
}

const FORGE_BLOBS = 30;

export const judgeForge: Benchmark = {
  id: 'judge-forge',
  about: `${FORGE_BLOBS} blobs judged by the independent engine beside node-forge's RSA-OAEP alone, KEK of 2048 bits, in one process`,
  target: 0.9,
  async run(runs) {
    const kek = readTestKek(PEM);
    const blobs = blobsOf(FORGE_BLOBS, kek);
    const bare = bareOaep(
      PEM.toString(),
      blobs.map((blob) => halvesOf(blob)[0]),
    );
    const pairs = await pairUp(
      runs,
      () => secondsOf(() => judgeAll(blobs, kek)),
      () => secondsOf(bare),
    );
    return { ratios: ratiosOf(pairs), notes: perKey(pairs, FORGE_BLOBS, 'judge', 'bare OAEP') };
  },
};

const NODE_BLOBS = 200;

export const judgeNode: Benchmark = {
  id: 'judge-node',
  about: `${NODE_BLOBS} blobs judged with --engine node beside bare node:crypto (OAEP, KWP, key import), KEK of 2048 bits, in one process`,
  target: 0.5,
  async run(runs) {
    const kek = withNodeEngine(readTestKek(PEM), PEM);
    const blobs = blobsOf(NODE_BLOBS, kek);
    const key = practiceKey('kek-2048');
    const halves = blobs.map(halvesOf);
    const bare = () => {
      for (const [first, second] of halves) importBare(key, first, second);
    };
    const pairs = await pairUp(
      runs,
      () => secondsOf(() => judgeAll(blobs, kek)),
      () => secondsOf(bare),
    );
    return { ratios: ratiosOf(pairs), notes: perKey(pairs, NODE_BLOBS, 'judge', 'bare calls') };
  },
};

/** What opens a blob with node:crypto and nothing else: no check but those that these calls make. */
function importBare(kek: KeyObject, first: Buffer, second: Buffer): KeyObject {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const aesKey = privateDecrypt({ key: kek, padding, oaepHash: 'sha1' }, first);
  const unwrap = createDecipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  const target = Buffer.concat([unwrap.update(second), unwrap.final()]);
  if ([16, 24, 32].includes(target.length)) return createSecretKey(target);
  return createPrivateKey({ key: target, type: 'pkcs8', format: 'der' });
}
