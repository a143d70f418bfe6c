import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { rsaKey, rsaNumbersFrom } from '../making/targets.js';

const makePrime = promisify(generatePrime as (bits: number, options: { bigint: true }, callback: Callback) => void);
type Callback = (error: Error | null, prime: bigint) => void;

const E = 65537n;

/**
 * A fresh RSA key of exactly so many bits with the exponent 65537. Two random primes are enough for a key that protects
 * nothing, and take half the time of those that FIPS 186 has for keys that do.
 */
export async function makeRsaKey(bits: number): Promise<KeyObject> {
  for (;;) {
    const [p, q] = await Promise.all([makePrime(bits / 2, { bigint: true }), makePrime(bits / 2, { bigint: true })]);
    if (p === q || (p * q).toString(2).length !== bits || p % E === 1n || q % E === 1n) continue;
    const der = rsaKey(rsaNumbersFrom(p, q));
    try {
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    } finally {
      der.fill(0);
    }
  }
}
