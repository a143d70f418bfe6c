import { aeskwp } from '@noble/ciphers/aes.js';
import forge from 'node-forge';
import { base64url, fromBinary, toBinary } from './bytes.js';

/** What is random when a blob is made. The same values give the same bytes. */
export interface Randomness {
  /** 32 bytes; the caller wipes them. */
  readonly aesKey: Uint8Array;
  /** Of OAEP: 20 bytes. */
  readonly seed: Uint8Array;
}

export interface BlobParts extends Randomness {
  readonly kek: { readonly n: bigint; readonly e: bigint };
  readonly kid: string;
  /** PKCS#8 in DER, or the bytes of an AES key. Taken as they are. */
  readonly target: Uint8Array;
  readonly generator?: string;
}

/** A blob as the Azure BYOK specification has it, in UTF-8. */
export function makeBlob(parts: BlobParts): Buffer {
  const { kek, target, kid, generator = 'keyferry-conformance; practice key in software' } = parts;
  const blob = {
    schema_version: '1.0.0',
    header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: base64url(makeCiphertext(kek, target, parts)),
    generator,
  };
  return Buffer.from(JSON.stringify(blob));
}

/** RSA-OAEP (SHA-1, MGF1-SHA-1, empty label) of the AES key, then the target wrapped by RFC 5649. */
export function makeCiphertext(kek: BlobParts['kek'], target: Uint8Array, { aesKey, seed }: Randomness): Buffer {
  const sha1 = forge.md.sha1.create();
  const key = forge.pki.setRsaPublicKey(bigInteger(kek.n), bigInteger(kek.e));
  const options = { md: sha1, mgf1: { md: forge.md.sha1.create() }, seed: toBinary(seed) };
  const wrappedAesKey = fromBinary(key.encrypt(toBinary(aesKey), 'RSA-OAEP', options));
  return Buffer.concat([wrappedAesKey, aeskwp(aesKey).encrypt(Uint8Array.from(target))]);
}

function bigInteger(value: bigint): forge.jsbn.BigInteger {
  return new forge.jsbn.BigInteger(value.toString(16), 16);
}
