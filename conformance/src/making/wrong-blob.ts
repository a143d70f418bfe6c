import forge from 'node-forge';
import { base64url, fromBinary } from '../oracle/bytes.js';
import { wrapPadded } from './key-wrap.js';
import { encryptBlock, oaepBlock, type PublicKek } from './rsa-block.js';

export type TargetName =
  | `rsa-${2048 | 3072 | 4096}`
  | `ec-${'p256' | 'p384' | 'p521' | 'secp256k1'}`
  | `aes-${128 | 192 | 256}`;

/** What blobs are made of. The same material gives the same bytes. */
export interface Material {
  readonly kek: PublicKek;
  /** Another one of the same size. */
  readonly otherKek: PublicKek;
  /** The identifier of a key in a Managed HSM. */
  readonly kid: string;
  /** Practice keys: PKCS#8 in DER as OpenSSL writes it, or the bytes of an AES key. */
  target(name: TargetName): Uint8Array;
  /** Bytes that look random: the same for the same words. */
  random(words: string, bytes: number): Uint8Array;
}

export interface BlobObject {
  readonly schema_version: unknown;
  readonly header: { readonly kid: unknown; readonly alg: unknown; readonly enc: unknown };
  readonly ciphertext: unknown;
  readonly generator: unknown;
}

/** The steps of making a blob, in their order. */
export interface Steps {
  readonly target: Uint8Array;
  readonly aesKey: Uint8Array;
  /** What is wrapped in the place of the AES key. */
  readonly message: Uint8Array;
  readonly kek: PublicKek;
  /** The padding of RSA: a block as long as the modulus. */
  pad(message: Uint8Array, bytes: number): Uint8Array;
  wrapAesKey(block: Uint8Array, kek: PublicKek): Uint8Array;
  wrapTarget(target: Uint8Array, aesKey: Uint8Array): Uint8Array;
  join(wrappedAesKey: Uint8Array, wrappedTarget: Uint8Array): Uint8Array;
  /** The member ciphertext. */
  spell(ciphertext: Uint8Array): unknown;
  object(blob: BlobObject, ciphertext: Uint8Array): unknown;
  text(object: unknown): string;
  file(text: string, ciphertext: Uint8Array): Uint8Array;
}

/** A blob of a practice key on P-256; right but for the steps that are given. */
export function makeWrongBlob(material: Material, steps: Partial<Steps>): Buffer {
  const { kek, kid, random, target } = material;
  const aesKey = steps.aesKey ?? random('AES key', 32);
  const all: Steps = {
    target: steps.target ?? target('ec-p256'),
    aesKey,
    message: aesKey,
    kek,
    pad: (message, bytes) =>
      oaepBlock(message, bytes, { hash: 'sha1', mgf1: 'sha1', label: Buffer.alloc(0), seed: random('OAEP seed', 20) }),
    wrapAesKey: encryptBlock,
    wrapTarget: wrapPadded,
    join: (...halves) => Buffer.concat(halves),
    spell: base64url,
    object: (blob) => blob,
    text: (object) => JSON.stringify(object),
    file: (text) => Buffer.from(text),
    ...steps,
  };
  const wrappedAesKey = all.wrapAesKey(all.pad(all.message, all.kek.bytes), all.kek);
  const ciphertext = all.join(wrappedAesKey, all.wrapTarget(all.target, aesKey));
  const blob: BlobObject = {
    schema_version: '1.0.0',
    header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: all.spell(ciphertext),
    generator: 'keyferry-conformance; practice key in software',
  };
  return Buffer.from(all.file(all.text(all.object(blob, ciphertext)), ciphertext));
}

/** `random` of a Material: SHA-512 over seed, words and a counter. */
export function seededRandom(seed: string): Material['random'] {
  return (words, bytes) => {
    const blocks = Array.from({ length: Math.ceil(bytes / 64) }, (_, counter) => {
      const digest = forge.md.sha512
        .create()
        .update(JSON.stringify([seed, words, counter]), 'utf8')
        .digest();
      return fromBinary(digest.getBytes());
    });
    return Buffer.concat(blocks).subarray(0, bytes);
  };
}
