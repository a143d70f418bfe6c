import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';

/** A KEK for trials, whose private part lives in this process. */
export interface ThrowawayKek {
  readonly privateKey: KeyObject;
  readonly jwk: RsaPublicJwk;
}

/** Makes one of so many bits, on another thread. */
export async function makeThrowawayKek(bits: number): Promise<ThrowawayKek> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  return { privateKey, jwk: publicJwkOf(publicKey) as RsaPublicJwk };
}
