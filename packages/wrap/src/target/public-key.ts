import { createHash, randomBytes, verify } from 'node:crypto';
import {
  type Curve,
  type EcPublicJwk,
  ecPublicJwk,
  type NotChecked,
  type PublicJwk,
  publicKeyObject,
  type RsaPublicJwk,
  rsaPublicJwk,
  samePublicKey,
} from '@keyferry/blob';
import { CKM, isHsmError, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { recoverEcPublicKeys } from './ec-recovery.js';
import type { Target } from './target.js';

/** The public part of the target, and how far it is known to be that. */
export interface TargetPublicKey {
  readonly publicKey: PublicJwk | null;
  readonly source: 'object' | 'recovered' | null;
  readonly notChecked: readonly NotChecked[];
}

interface Signature {
  readonly data: Buffer;
  readonly signature: Buffer;
}

/**
 * The public key of the target. The token's public object counts only if a signature by the target verifies under it.
 * Else it is recovered: EC from two ECDSA signatures, RSA from modulus and exponent of the private object. Else null.
 * Errors: HSM_ERROR.
 */
export async function findPublicKey(session: Session, target: Target): Promise<TargetPublicKey> {
  if (target.type === 'oct') return { publicKey: null, source: null, notChecked: [] };
  const proof = await proveBySignature(session, target);
  const holds = (jwk: PublicJwk) => proof !== null && verifies(jwk, proof);
  const published = publicObjectsOf(session, target).find(holds);
  if (published !== undefined) return { publicKey: published, source: 'object', notChecked: [] };
  const recovered = target.type === 'RSA' ? readPrivateRsa(session, target) : await recoverEc(session, target, proof);
  if (recovered === null) return { publicKey: null, source: null, notChecked: ['target-public-key'] };
  return { publicKey: recovered, source: 'recovered', notChecked: holds(recovered) ? [] : ['target-private-match'] };
}

/** A signature by the target over fresh data; null when the key must not sign, or wants a PIN for each use. */
async function proveBySignature(session: Session, target: Target): Promise<Signature | null> {
  if (session.read(target.object, 'sign') !== true || session.read(target.object, 'alwaysAuthenticate') === true)
    return null;
  const data = Buffer.concat([
    Buffer.from('keyferry-wrap: this signature proves which public key belongs to the target. '),
    randomBytes(32),
  ]);
  const digest = createHash('sha256').update(data).digest();
  try {
    const signature =
      target.type === 'EC'
        ? await session.sign({ type: CKM.ECDSA }, target.object, digest)
        : await session.sign({ type: CKM.RSA_PKCS }, target.object, Buffer.concat([SHA256_DIGEST_INFO, digest]));
    return { data, signature };
  } catch (error) {
    if (isHsmError(error)) return null; // e.g. CKA_ALLOWED_MECHANISMS forbids it; then nothing is proven, and the manifest says so
    throw error;
  }
}

/** DER of DigestInfo for SHA-256 up to the digest itself (RFC 8017 section 9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function verifies(jwk: PublicJwk, proof: Signature): boolean {
  const key = publicKeyObject(jwk);
  return verify('sha256', proof.data, jwk.kty === 'EC' ? { key, dsaEncoding: 'ieee-p1363' } : key, proof.signature);
}

function publicObjectsOf(session: Session, target: Target): PublicJwk[] {
  const id = Buffer.from(target.id, 'hex');
  const template = id.length > 0 ? { id } : { label: target.label };
  return session
    .find({ class: 'public-key', keyType: target.type === 'RSA' ? 'RSA' : 'EC', ...template })
    .map((object) => (target.type === 'RSA' ? readRsa(session, object) : readEc(session, object, target.crv)))
    .filter((jwk) => jwk !== null);
}

function readRsa(session: Session, object: ObjectHandle): RsaPublicJwk | null {
  const modulus = session.read(object, 'modulus');
  const exponent = session.read(object, 'publicExponent');
  return modulus === null || exponent === null ? null : rsaPublicJwk(modulus, exponent);
}

function readPrivateRsa(session: Session, target: Target): RsaPublicJwk | null {
  return readRsa(session, target.object);
}

/** CKA_EC_POINT is the uncompressed point, in a DER OCTET STRING or, in some tokens, bare. */
function readEc(session: Session, object: ObjectHandle, crv: Curve | null): EcPublicJwk | null {
  const value = session.read(object, 'ecPoint');
  if (value === null || crv === null) return null;
  const coordinateBytes = COORDINATE_BYTES[crv];
  const point = value.subarray(value.length - (1 + 2 * coordinateBytes));
  if (point.length !== 1 + 2 * coordinateBytes || point[0] !== 4) return null;
  try {
    return ecPublicJwk(crv, point.subarray(1, 1 + coordinateBytes), point.subarray(1 + coordinateBytes));
  } catch {
    return null; // not on the curve: then it is not the public key of the target
  }
}

const COORDINATE_BYTES: Record<Curve, number> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 };

async function recoverEc(session: Session, target: Target, proof: Signature | null): Promise<EcPublicJwk | null> {
  if (proof === null || target.crv === null) return null;
  const second = await proveBySignature(session, target);
  if (second === null) return null;
  const digest = createHash('sha256').update(proof.data).digest();
  const candidates = recoverEcPublicKeys(target.crv, digest, proof.signature).filter((jwk) => verifies(jwk, second));
  const [only, ...others] = candidates;
  return only !== undefined && others.every((other) => samePublicKey(other, only)) ? only : null;
}
