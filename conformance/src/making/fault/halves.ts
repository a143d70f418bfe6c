import type { HALVES } from '../../diagnosis/table/halves.js';
import { encryptBlock, oaepBlock } from '../rsa-block.js';
import type { Material, Steps } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const joined =
  (join: Steps['join']): Fault =>
  () => ({ join });
const concat = (...parts: Uint8Array[]) => Buffer.concat(parts);

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** For each size of KEK another one with which no length of a wrapped target comes out under both, in bytes. */
const OTHER_SIZES: Readonly<Record<number, number>> = { 256: 384, 384: 512, 512: 256 };

/** The target itself under RSA-OAEP, cut into pieces where it is too long. */
function oaepOf(target: Uint8Array, { kek, random }: Material): Buffer {
  const most = kek.bytes - 42;
  const pieces = Array.from({ length: Math.ceil(target.length / most) }, (_, index) => {
    const oaep = { hash: 'sha1', mgf1: 'sha1', label: Buffer.alloc(0), seed: random(`piece ${index}`, 20) } as const;
    return encryptBlock(oaepBlock(target.subarray(index * most, (index + 1) * most), kek.bytes, oaep), kek);
  });
  return concat(...pieces);
}

export const HALVES_FAULTS: Readonly<Record<keyof typeof HALVES, Fault>> = {
  'halves/reversed': joined((first, second) => concat(second, first)),
  'halves/length-between': joined((first, second) => concat(first, lengthOf(second), second)),
  'halves/length-before': joined((first, second) => concat(lengthOf(first), first, lengthOf(second), second)),
  'halves/aes-key-alone': joined((first) => first),
  'halves/target-alone': joined((_, second) => second),
  'halves/oaep-of-the-whole': (material) => ({ join: () => oaepOf(material.target('ec-p256'), material) }),
  'halves/oaep-in-pieces': (material) => ({ join: () => oaepOf(material.target('rsa-2048'), material) }),
  'halves/aes-key-in-clear': (material) => ({
    join: (_, second) => concat(material.random('AES key', 32), second),
  }),
  'halves/kek-size': ({ random, kek }) => ({
    join: (_, second) => concat(random('a wrapped AES key', OTHER_SIZES[kek.bytes] ?? 256), second),
  }),
  'halves/second-cut-short': joined((first, second) => concat(first, second.subarray(0, 8))),
  'halves/short': joined((first) => first.subarray(0, 12)),
  'halves/bytes-after': joined((first, second) => concat(first, second, Buffer.from('\n'))),
  'halves/blocks-after': joined((first, second) => concat(first, second, Buffer.alloc(16))),
  'halves/cut': joined((first, second) => concat(first, second.subarray(0, -3))),
};
