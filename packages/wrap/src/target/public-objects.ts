import { type Curve, type EcPublicJwk, ecPublicJwk, type RsaPublicJwk, rsaPublicJwk } from '@keyferry/blob';
import type { ObjectHandle, Session } from '@keyferry/pkcs11';

/** Modulus and exponent of a public or private RSA object; null where the token does not show them. */
export function readRsaPublicKey(session: Session, object: ObjectHandle): RsaPublicJwk | null {
  const { modulus, publicExponent } = session.readTogether(object, ['modulus', 'publicExponent']);
  return modulus === null || publicExponent === null ? null : rsaPublicJwk(modulus, publicExponent);
}

/**
 * CKA_EC_POINT, the uncompressed point, in a DER OCTET STRING or, in some tokens, bare. Null where the token does not show
 * it, and for what is no point of the curve.
 */
export function readEcPoint(session: Session, object: ObjectHandle, crv: Curve): EcPublicJwk | null {
  const value = session.read(object, 'ecPoint');
  if (value === null) return null;
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
