import type { DiagnosisTable } from './diagnosis.js';

const FIELDS = 'write version 0 and the eight numbers n, e, d, p, q, dP, dQ, qInv of RFC 8017 appendix A.1.2';
const SIZES = 'choose an RSA key of 2048, 3072 or 4096 bits';

/** What can be wrong with an RSA target. */
export const RSA = {
  'rsa/parameters-missing': {
    check: 'blob/encoding/rsa/parameters',
    title: 'the NULL after rsaEncryption is missing',
    cause: 'an ASN.1 library leaves optional parameters out, and here they are not',
    mend: 'write NULL as the parameters of rsaEncryption',
  },
  'rsa/parameters': {
    check: 'blob/encoding/rsa/parameters',
    title: 'the parameters of rsaEncryption are not NULL',
    cause: 'the parameters of another algorithm were kept',
    mend: 'write NULL as the parameters of rsaEncryption',
  },
  'rsa/holds-ec': {
    check: 'blob/encoding/rsa/structure',
    title: 'the target says RSA and holds an EC key',
    cause: 'the algorithm is written the same for every key',
    mend: 'write id-ecPublicKey and the curve for an EC key',
  },
  'rsa/n-e-d-only': {
    check: 'blob/encoding/rsa/structure',
    title: 'the RSA key has n, e and d alone',
    cause: 'the HSM or the library keeps no primes, or gave only CKA_MODULUS and CKA_PRIVATE_EXPONENT',
    mend: FIELDS,
  },
  'rsa/zero-crt': {
    check: 'blob/encoding/rsa/crt-values',
    title: 'the primes or CRT values of the RSA key are zero',
    cause: 'the HSM or the library keeps no primes, and zeros were written in their place',
    mend: FIELDS,
  },
  'rsa/negative': {
    check: 'blob/encoding/rsa/structure',
    title: 'a number of the RSA key is negative',
    cause: 'the zero byte is missing that a number needs whose first bit is set',
    mend: 'put a zero byte in front of numbers whose first bit is set',
  },
  'rsa/structure': {
    check: 'blob/encoding/rsa/structure',
    title: 'the RSA key has other fields than RSAPrivateKey',
    cause: 'a number was left out or added, or something else was put into PKCS#8',
    mend: FIELDS,
  },
  'rsa/multi-prime': {
    check: 'blob/encoding/rsa/two-prime',
    title: 'the RSA key has more than two primes',
    cause: 'the key was generated as a multi-prime one, for speed',
    mend: 'choose an RSA key of two primes',
  },
  'rsa/version-1': {
    check: 'blob/encoding/rsa/two-prime',
    title: 'the RSA key says that it has more than two primes, and has two',
    cause: 'an own encoder wrote version 1',
    mend: FIELDS,
  },
  'rsa/modulus': {
    check: 'blob/key-consistency/rsa/modulus',
    title: 'the modulus is not the product of the primes',
    cause: 'numbers of two keys were mixed, or the key was damaged before it was wrapped',
    mend: 'take all numbers from one key: openssl pkey -check tells',
  },
  'rsa/private-exponent-range': {
    check: 'blob/key-consistency/rsa/private-exponent',
    title: 'the private exponent fits, but is larger than the modulus',
    cause: 'it was not reduced',
    mend: 'reduce d modulo lcm(p - 1, q - 1)',
  },
  'rsa/private-exponent': {
    check: 'blob/key-consistency/rsa/private-exponent',
    title: 'the private exponent does not fit the public one',
    cause: 'numbers of two keys were mixed, or the public exponent was written as 65537 without looking',
    mend: 'take all numbers from one key: openssl pkey -check tells',
  },
  'rsa/crt-exchanged': {
    check: 'blob/key-consistency/rsa/crt',
    title: 'the primes are exchanged and the CRT values are not',
    cause: 'the primes were sorted by size after the CRT values had been computed',
    mend: 'exchange dP and dQ with p and q, and compute qInv again',
  },
  'rsa/crt': {
    check: 'blob/key-consistency/rsa/crt',
    title: 'the CRT values do not follow from d, p and q',
    cause: 'numbers of two keys were mixed, or one was computed wrongly',
    mend: 'compute dP = d mod (p - 1), dQ = d mod (q - 1), qInv = q^-1 mod p',
  },
  'rsa/too-small': {
    check: 'blob/policy/rsa/size',
    title: 'the RSA key is smaller than 2048 bits',
    cause: 'an old key was chosen',
    mend: SIZES,
  },
  'rsa/too-large': {
    check: 'blob/policy/rsa/size',
    title: 'the RSA key is larger than 4096 bits',
    cause: 'the service takes no key of this size',
    mend: SIZES,
  },
  'rsa/size': {
    check: 'blob/policy/rsa/size',
    title: 'the RSA key has a size between those that the service takes',
    cause: 'the key was generated with an odd size, or its modulus lost its first bit',
    mend: SIZES,
  },
  'rsa/exponent-one': {
    check: 'blob/policy/rsa/exponent',
    title: 'the public exponent is 1: such a key encrypts and signs nothing',
    cause: 'a test value, or an index written in the place of the exponent',
    mend: 'choose an RSA key with the public exponent 65537',
  },
  'rsa/exponent-even': {
    check: 'blob/policy/rsa/exponent',
    title: 'the public exponent is even: no private exponent belongs to it',
    cause: 'the bytes of the exponent were reversed or shifted, 65537 read as 16777472 or 65536',
    mend: 'choose an RSA key with the public exponent 65537',
  },
  'rsa/exponent-large': {
    check: 'blob/policy/rsa/exponent',
    title: 'the public exponent is larger than FIPS 186-5 allows',
    cause: 'the private exponent was written in its place, or the key was made on purpose',
    mend: 'choose an RSA key with the public exponent 65537',
  },
  'rsa/exponent-unusual': {
    check: 'blob/policy/rsa/exponent',
    title: 'the public exponent is not 65537',
    cause: 'the key is an old one, or was made by a tool with another default, such as 3 or 17',
    mend: 'choose an RSA key with the public exponent 65537, or be ready for a refusal',
  },
} as const satisfies DiagnosisTable;
