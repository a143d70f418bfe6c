import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';

/** A KEK for trials, whose private part lives in this process. */
export interface ThrowawayKek {
  readonly privateKey: KeyObject;
  readonly jwk: RsaPublicJwk;
}

/**
 * Makes one of so many bits. It goes by way of DER: Node 20 waits for ever if garbage is collected while a KeyObject that
 * generateKeyPair made is exported as a JWK, since both take the same lock.
 */
export async function makeThrowawayKek(bits: number): Promise<ThrowawayKek> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  try {
    return {
      privateKey: createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' }),
      jwk: publicJwkOf(createPublicKey({ key: publicKey, type: 'spki', format: 'der' })) as RsaPublicJwk,
    };
  } finally {
    privateKey.fill(0);
  }
}
