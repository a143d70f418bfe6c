import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import type { RsaNumbers } from '../../src/oracle/rsa-numbers.js';

export function rsaNumbers(name: PracticeKeyName): RsaNumbers {
  const jwk = practiceKey(name).export({ format: 'jwk' });
  const number = (text: unknown) => BigInt(`0x${Buffer.from(String(text), 'base64url').toString('hex')}`);
  return {
    n: number(jwk.n),
    e: number(jwk.e),
    d: number(jwk.d),
    p: number(jwk.p),
    q: number(jwk.q),
    dP: number(jwk.dp),
    dQ: number(jwk.dq),
    qInv: number(jwk.qi),
  };
}

/** Scalar and uncompressed point. */
export function ecParts(name: PracticeKeyName): { scalar: Buffer; point: Buffer } {
  const { d = '', x = '', y = '' } = practiceKey(name).export({ format: 'jwk' });
  const [scalar, ...point] = [d, x, y].map((text) => Buffer.from(text, 'base64url'));
  return { scalar: scalar ?? Buffer.alloc(0), point: Buffer.concat([Buffer.of(4), ...point]) };
}
