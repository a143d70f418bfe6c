import { constants, createHash, type KeyObject, randomBytes, verify } from 'node:crypto';
import { type Curve, type PublicJwk, publicKeyObject } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { ServiceKey } from './service-key.js';
import type { Vault } from './vault.js';

interface Algorithm {
  /** The service's name (RFC 7518 section 3.1, RFC 8812 section 3.2). */
  readonly name: 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'ES256K';
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

const OF_CURVE: Readonly<Record<Curve, Algorithm>> = {
  'P-256': { name: 'ES256', hash: 'sha256' },
  'P-384': { name: 'ES384', hash: 'sha384' },
  'P-521': { name: 'ES512', hash: 'sha512' },
  secp256k1: { name: 'ES256K', hash: 'sha256' },
};

/**
 * Lets the vault sign 32 random bytes, and verifies the signature under the public key of the source HSM.
 * @throws IMPORTED_KEY_MISMATCH when it does not verify; SERVICE_REFUSED when the key must not sign; SERVICE_*.
 */
export async function provePossession(vault: Vault, key: ServiceKey, publicKey: PublicJwk): Promise<void> {
  const { kid, keyOps } = key;
  if (!keyOps.includes('sign')) {
    throw new KeyferryError('SERVICE_REFUSED', {
      reason: `expected a key that may sign, found one for ${keyOps.join(', ') || 'nothing'}: ${kid.text}`,
      hint: 'leave out --sign',
    });
  }
  const algorithm: Algorithm = publicKey.kty === 'RSA' ? { name: 'PS256', hash: 'sha256' } : OF_CURVE[publicKey.crv];
  const challenge = randomBytes(32);
  const digest = createHash(algorithm.hash).update(challenge).digest();
  const signature = await vault.sign(kid.name, kid.version, algorithm.name, digest);
  if (!verifies(publicKeyObject(publicKey), algorithm, challenge, signature)) {
    throw new KeyferryError('IMPORTED_KEY_MISMATCH', {
      reason: `expected a ${algorithm.name} signature that verifies under the key of the source, found one that does not: ${kid.text}`,
      values: { kid: kid.text },
    });
  }
}

function verifies(key: KeyObject, { name, hash }: Algorithm, data: Buffer, signature: Buffer): boolean {
  // RFC 7518 sections 3.4 and 3.5: ECDSA as r || s, PSS with a salt as long as the digest.
  const options =
    name === 'PS256'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key, dsaEncoding: 'ieee-p1363' as const };
  return verify(hash, data, options, signature);
}
