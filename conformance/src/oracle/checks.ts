/** What a check is about. Those of one target type, or of an expectation, are listed only where there is one. */
export type Subject = 'every blob' | 'RSA' | 'EC' | 'oct' | 'expectation';

export interface Check {
  readonly subject: Subject;
  /** Where the rule stands. */
  readonly clause: string;
  /** What a right blob shows, in a few words. */
  readonly expected: string;
}

const BYOK = 'Azure BYOK specification, key transfer blob';
const BYOK_KEK = 'Azure BYOK specification, key exchange key';
const BYOK_TARGETS = 'Azure BYOK specification, supported key types';
const MANIFEST = 'keyferry/manifest/1';

/**
 * Every check of a blob, in the order in which they are made and reported. An id never changes; its second word is
 * the stage: envelope, kid, length, oaep, aes-size, kwp, encoding, key-consistency, policy, expect.
 */
export const CHECKS = {
  'blob/envelope/size': { subject: 'every blob', clause: BYOK, expected: '1 to 65536 bytes' },
  'blob/envelope/utf8': { subject: 'every blob', clause: 'RFC 8259 section 8.1', expected: 'UTF-8' },
  'blob/envelope/bom': { subject: 'every blob', clause: 'RFC 8259 section 8.1', expected: 'no byte order mark' },
  'blob/envelope/json': { subject: 'every blob', clause: 'RFC 8259 section 2', expected: 'one JSON object' },
  'blob/envelope/duplicate-members': {
    subject: 'every blob',
    clause: 'RFC 8259 section 4',
    expected: 'each member once',
  },
  'blob/envelope/members': {
    subject: 'every blob',
    clause: BYOK,
    expected: 'schema_version, header.kid, header.alg, header.enc, ciphertext and generator, each a string',
  },
  'blob/envelope/unknown-members': { subject: 'every blob', clause: BYOK, expected: 'no other members' },
  'blob/envelope/schema-version': { subject: 'every blob', clause: BYOK, expected: '"1.0.0"' },
  'blob/envelope/alg': { subject: 'every blob', clause: BYOK, expected: '"dir"' },
  'blob/envelope/enc': { subject: 'every blob', clause: BYOK, expected: '"CKM_RSA_AES_KEY_WRAP"' },
  'blob/envelope/generator': {
    subject: 'every blob',
    clause: BYOK,
    expected: 'a generator of at most 1024 visible characters',
  },
  'blob/envelope/base64url': { subject: 'every blob', clause: 'RFC 4648 section 5', expected: 'base64url' },
  'blob/envelope/base64-padding': { subject: 'every blob', clause: BYOK, expected: 'no "=" at the end' },
  'blob/kid/form': {
    subject: 'every blob',
    clause: BYOK_KEK,
    expected: 'https://HOST/keys/NAME/VERSION',
  },
  'blob/kid/host': {
    subject: 'every blob',
    clause: BYOK_KEK,
    expected: 'a Key Vault or Managed HSM of the public, US government or China cloud',
  },
  'blob/kid/version': { subject: 'every blob', clause: BYOK_KEK, expected: 'a version of 32 hex digits' },
  'blob/length/halves': {
    subject: 'every blob',
    clause: BYOK,
    expected: 'the length of the KEK modulus, and at least 16 bytes more',
  },
  'blob/length/wrapped-target': {
    subject: 'every blob',
    clause: 'RFC 5649 section 4.1',
    expected: 'a multiple of 8 bytes after the wrapped AES key',
  },
  'blob/oaep/padding': {
    subject: 'every blob',
    clause: 'RFC 8017 section 7.1.2',
    expected: 'RSA-OAEP with SHA-1, MGF1 with SHA-1 and an empty label, under this KEK',
  },
  'blob/aes-size/bits': { subject: 'every blob', clause: BYOK, expected: 'an AES key of 256 bits' },
  'blob/kwp/aiv': {
    subject: 'every blob',
    clause: 'RFC 5649 section 3',
    expected: 'the alternative initial value A65959A6',
  },
  'blob/kwp/length-field': {
    subject: 'every blob',
    clause: 'RFC 5649 section 3',
    expected: 'a length that fills all blocks of 8 bytes but part of the last',
  },
  'blob/kwp/padding': { subject: 'every blob', clause: 'RFC 5649 section 3', expected: 'zero bytes as padding' },
  'blob/encoding/form': {
    subject: 'every blob',
    clause: 'RFC 5208 section 5',
    expected: 'PKCS#8 PrivateKeyInfo, or the 16, 24 or 32 bytes of an AES key',
  },
  'blob/encoding/trailing': { subject: 'every blob', clause: 'RFC 5208 section 5', expected: 'nothing after the key' },
  'blob/encoding/der': { subject: 'every blob', clause: 'X.690 section 10', expected: 'DER' },
  'blob/encoding/version': { subject: 'every blob', clause: 'RFC 5208 section 5', expected: 'version 0' },
  'blob/encoding/attributes': { subject: 'every blob', clause: 'RFC 5208 section 5', expected: 'no attributes' },
  'blob/encoding/algorithm': {
    subject: 'every blob',
    clause: BYOK_TARGETS,
    expected: 'rsaEncryption or id-ecPublicKey',
  },
  'blob/encoding/rsa/parameters': { subject: 'RSA', clause: 'RFC 8017 appendix A.1', expected: 'NULL' },
  'blob/encoding/rsa/structure': {
    subject: 'RSA',
    clause: 'RFC 8017 appendix A.1.2',
    expected: 'RSAPrivateKey of a version and eight unsigned integers',
  },
  'blob/encoding/rsa/two-prime': {
    subject: 'RSA',
    clause: 'RFC 8017 appendix A.1.2',
    expected: 'version 0, two primes',
  },
  'blob/encoding/rsa/crt-values': {
    subject: 'RSA',
    clause: 'RFC 8017 appendix A.1.2',
    expected: 'primes, exponents and coefficient, none zero',
  },
  'blob/key-consistency/rsa/modulus': {
    subject: 'RSA',
    clause: 'RFC 8017 section 3.2',
    expected: 'n = p * q, with p and q odd and different',
  },
  'blob/key-consistency/rsa/primes': { subject: 'RSA', clause: 'RFC 8017 section 3.1', expected: 'p and q are prime' },
  'blob/key-consistency/rsa/private-exponent': {
    subject: 'RSA',
    clause: 'RFC 8017 section 3.2',
    expected: 'e * d = 1 modulo p - 1 and q - 1, with d < n',
  },
  'blob/key-consistency/rsa/crt': {
    subject: 'RSA',
    clause: 'RFC 8017 section 3.2',
    expected: 'exponents and coefficient that follow from d, p and q',
  },
  'blob/policy/rsa/size': { subject: 'RSA', clause: BYOK_TARGETS, expected: '2048, 3072 or 4096 bits' },
  'blob/policy/rsa/exponent': {
    subject: 'RSA',
    clause: 'FIPS 186-5 appendix A.1.1',
    expected: 'an odd public exponent of at least 3 and below 2^256, best 65537',
  },
  'blob/encoding/ec/named-curve': {
    subject: 'EC',
    clause: 'RFC 5480 section 2.1.1',
    expected: 'the object identifier of a named curve',
  },
  'blob/policy/ec/curve': { subject: 'EC', clause: BYOK_TARGETS, expected: 'P-256, P-384, P-521 or secp256k1' },
  'blob/encoding/ec/structure': {
    subject: 'EC',
    clause: 'RFC 5915 section 3',
    expected: 'ECPrivateKey: version 1, scalar, parameters and public key where present',
  },
  'blob/encoding/ec/parameters': {
    subject: 'EC',
    clause: 'RFC 5915 section 3',
    expected: 'the same curve in both places, or in the outer one alone',
  },
  'blob/encoding/ec/scalar-length': {
    subject: 'EC',
    clause: 'RFC 5915 section 3',
    expected: 'a scalar exactly as long as the order of the curve',
  },
  'blob/key-consistency/ec/scalar': {
    subject: 'EC',
    clause: 'SEC 1 section 3.2.1',
    expected: 'a scalar from 1 to the order of the curve less 1',
  },
  'blob/key-consistency/ec/public-key': {
    subject: 'EC',
    clause: 'RFC 5915 section 3',
    expected: 'the uncompressed point that belongs to the scalar, or none',
  },
  'blob/policy/oct/managed-hsm': { subject: 'oct', clause: BYOK_TARGETS, expected: 'a kid of a Managed HSM' },
  'blob/expect/file': { subject: 'expectation', clause: MANIFEST, expected: 'the file that the manifest names' },
  'blob/expect/kid': { subject: 'expectation', clause: MANIFEST, expected: 'the kid of the manifest' },
  'blob/expect/target': { subject: 'expectation', clause: MANIFEST, expected: 'a key of the expected type and size' },
  'blob/expect/public-key': {
    subject: 'expectation',
    clause: 'RFC 7638',
    expected: 'the key of the expected thumbprint',
  },
  'blob/expect/kcv': { subject: 'expectation', clause: MANIFEST, expected: 'the expected key check value' },
} as const satisfies Readonly<Record<`blob/${string}`, Check>>;

export type CheckId = keyof typeof CHECKS;

export const CHECK_IDS = Object.keys(CHECKS) as readonly CheckId[];
