/** The numbers of RSAPrivateKey (RFC 8017 appendix A.1.2). */
export interface RsaNumbers {
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dP: bigint;
  readonly dQ: bigint;
  readonly qInv: bigint;
}

/** Each answer is whether the numbers fit together. Whether p and q are prime is not asked: it would take too long. */
export interface RsaConsistency {
  readonly modulus: boolean;
  readonly privateExponent: boolean;
  /** Names of the CRT values that are wrong. */
  readonly wrongCrt: readonly string[];
}

/** Compares the numbers by the relations of RFC 8017 section 3.2. p and q must be above 1. */
export function rsaConsistency({ n, e, d, p, q, dP, dQ, qInv }: RsaNumbers): RsaConsistency {
  const odd = p % 2n === 1n && q % 2n === 1n;
  const wrongCrt = [];
  if (dP !== d % (p - 1n)) wrongCrt.push('exponent1');
  if (dQ !== d % (q - 1n)) wrongCrt.push('exponent2');
  if (qInv >= p || (q * qInv) % p !== 1n) wrongCrt.push('coefficient');
  return {
    modulus: p * q === n && p !== q && odd,
    privateExponent: d < n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n,
    wrongCrt,
  };
}
