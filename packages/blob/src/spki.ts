import { CURVE_NAMES, CURVES, curveOfOid } from './curves.js';
import { DerReader } from './der.js';
import { checkedEcJwk, checkedRsaJwk, type PublicJwk } from './jwk.js';
import type { Refuse } from './refuse.js';

/** rsaEncryption (RFC 8017 appendix A.1). */
export const RSA_ENCRYPTION = '2a864886f70d010101';
/** id-ecPublicKey (RFC 5480 section 2.1.1). */
export const EC_PUBLIC_KEY = '2a8648ce3d0201';

const OTHER_ALGORITHMS: Readonly<Record<string, string>> = {
  '2a864886f70d01010a': 'RSASSA-PSS',
  '2a864886f70d010107': 'RSAES-OAEP',
  '2b6570': 'Ed25519',
  '2b6571': 'Ed448',
  '2b656e': 'X25519',
  '2b656f': 'X448',
  '2a8648ce380401': 'DSA',
  '2a864886f70d010301': 'Diffie-Hellman',
};

/** What an algorithm is called, for reasons. */
export function algorithmName(oid: string): string {
  return OTHER_ALGORITHMS[oid] ?? `the algorithm with OID ${oid} (hex)`;
}

export interface SpkiRefusals {
  /** The bytes are no valid SubjectPublicKeyInfo. */
  readonly malformed: Refuse;
  /** They are one, but of a kind that cannot be used. */
  readonly unsupported: Refuse;
}

/**
 * Reads a DER SubjectPublicKeyInfo: rsaEncryption with NULL (RFC 3279 section 2.3.1), or id-ecPublicKey with a named
 * curve and an uncompressed point (RFC 5480 section 2). Nothing may follow.
 */
export function readSpki(der: Uint8Array, { malformed, unsupported }: SpkiRefusals): PublicJwk {
  const outer = new DerReader(der, malformed);
  const info = outer.sequence('SubjectPublicKeyInfo');
  outer.end('after SubjectPublicKeyInfo');
  const algorithm = info.sequence('algorithm');
  const oid = algorithm.oid('algorithm');
  if (oid === RSA_ENCRYPTION) {
    algorithm.null('algorithm parameters');
    algorithm.end('algorithm');
    const key = new DerReader(info.bytesOfBits('subjectPublicKey'), malformed);
    info.end('SubjectPublicKeyInfo');
    const numbers = key.sequence('RSAPublicKey');
    key.end('after RSAPublicKey');
    const jwk = checkedRsaJwk(numbers.integer('modulus'), numbers.integer('publicExponent'), malformed);
    numbers.end('RSAPublicKey');
    return jwk;
  }
  if (oid !== EC_PUBLIC_KEY) return unsupported(`expected an RSA or EC key, found one of ${algorithmName(oid)}`);
  const curve = curveOfOid(algorithm.oid('named curve'));
  algorithm.end('algorithm');
  if (curve === null) return unsupported(`expected one of ${CURVE_NAMES.join(', ')}, found another curve`);
  const point = info.bytesOfBits('subjectPublicKey');
  info.end('SubjectPublicKeyInfo');
  const { bytes } = CURVES[curve];
  if (point[0] !== 4 || point.length !== 1 + 2 * bytes) {
    return malformed(`expected an uncompressed point of ${1 + 2 * bytes} bytes, found ${point.length} bytes`);
  }
  return checkedEcJwk(curve, point.subarray(1, 1 + bytes), point.subarray(1 + bytes), malformed);
}
