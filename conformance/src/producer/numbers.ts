import { createHash } from 'node:crypto';

/** The primes below 2^12: a number without them passes the checks by trial division that tools are known to make. */
const PRIMES = Array.from({ length: 4096 }, (_, n) => n).filter(
  (n) => n > 1 && !Array.from({ length: n }, (_, d) => d).some((d) => d > 1 && d * d <= n && n % d === 0),
);

/** An odd number of exactly so many bits without a small factor, which could be a modulus. The same for the same seed. */
export function oddNumber(bits: number, seed: number): bigint {
  let digest = createHash('sha512').update(`modulus ${seed}`).digest();
  let bytes = digest;
  while (bytes.length * 8 < bits) {
    digest = createHash('sha512').update(digest).digest();
    bytes = Buffer.concat([bytes, digest]);
  }
  const top = 1n << BigInt(bits - 1);
  let number = (BigInt(`0x${bytes.toString('hex')}`) % top) | top | 1n;
  while (PRIMES.some((prime) => number % BigInt(prime) === 0n)) number += 2n;
  return number;
}
