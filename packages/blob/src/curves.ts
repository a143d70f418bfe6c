/** The curves of the service, by their JWK names (RFC 7518 section 6.2.1.1, RFC 8812 section 3.1). */
export type Curve = 'P-256' | 'P-384' | 'P-521' | 'secp256k1';

export interface CurveFacts {
  /** The size of the field, which is what people call the size of the key. */
  readonly bits: 256 | 384 | 521;
  /** Bytes of a coordinate and of a scalar (SEC 1 section 2.3.5 and 2.3.7). */
  readonly bytes: number;
  /** The order of the base point: a scalar is 1 to order - 1. */
  readonly order: bigint;
  /** RFC 5480 section 2.1.1.1; SEC 2 appendix A.2.1 for secp256k1. */
  readonly oid: string;
  /** Bytes of its content in DER. */
  readonly oidBytes: number;
  /** What OpenSSL calls it. */
  readonly openssl: string;
}

export const CURVES: Readonly<Record<Curve, CurveFacts>> = {
  'P-256': {
    bits: 256,
    bytes: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    oid: '1.2.840.10045.3.1.7',
    oidBytes: 8,
    openssl: 'prime256v1',
  },
  'P-384': {
    bits: 384,
    bytes: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    oid: '1.3.132.0.34',
    oidBytes: 5,
    openssl: 'secp384r1',
  },
  'P-521': {
    bits: 521,
    bytes: 66,
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    oid: '1.3.132.0.35',
    oidBytes: 5,
    openssl: 'secp521r1',
  },
  secp256k1: {
    bits: 256,
    bytes: 32,
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    oid: '1.3.132.0.10',
    oidBytes: 5,
    openssl: 'secp256k1',
  },
};

export const CURVE_NAMES = Object.keys(CURVES) as readonly Curve[];

/** The curve of an OBJECT IDENTIFIER; null for a curve that the service does not know. */
export function curveOfOid(oid: string): Curve | null {
  return CURVE_NAMES.find((name) => CURVES[name].oid === oid) ?? null;
}
