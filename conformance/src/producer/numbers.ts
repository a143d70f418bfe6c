import { createHash } from 'node:crypto';

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
  while (hasSmallFactor(number)) number += 2n;
  return number;
}

/** Of an odd number, one below 2^12: tools are known to look for them by trial division. */
function hasSmallFactor(number: bigint): boolean {
  for (let factor = 3n; factor < 4096n; factor += 2n) if (number % factor === 0n) return true;
  return false;
}
