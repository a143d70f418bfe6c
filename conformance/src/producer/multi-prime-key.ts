import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import * as asn1 from '../making/asn1.js';
import { inverse, rsaKey, rsaNumbersFrom } from '../making/targets.js';

const makePrime = promisify(generatePrime as (bits: number, options: { bigint: true }, callback: Callback) => void);
type Callback = (error: Error | null, prime: bigint) => void;

const PRIME_BITS = 1024;
const E = 65537n;

/**
 * A fresh RSA key of exactly so many bits, a multiple of 1024, with the exponent 65537, of primes of 1024 bits each (RFC 8017
 * section 3.2). Four of them are made in a fifth of the time of two of 2048 bits; nobody can tell by the public key, and no
 * method is known that finds them.
 */
export async function makeMultiPrimeKey(bits: number): Promise<KeyObject> {
  const primes: bigint[] = [];
  for (;;) {
    const missing = Array.from({ length: bits / PRIME_BITS - primes.length }, () => fittingPrime());
    primes.push(...(await Promise.all(missing)));
    const fit = new Set(primes).size === primes.length && product(primes).toString(2).length === bits;
    if (fit) return keyOf(primes);
    // A product may lack a bit. The smallest prime is to blame.
    primes.sort((a, b) => (a < b ? -1 : 1)).shift();
  }
}

async function fittingPrime(): Promise<bigint> {
  for (;;) {
    const prime = await makePrime(PRIME_BITS, { bigint: true });
    if (prime % E !== 1n) return prime;
  }
}

/** RSAPrivateKey with OtherPrimeInfos for the primes from the third on (RFC 8017 appendix A.1.2). */
function keyOf([p = 0n, q = 0n, ...others]: readonly bigint[]): KeyObject {
  const primes = [p, q, ...others];
  const d = inverse(E, product(primes.map((prime) => prime - 1n)));
  const infos = others.map((prime, index) => {
    const coefficient = inverse(product(primes.slice(0, index + 2)) % prime, prime);
    return asn1.sequence(...[prime, d % (prime - 1n), coefficient].map((number) => asn1.integer(number)));
  });
  const rest = infos.length === 0 ? {} : { version: 1n, rest: asn1.sequence(...infos) };
  const der = rsaKey({ ...rsaNumbersFrom(p, q, E), n: product(primes), d, ...rest });
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

function product(numbers: readonly bigint[]): bigint {
  return numbers.reduce((all, number) => all * number, 1n);
}
