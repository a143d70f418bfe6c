import { type Curve, type EcPublicJwk, ecPublicJwk } from '@keyferry/blob';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521, secp256k1 } as const;

/**
 * Every public key under which an ECDSA signature (r || s) of a digest is valid (SEC 1 version 2.0 section 4.1.6).
 * There are two of them as a rule, so a second signature has to decide.
 */
export function recoverEcPublicKeys(crv: Curve, digest: Uint8Array, signature: Uint8Array): EcPublicJwk[] {
  const curve = CURVES[crv];
  const parsed = curve.Signature.fromBytes(signature, 'compact');
  const coordinateBytes = signature.length / 2;
  return [0, 1, 2, 3].flatMap((bit) => {
    try {
      const point = parsed.addRecoveryBit(bit).recoverPublicKey(digest).toBytes(false);
      return [ecPublicJwk(crv, point.subarray(1, 1 + coordinateBytes), point.subarray(1 + coordinateBytes))];
    } catch {
      return []; // no point of the curve has this x-coordinate
    }
  });
}
