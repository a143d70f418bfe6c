import { createPublicKey } from 'node:crypto';
import { jwkThumbprint, type PublicJwk } from '../../conformance/src/oracle/index.js';
import type { VectorTarget } from '../../conformance/src/vectors/format.js';
import { type PracticeKeyName, practiceKey } from '../../test/support/practice-keys.js';
import { kwp } from './aes-wrap.js';
import { hex, seeded } from './draft.js';
import { kekNumbers, oaepEncoded, rsaPublic } from './rsa.js';

export const KEK_SIZES = [2048, 3072, 4096] as const;
export type KekSize = (typeof KEK_SIZES)[number];

const plaintexts = new Map<PracticeKeyName, Buffer>();

/** What a blob carries: PKCS#8 in DER, or the bytes of an AES key. A copy each time. */
export function plaintextOf(name: PracticeKeyName): Buffer {
  let bytes = plaintexts.get(name);
  if (bytes === undefined) {
    const key = practiceKey(name);
    bytes = key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' });
    plaintexts.set(name, bytes);
  }
  return Buffer.from(bytes);
}

/** A practice KEK as a group of tests states it. */
export function kekMembers(keySize: KekSize) {
  const key = practiceKey(`kek-${keySize}`);
  return {
    keySize,
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKeyPkcs8: hex(key.export({ type: 'pkcs8', format: 'der' })),
  };
}

/** A practice key as a group of tests describes it. */
export function targetOf(name: PracticeKeyName): VectorTarget {
  const key = practiceKey(name);
  if (key.type === 'secret') {
    return { type: 'oct', bits: (key.symmetricKeySize ?? 0) * 8, crv: null, thumbprint: null };
  }
  return describeJwk(createPublicKey(key).export({ format: 'jwk' }));
}

export function describeJwk(jwk: { kty?: string; n?: string; crv?: string }): VectorTarget {
  const thumbprint = jwkThumbprint(jwk as PublicJwk);
  if (jwk.kty === 'RSA') {
    return { type: 'RSA', bits: Buffer.from(jwk.n ?? '', 'base64url').length * 8, crv: null, thumbprint };
  }
  const crv = jwk.crv as NonNullable<VectorTarget['crv']>;
  return { type: 'EC', bits: { 'P-256': 256, 'P-384': 384, 'P-521': 521, secp256k1: 256 }[crv], crv, thumbprint };
}

/** In a Managed HSM, which takes every kind of target. */
export const HSM_KID = 'https://bank.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef';

/** A right ciphertext: RSA-OAEP of an AES-256 key, then the target by RFC 5649. */
export function ciphertextFor(name: PracticeKeyName, keySize: KekSize, run = 0): Buffer {
  const words = `blob ${keySize} ${name} ${run}`;
  return ciphertextOf(plaintextOf(name), keySize, words);
}

/** The same for any bytes; `words` fix what is random. */
export function ciphertextOf(plaintext: Uint8Array, keySize: KekSize, words: string): Buffer {
  const kek = kekNumbers(keySize);
  const aesKey = seeded(`${words} AES key`, 32);
  const block = oaepEncoded(aesKey, kek.bytes, { seed: seeded(`${words} seed`, 20) });
  return Buffer.concat([rsaPublic(kek, block), kwp(aesKey, plaintext)]);
}
