import { createECDH } from 'node:crypto';
import type { Curve } from '../rules/key-types.js';

export interface CurveFacts {
  /** DER of the object identifier (RFC 5480 section 2.1.1.1, SEC 2): a named curve and nothing else. */
  readonly ecParams: Buffer;
  /** Bytes of a coordinate. */
  readonly bytes: number;
  /** The order of the base point (SEC 2): a private value is at least 1 and below it. */
  readonly order: Buffer;
  /** The name in a JWK outside of the service. */
  readonly jwk: string;
  /** The name in OpenSSL. */
  readonly openssl: string;
}

const hex = (text: string) => Buffer.from(text, 'hex');

export const CURVE_FACTS: Readonly<Record<Curve, CurveFacts>> = {
  'P-256': {
    ecParams: hex('06082a8648ce3d030107'),
    bytes: 32,
    order: hex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
    jwk: 'P-256',
    openssl: 'prime256v1',
  },
  'P-384': {
    ecParams: hex('06052b81040022'),
    bytes: 48,
    order: hex('ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'),
    jwk: 'P-384',
    openssl: 'secp384r1',
  },
  'P-521': {
    ecParams: hex('06052b81040023'),
    bytes: 66,
    order: hex(
      '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    ),
    jwk: 'P-521',
    openssl: 'secp521r1',
  },
  'P-256K': {
    ecParams: hex('06052b8104000a'),
    bytes: 32,
    order: hex('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'),
    jwk: 'secp256k1',
    openssl: 'secp256k1',
  },
};

/** The base point of a curve, uncompressed: the public key of the private key 1. */
export function basePoint(curve: Curve): Buffer {
  const { openssl, bytes } = CURVE_FACTS[curve];
  const one = createECDH(openssl);
  one.setPrivateKey(Buffer.from([...Buffer.alloc(bytes - 1), 1]));
  return one.getPublicKey();
}
