/** The curves that can be transferred, by their names in a JWK (RFC 7518, RFC 8812). */
export type Curve = 'P-256' | 'P-384' | 'P-521' | 'secp256k1';

/** CKA_EC_PARAMS of each curve: the DER of its object identifier (RFC 5480 section 2.1.1.1, SEC 2). */
export const EC_PARAMS: Readonly<Record<Curve, Buffer>> = {
  'P-256': Buffer.from('06082a8648ce3d030107', 'hex'),
  'P-384': Buffer.from('06052b81040022', 'hex'),
  'P-521': Buffer.from('06052b81040023', 'hex'),
  secp256k1: Buffer.from('06052b8104000a', 'hex'),
};

/** The curve that CKA_EC_PARAMS names; null for any other curve and for explicit parameters. */
export function curveOfEcParams(der: Uint8Array): Curve | null {
  for (const curve of Object.keys(EC_PARAMS) as Curve[]) {
    if (EC_PARAMS[curve].equals(der)) return curve;
  }
  return null;
}
