import { bitLength, fromBinary, unsigned } from '../oracle/bytes.js';
import { integerOf, isSequence, type Node, octetsOf } from '../oracle/der.js';
import { rsaConsistency } from '../oracle/rsa-numbers.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';
import { fieldsOf } from './explain-pkcs8.js';

export function explainRsaParameters({ plaintext }: Evidence): DiagnosisId {
  const algorithm = fieldsOf(plaintext ?? new Uint8Array())[1];
  return isSequence(algorithm) && algorithm.value.length > 1 ? 'rsa/parameters' : 'rsa/parameters-missing';
}

/** Fields other than those of RSAPrivateKey. */
export function explainRsaStructure({ plaintext }: Evidence): DiagnosisId {
  const fields = innerFields(plaintext);
  if (octetsOf(fields[1]) !== null) return 'rsa/holds-ec';
  const integers = fields.map(integerOf);
  if (fields.length === 4 && !integers.includes(null)) return 'rsa/n-e-d-only';
  return integers.some((content) => (content ?? '').charCodeAt(0) >= 0x80) ? 'rsa/negative' : 'rsa/structure';
}

export function explainTwoPrime({ plaintext }: Evidence): DiagnosisId {
  return innerFields(plaintext).length > 9 ? 'rsa/multi-prime' : 'rsa/version-1';
}

export function explainPrivateExponent({ plaintext }: Evidence): DiagnosisId {
  const { n, e, d, p, q } = numbersOf(plaintext);
  if (e % 2n === 0n) return 'rsa/exponent-even';
  const reduced = d >= n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n;
  return reduced ? 'rsa/private-exponent-range' : 'rsa/private-exponent';
}

/** CRT values that do not follow. */
export function explainCrt({ plaintext }: Evidence): DiagnosisId {
  const numbers = numbersOf(plaintext);
  const exchanged = rsaConsistency({ ...numbers, p: numbers.q, q: numbers.p });
  return exchanged.wrongCrt.length === 0 || isExchangedButCoefficient(exchanged.wrongCrt)
    ? 'rsa/crt-exchanged'
    : 'rsa/crt';
}

/** qInv belongs to the order of the primes: it may be wrong in both. */
function isExchangedButCoefficient(wrong: readonly string[]): boolean {
  return wrong.length === 1 && wrong[0] === 'coefficient';
}

export function explainRsaSize({ plaintext }: Evidence): DiagnosisId {
  const bits = bitLength(numbersOf(plaintext).n);
  return bits < 2048 ? 'rsa/too-small' : bits > 4096 ? 'rsa/too-large' : 'rsa/size';
}

export function explainExponent({ plaintext }: Evidence): DiagnosisId {
  const { e } = numbersOf(plaintext);
  if (e === 1n) return 'rsa/exponent-one';
  if (e % 2n === 0n) return 'rsa/exponent-even';
  return e >= 1n << 256n ? 'rsa/exponent-large' : 'rsa/exponent-unusual';
}

function innerFields(plaintext: Uint8Array | null): Node[] {
  return fieldsOf(fromBinary(octetsOf(fieldsOf(plaintext ?? new Uint8Array())[2]) ?? ''));
}

function numbersOf(plaintext: Uint8Array | null) {
  const values = innerFields(plaintext).map((field) => unsigned(integerOf(field) ?? ''));
  const [, n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP = 0n, dQ = 0n, qInv = 0n] = values;
  return { n, e, d, p, q, dP, dQ, qInv };
}
