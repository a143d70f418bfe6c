import { createHash, createPublicKey, ECDH, randomBytes, verify } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';
import type { Curve } from '../rules/key-types.js';
import { basePoint, CURVE_FACTS } from './curves.js';
import { ECDSA, ecdh } from './mechanisms.js';

/**
 * The public key of an EC private key that has SIGN and DERIVE, as base64url coordinates; null when no public key fits.
 * The private value stays in the token: ECDH with the base point gives the x coordinate of the public key (which is no
 * secret), and of the two points that have it, one verifies a fresh signature.
 */
export async function recoverEcPublicKey(
  session: Session,
  key: ObjectHandle,
  curve: Curve,
): Promise<{ readonly x: string; readonly y: string } | null> {
  const { bytes, openssl, jwk } = CURVE_FACTS[curve];
  const x = await publicX(session, key, curve);
  const message = randomBytes(32);
  const digest = createHash('sha256').update(message).digest();
  const signature = await session.sign(ECDSA, key, digest);
  for (const sign of [2, 3]) {
    const compressed = Buffer.concat([Buffer.of(sign), x]);
    const point = ECDH.convertKey(compressed, openssl, undefined, undefined, 'uncompressed') as Buffer;
    const y = point.subarray(1 + bytes);
    const coordinates = { x: x.toString('base64url'), y: y.toString('base64url') };
    const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: jwk, ...coordinates } });
    if (verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) return coordinates;
  }
  return null;
}

async function publicX(session: Session, key: ObjectHandle, curve: Curve): Promise<Buffer> {
  const { bytes } = CURVE_FACTS[curve];
  return session.temporary(async (own) => {
    const shared = own(
      await session.derive(ecdh(basePoint(curve)), key, {
        class: 'secret-key',
        keyType: 'generic-secret',
        token: false,
        private: false,
        sensitive: false,
        extractable: true,
        valueLen: bytes,
      }),
    );
    const x = session.read(shared, 'value');
    if (x?.length === bytes) return x;
    throw new KeyferryError('HSM_ERROR', { reason: `expected ${bytes} bytes from ECDH, found ${x?.length ?? 'none'}` });
  });
}
