import { createHash, verify } from 'node:crypto';
import { type PublicJwk, publicKeyObject } from '@keyferry/blob';
import { CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';

/** DER of DigestInfo for SHA-256 up to the digest itself (RFC 8017 section 9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** A signature over data by a key in the token: ECDSA (r || s) or RSASSA-PKCS1-v1_5, with SHA-256. */
export function signSha256(
  session: Session,
  type: 'RSA' | 'EC' | 'oct',
  key: ObjectHandle,
  data: Buffer,
): Promise<Buffer> {
  const digest = createHash('sha256').update(data).digest();
  return type === 'EC'
    ? session.sign({ type: CKM.ECDSA }, key, digest)
    : session.sign({ type: CKM.RSA_PKCS }, key, Buffer.concat([SHA256_DIGEST_INFO, digest]));
}

export function verifiesSha256(jwk: PublicJwk, data: Buffer, signature: Buffer): boolean {
  const key = publicKeyObject(jwk);
  return verify('sha256', data, jwk.kty === 'EC' ? { key, dsaEncoding: 'ieee-p1363' } : key, signature);
}
