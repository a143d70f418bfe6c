import { CURVE_NAMES, CURVES, curveOfOid } from './curves.js';
import { DerReader, TAG } from './der.js';
import { checkedEcJwk, checkedRsaJwk, type PublicJwk } from './jwk.js';
import type { Refuse } from './refuse.js';

/** rsaEncryption (RFC 8017 appendix A.1). */
export const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** id-ecPublicKey (RFC 5480 section 2.1.1). */
export const EC_PUBLIC_KEY = '1.2.840.10045.2.1';

const ALGORITHM_NAMES: Readonly<Record<string, string>> = {
  [RSA_ENCRYPTION]: 'an RSA key',
  [EC_PUBLIC_KEY]: 'an EC key',
  '1.2.840.113549.1.1.10': 'an RSASSA-PSS key',
  '1.2.840.113549.1.1.7': 'an RSAES-OAEP key',
  '1.3.101.110': 'an X25519 key',
  '1.3.101.111': 'an X448 key',
  '1.3.101.112': 'an Ed25519 key',
  '1.3.101.113': 'an Ed448 key',
  '1.2.840.10040.4.1': 'a DSA key',
  '1.2.840.113549.1.3.1': 'a Diffie-Hellman key',
};

/** What kind of key an algorithm has, with its article, for reasons. */
export function algorithmName(oid: string): string {
  return ALGORITHM_NAMES[oid] ?? `a key of algorithm ${oid}`;
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
  if (oid !== EC_PUBLIC_KEY) return unsupported(`expected an RSA or EC key, found ${algorithmName(oid)}`);
  if (algorithm.sees(TAG.sequence)) unsupported('expected a named curve, found explicit curve parameters');
  const curveOid = algorithm.oid('named curve');
  const curve = curveOfOid(curveOid);
  algorithm.end('algorithm');
  if (curve === null) return unsupported(`expected one of ${CURVE_NAMES.join(', ')}, found the curve ${curveOid}`);
  const point = info.bytesOfBits('subjectPublicKey');
  info.end('SubjectPublicKeyInfo');
  const { bytes } = CURVES[curve];
  if (point[0] !== 4 || point.length !== 1 + 2 * bytes) {
    return malformed(`expected an uncompressed point of ${1 + 2 * bytes} bytes, found ${point.length} bytes`);
  }
  return checkedEcJwk(curve, point.subarray(1, 1 + bytes), point.subarray(1 + bytes), malformed);
}
