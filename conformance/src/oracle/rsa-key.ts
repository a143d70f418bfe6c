import { type Binary, bitLength, unsigned } from './bytes.js';
import { integerOf, isNull, isSequence, type Node } from './der.js';
import type { Pkcs8 } from './pkcs8.js';
import type { Report } from './report.js';
import { type RsaNumbers, rsaConsistency } from './rsa-numbers.js';
import type { Target } from './target.js';
import { rsaThumbprint } from './thumbprint.js';

/** RSAPrivateKey (RFC 8017 appendix A.1.2) of two primes. Null where its numbers cannot be told. */
export function judgeRsaKey(pkcs8: Pkcs8, report: Report): Target | null {
  const parameters = isNull(pkcs8.parameters);
  report.check('blob/encoding/rsa/parameters', parameters, parameters ? 'NULL' : pkcs8.parameters ? 'others' : 'none');

  const fields = isSequence(pkcs8.key) ? pkcs8.key.value : [];
  const [version, ...values] = fields.slice(0, 9).map(unsignedInteger);
  const multi = version === '\x01' && fields.length === 10 && isSequence(fields[9]);
  const structure = values.length === 8 && !values.includes(null) && (fields.length === 9 || multi);
  const found = structure ? 'as expected' : describeFields(fields);
  if (!report.check('blob/encoding/rsa/structure', structure, found)) return null;
  report.check('blob/encoding/rsa/two-prime', version === '\0', multi ? 'more than two primes' : versionName(version));

  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP = 0n, dQ = 0n, qInv = 0n] = values.map((v) => unsigned(v ?? ''));
  judgeSizes(n, e, report);
  judgeNumbers({ n, e, d, p, q, dP, dQ, qInv }, multi, report);
  return { type: 'RSA', bits: bitLength(n), crv: null, thumbprint: rsaThumbprint({ n, e }), kcv: null };
}

function unsignedInteger(node: Node): Binary | null {
  const content = integerOf(node);
  return content !== null && content.charCodeAt(0) < 0x80 ? content : null;
}

function describeFields(fields: readonly Node[]): string {
  if (fields.length === 0) return 'no RSAPrivateKey';
  if (fields.slice(0, 9).some((field) => integerOf(field) === null)) return 'a field that is no integer';
  if (fields.slice(0, 9).some((field) => unsignedInteger(field) === null)) return 'a negative integer';
  return `${fields.length} fields`;
}

function versionName(version: Binary | null | undefined): string {
  return version === '\0' ? 'version 0' : version === '\x01' ? 'version 1 with two primes' : 'another version';
}

function judgeSizes(n: bigint, e: bigint, report: Report): void {
  const bits = bitLength(n);
  report.check('blob/policy/rsa/size', [2048, 3072, 4096].includes(bits), `${bits} bits`);
  const exponent = e < 1n << 32n ? String(e) : `a number of ${bitLength(e)} bits`;
  const usable = e >= 3n && e % 2n === 1n && e < 1n << 256n;
  if (usable && e !== 65537n) {
    report.warn('blob/policy/rsa/exponent', `${exponent}: whether the service takes it is not known`);
  } else {
    report.check('blob/policy/rsa/exponent', usable, exponent);
  }
}

function judgeNumbers(numbers: RsaNumbers, multi: boolean, report: Report): void {
  const { d, p, q, dP, dQ, qInv } = numbers;
  const complete = d > 0n && p > 1n && q > 1n && dP > 0n && dQ > 0n && qInv > 0n;
  if (!report.check('blob/encoding/rsa/crt-values', complete, complete ? 'all there' : 'some are zero') || multi)
    return;
  const { modulus, privateExponent, wrongCrt } = rsaConsistency(numbers);
  report.check('blob/key-consistency/rsa/modulus', modulus, modulus ? 'as expected' : 'n, p and q do not fit');
  report.skip('blob/key-consistency/rsa/primes', 'not tested: it would take longer than all else together');
  const exponent = privateExponent ? 'as expected' : 'd does not fit e, p and q';
  report.check('blob/key-consistency/rsa/private-exponent', privateExponent, exponent);
  const crt = wrongCrt.length === 0 ? 'as expected' : `wrong: ${wrongCrt.join(', ')}`;
  report.check('blob/key-consistency/rsa/crt', wrongCrt.length === 0, crt);
}
