import { practiceKey } from '../../../test/support/practice-keys.js';
import { type Material, seededRandom } from '../../src/making/wrong-blob.js';
import { HSM_KID, type KEK_SIZES, plaintextOf, testKek } from './keys.js';

/** The practice keys as what blobs are made of; the other KEK is the practice target of that size. */
export function practiceMaterial(bits: (typeof KEK_SIZES)[number], seed: string): Material {
  const { n, e, bytes } = testKek(bits);
  const other = practiceKey(`rsa-${bits}`).export({ format: 'jwk' }).n ?? '';
  return {
    kek: { n, e, bytes },
    otherKek: { n: BigInt(`0x${Buffer.from(other, 'base64url').toString('hex')}`), e: 65537n, bytes },
    kid: HSM_KID,
    target: plaintextOf,
    random: seededRandom(seed),
  };
}
