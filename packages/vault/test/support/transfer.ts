import { constants, createCipheriv, createPublicKey, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';

/** Wraps bytes for a KEK as the BYOK specification says, with node:crypto alone; each step can be done wrongly. */
export interface WrapOptions {
  readonly aesKey?: Buffer;
  readonly oaepHash?: string;
  readonly oaepLabel?: Buffer;
  readonly padding?: number;
  /** Names of node:crypto, for example id-aes256-wrap-pad. */
  readonly cipher?: string;
}

export function wrapFor(kek: { n: string; e: string }, plaintext: Buffer, options: WrapOptions = {}): Buffer {
  const {
    aesKey = randomBytes(32),
    oaepHash = 'sha1',
    oaepLabel,
    padding = constants.RSA_PKCS1_OAEP_PADDING,
  } = options;
  const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: kek.n, e: kek.e } });
  const label = oaepLabel === undefined ? {} : { oaepLabel };
  const wrappedAesKey = publicEncrypt({ key, padding, oaepHash, ...label }, aesKey);
  return Buffer.concat([wrappedAesKey, aesWrapped(aesKey, plaintext, options.cipher)]);
}

/** RFC 5649, or RFC 3394 by another cipher name. */
export function aesWrapped(aesKey: Buffer, plaintext: Buffer, cipher = `id-aes${aesKey.length * 8}-wrap-pad`): Buffer {
  const iv = Buffer.from(cipher.endsWith('-pad') ? 'a65959a6' : 'a6a6a6a6a6a6a6a6', 'hex');
  const wrap = createCipheriv(cipher, aesKey, iv);
  return Buffer.concat([wrap.update(plaintext), wrap.final()]);
}

/** The bytes that travel: PKCS#8 in DER, or the bare bytes of an AES key. */
export function plaintextOf(key: KeyObject): Buffer {
  return key.type === 'secret' ? key.export() : key.export({ format: 'der', type: 'pkcs8' });
}

export function blobFor(kid: string, ciphertext: Buffer): Record<string, unknown> {
  return {
    schema_version: '1.0.0',
    header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: ciphertext.toString('base64url'),
    generator: 'a test; node:crypto',
  };
}

export function keyHsm(blob: unknown): string {
  return Buffer.from(typeof blob === 'string' ? blob : JSON.stringify(blob)).toString('base64url');
}
