import { createHash, randomBytes } from 'node:crypto';
import { type EcPublicJwk, type NotChecked, type PublicJwk, samePublicKey } from '@keyferry/blob';
import { isHsmError, type Session } from '@keyferry/pkcs11';
import { recoverEcPublicKeys } from './ec-recovery.js';
import { readEcPoint, readRsaPublicKey } from './public-objects.js';
import { signSha256, verifiesSha256 } from './signature.js';
import type { Finder, Target } from './target.js';

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
export async function findPublicKey(
  session: Session,
  target: Target,
  finder: Finder = session,
): Promise<TargetPublicKey> {
  if (target.type === 'oct') return { publicKey: null, source: null, notChecked: [] };
  const proof = await proveBySignature(session, target);
  const holds = (jwk: PublicJwk) => proof !== null && verifiesSha256(jwk, proof.data, proof.signature);
  const published = publicObjectsOf(session, target, finder).find(holds);
  if (published !== undefined) return { publicKey: published, source: 'object', notChecked: [] };
  const recovered =
    target.type === 'RSA' ? readRsaPublicKey(session, target.object) : await recoverEc(session, target, proof);
  if (recovered === null) return { publicKey: null, source: null, notChecked: ['target-public-key'] };
  return { publicKey: recovered, source: 'recovered', notChecked: holds(recovered) ? [] : ['target-private-match'] };
}

/** A signature by the target over fresh data; null when the key must not sign, or wants a PIN for each use. */
async function proveBySignature(session: Session, target: Target): Promise<Signature | null> {
  const { sign, alwaysAuthenticate } = session.readTogether(target.object, ['sign', 'alwaysAuthenticate']);
  if (sign !== true || alwaysAuthenticate === true) return null;
  const data = Buffer.concat([
    Buffer.from('keyferry-wrap: this signature proves which public key belongs to the target. '),
    randomBytes(32),
  ]);
  try {
    return { data, signature: await signSha256(session, target.type, target.object, data) };
  } catch (error) {
    if (isHsmError(error)) return null; // e.g. CKA_ALLOWED_MECHANISMS forbids it; then nothing is proven, and the manifest says so
    throw error;
  }
}

function publicObjectsOf(session: Session, target: Target, finder: Finder): PublicJwk[] {
  const id = Buffer.from(target.id, 'hex');
  const template = id.length > 0 ? { id } : { label: target.label };
  return finder
    .find({ class: 'public-key', keyType: target.type === 'RSA' ? 'RSA' : 'EC', ...template })
    .map((object) =>
      target.crv === null ? readRsaPublicKey(session, object) : readEcPoint(session, object, target.crv),
    )
    .filter((jwk) => jwk !== null);
}

async function recoverEc(session: Session, target: Target, proof: Signature | null): Promise<EcPublicJwk | null> {
  if (proof === null || target.crv === null) return null;
  const second = await proveBySignature(session, target);
  if (second === null) return null;
  const digest = createHash('sha256').update(proof.data).digest();
  const candidates = recoverEcPublicKeys(target.crv, digest, proof.signature).filter((jwk) =>
    verifiesSha256(jwk, second.data, second.signature),
  );
  const [only, ...others] = candidates;
  return only !== undefined && others.every((other) => samePublicKey(other, only)) ? only : null;
}
