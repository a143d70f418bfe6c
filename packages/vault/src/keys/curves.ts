import { createECDH } from 'node:crypto';
import type { Curve } from '../rules/key-types.js';

export interface CurveFacts {
  /** DER of the object identifier (RFC 5480 section 2.1.1.1, SEC 2): a named curve and nothing else. */
  readonly ecParams: Buffer;
  /** Bytes of a coordinate. */
  readonly bytes: number;
  /** The name in a JWK outside of the service. */
  readonly jwk: string;
  /** The name in OpenSSL. */
  readonly openssl: string;
}

export const CURVE_FACTS: Readonly<Record<Curve, CurveFacts>> = {
  'P-256': { ecParams: Buffer.from('06082a8648ce3d030107', 'hex'), bytes: 32, jwk: 'P-256', openssl: 'prime256v1' },
  'P-384': { ecParams: Buffer.from('06052b81040022', 'hex'), bytes: 48, jwk: 'P-384', openssl: 'secp384r1' },
  'P-521': { ecParams: Buffer.from('06052b81040023', 'hex'), bytes: 66, jwk: 'P-521', openssl: 'secp521r1' },
  'P-256K': { ecParams: Buffer.from('06052b8104000a', 'hex'), bytes: 32, jwk: 'secp256k1', openssl: 'secp256k1' },
};

/** The base point of a curve, uncompressed: the public key of the private key 1. */
export function basePoint(curve: Curve): Buffer {
  const { openssl, bytes } = CURVE_FACTS[curve];
  const one = createECDH(openssl);
  one.setPrivateKey(Buffer.from([...Buffer.alloc(bytes - 1), 1]));
  return one.getPublicKey();
}
