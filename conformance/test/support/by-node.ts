import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { bytesFor, HSM_KID } from './keys.js';

/** Steps of making a blob with node:crypto, each of which a test can make wrong. */
export interface Steps {
  readonly kek: KeyObject;
  readonly aesKey: Uint8Array;
  wrapAesKey(aesKey: Uint8Array, kek: KeyObject): Buffer;
  wrapTarget(target: Uint8Array, aesKey: Uint8Array): Buffer;
  join(wrappedAesKey: Buffer, wrappedTarget: Buffer): Buffer;
}

const RIGHT: Steps = {
  kek: practiceKey('kek-2048'),
  aesKey: bytesFor('AES key', 32),
  wrapAesKey: oaep('sha1'),
  wrapTarget: kwp,
  join: (a, b) => Buffer.concat([a, b]),
};

/** A blob made by node:crypto; right but for the steps that are given. */
export function blobByNode(target: Uint8Array, steps: Partial<Steps> = {}): Buffer {
  const { kek, aesKey, wrapAesKey, wrapTarget, join } = { ...RIGHT, ...steps };
  const ciphertext = join(wrapAesKey(aesKey, kek), wrapTarget(target, aesKey));
  return envelope({ ciphertext: ciphertext.toString('base64url') });
}

/** The JSON around a ciphertext; right but for the members that are given. */
export function envelope(members: Record<string, unknown>): Buffer {
  const header = { kid: HSM_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
  return Buffer.from(JSON.stringify({ schema_version: '1.0.0', header, generator: 'test', ...members }));
}

export function oaep(oaepHash: string, oaepLabel?: Buffer): Steps['wrapAesKey'] {
  return (aesKey, key) =>
    publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash, ...(oaepLabel ? { oaepLabel } : {}) },
      aesKey,
    );
}

/** RFC 5649. */
export function kwp(target: Uint8Array, aesKey: Uint8Array): Buffer {
  return cipher(`id-aes${aesKey.length * 8}-wrap-pad`, aesKey, Buffer.from('a65959a6', 'hex'), target);
}

/** RFC 3394 of a multiple of 8 bytes, with another initial value where one is given. */
export function kw(target: Uint8Array, aesKey: Uint8Array, iv = Buffer.alloc(8, 0xa6)): Buffer {
  return cipher(`id-aes${aesKey.length * 8}-wrap`, aesKey, iv, target);
}

/** RFC 5649 by hand: an initial value with any length field, over bytes padded in any way. */
export function kwpWith(lengthField: number, padded: Uint8Array, aesKey: Uint8Array): Buffer {
  const iv = Buffer.from('a65959a600000000', 'hex');
  iv.writeUInt32BE(lengthField, 4);
  return kw(padded, aesKey, iv);
}

/** Zero bytes up to a multiple of 8. */
export function zeroPadded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

function cipher(name: string, key: Uint8Array, iv: Buffer, plaintext: Uint8Array): Buffer {
  const wrap = createCipheriv(name, key, iv);
  return Buffer.concat([wrap.update(plaintext), wrap.final()]);
}
