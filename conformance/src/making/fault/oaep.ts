import type { AES_SIZE, OAEP } from '../../diagnosis/table/oaep.js';
import { HASH_BYTES, type HashName } from '../../oracle/oaep.js';
import { encryptBlock, oaepBlock, pkcs1Block } from '../rsa-block.js';
import type { Steps } from '../wrong-blob.js';
import type { Fault } from './fault.js';

const oaep =
  (hash: HashName, mgf1: HashName, label = ''): Fault =>
  ({ random }) => ({
    pad: (message, bytes) =>
      oaepBlock(message, bytes, { hash, mgf1, label: Buffer.from(label), seed: random('OAEP seed', HASH_BYTES[hash]) }),
  });
const padded =
  (pad: Steps['pad']): Fault =>
  () => ({ pad });

export const OAEP_FAULTS: Readonly<Record<keyof typeof OAEP, Fault>> = {
  'oaep/sha-256': oaep('sha256', 'sha256'),
  'oaep/sha-384': oaep('sha384', 'sha384'),
  'oaep/sha-512': oaep('sha512', 'sha512'),
  'oaep/sha-256-mgf1-sha-1': oaep('sha256', 'sha1'),
  'oaep/sha-384-mgf1-sha-1': oaep('sha384', 'sha1'),
  'oaep/sha-512-mgf1-sha-1': oaep('sha512', 'sha1'),
  'oaep/sha-1-mgf1-sha-256': oaep('sha1', 'sha256'),
  'oaep/mixed-hashes': oaep('sha256', 'sha512'),
  'oaep/label': oaep('sha1', 'sha1', 'key transfer'),
  'oaep/other-hash-and-label': oaep('sha256', 'sha256', 'key transfer'),
  'oaep/pkcs1-v1.5': ({ random }) => ({
    pad: (message, bytes) =>
      pkcs1Block(
        message,
        2,
        random('filler', bytes - message.length - 3).map((byte) => byte || 1),
      ),
  }),
  'oaep/signature-padding': padded((message, bytes) =>
    pkcs1Block(message, 1, Buffer.alloc(bytes - message.length - 3, 0xff)),
  ),
  'oaep/raw-rsa': padded((message, bytes) => Buffer.concat([Buffer.alloc(bytes - message.length), message])),
  'oaep/little-endian': () => ({ wrapAesKey: (block, kek) => encryptBlock(block, kek).reverse() }),
  'oaep/above-modulus': ({ random }) => ({
    wrapAesKey: (_, { bytes }) => Buffer.concat([Buffer.alloc(8, 0xff), random('above', bytes - 8)]),
  }),
  'oaep/other-kek': ({ otherKek }) => ({ kek: otherKek }),
};

const message =
  (change: (aesKey: Uint8Array) => Uint8Array): Fault =>
  ({ random }) => ({ message: change(random('AES key', 32)) });

export const AES_SIZE_FAULTS: Readonly<Record<keyof typeof AES_SIZE, Fault>> = {
  'aes-size/128': ({ random }) => ({ aesKey: random('AES key', 16) }),
  'aes-size/192': ({ random }) => ({ aesKey: random('AES key', 24) }),
  'aes-size/hex-text': message((key) => Buffer.from(Buffer.from(key).toString('hex'))),
  'aes-size/base64-text': message((key) => Buffer.from(Buffer.from(key).toString('base64'))),
  'aes-size/line-feed': message((key) => Buffer.from([...key, 0x0a])),
  'aes-size/none': message(() => Buffer.alloc(0)),
  'aes-size/other': message(() => Buffer.from('correct horse battery')),
};
