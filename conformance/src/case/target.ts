import type { Case } from './case.js';

/** The checks of the stages encoding, key-consistency, policy and expect. */
export const TARGET_CASES = {
  'blob/encoding/form': {
    title: 'the target is PKCS#8, or the bytes of an AES key',
    binding: 'must',
    why: 'The specification names PKCS#8 for RSA and EC and raw bytes for AES. Most recipes that fail, fail here.',
  },
  'blob/encoding/trailing': {
    title: 'nothing stands after the key',
    binding: 'must',
    why: 'OpenSSL passes over what follows, strict readers refuse it, and what the service does is not known.',
  },
  'blob/encoding/der': {
    title: 'the target is DER',
    binding: 'must',
    why: 'BER gives many spellings of one key. Lenient readers take them, HSMs often do not.',
  },
  'blob/encoding/version': {
    title: 'PKCS#8 has version 0',
    binding: 'must',
    why: 'Version 1 (RFC 5958) is newer than many an HSM, which then refuses the key.',
  },
  'blob/encoding/attributes': {
    title: 'PKCS#8 has no attributes',
    binding: 'should',
    why: 'RFC 5208 allows them. Whether the service does is not known, and they say nothing that it asks for.',
  },
  'blob/encoding/algorithm': {
    title: 'the algorithm is rsaEncryption or id-ecPublicKey',
    binding: 'must',
    why: 'The service takes RSA and EC keys. What a key may do is decided by key_ops, not by its algorithm identifier.',
  },
  'blob/encoding/rsa/parameters': {
    title: 'rsaEncryption has NULL as its parameters',
    binding: 'must',
    why: 'RFC 8017 demands it, and strict readers compare the whole identifier.',
  },
  'blob/encoding/rsa/structure': {
    title: 'the RSA key has all its fields',
    binding: 'must',
    why: 'HSMs compute with the primes, and few can find them from n, e and d.',
  },
  'blob/encoding/rsa/two-prime': {
    title: 'the RSA key has two primes',
    binding: 'must',
    why: 'PKCS#11 and the service know keys of two primes only.',
  },
  'blob/encoding/rsa/crt-values': {
    title: 'no number of the RSA key is zero',
    binding: 'must',
    why: 'Zeros in place of primes and exponents make an HSM compute zeros, or refuse the key.',
  },
  'blob/key-consistency/rsa/modulus': {
    title: 'the modulus is the product of the primes',
    binding: 'must',
    why: 'Else the key that is imported signs and decrypts nothing, and nobody notices before it is needed.',
  },
  'blob/key-consistency/rsa/primes': {
    title: 'the primes are prime',
    binding: 'may',
    why: 'It is not tested, since it would take longer than all else together, and says so.',
  },
  'blob/key-consistency/rsa/private-exponent': {
    title: 'the private exponent belongs to the public one',
    binding: 'must',
    why: 'Else what the private key does does not undo what the public key did.',
  },
  'blob/key-consistency/rsa/crt': {
    title: 'the CRT values follow from the primes',
    binding: 'must',
    why: 'A signature computed with one wrong value gives the primes away to everybody who sees it.',
  },
  'blob/policy/rsa/size': {
    title: 'the RSA key has a size that the service takes',
    binding: 'must',
    why: 'The specification lists 2048, 3072 and 4096 bits.',
  },
  'blob/policy/rsa/exponent': {
    title: 'the public exponent is odd and neither too small nor too large',
    binding: 'must',
    why: 'With 1 nothing is encrypted, an even one has no inverse, and many HSMs take no other than 65537.',
  },
  'blob/encoding/ec/named-curve': {
    title: 'the curve is named',
    binding: 'must',
    why: 'RFC 5480 forbids parameters that are spelt out: checking them is costly, and trusting them let attackers choose them (CVE-2020-0601).',
  },
  'blob/policy/ec/curve': {
    title: 'the curve is one that the service takes',
    binding: 'must',
    why: 'The service knows P-256, P-384, P-521 and P-256K, which is secp256k1.',
  },
  'blob/encoding/ec/structure': {
    title: 'the EC key is ECPrivateKey',
    binding: 'must',
    why: 'RFC 5915 has version 1 and the scalar as OCTET STRING. Ed25519 keys look similar and are built otherwise.',
  },
  'blob/encoding/ec/parameters': {
    title: 'the curve is the same inside and outside',
    binding: 'must',
    why: 'Readers disagree on which of the two counts, and on another curve the scalar is another key.',
  },
  'blob/encoding/ec/scalar-length': {
    title: 'the scalar has the length of the curve',
    binding: 'must',
    why: 'RFC 5915 fixes it. Software that drops zeros works for 255 keys of 256, and then fails.',
  },
  'blob/key-consistency/ec/scalar': {
    title: 'the scalar is in range',
    binding: 'must',
    why: 'Zero is no key, and a scalar above the order is another key after each reader has reduced it, or not.',
  },
  'blob/key-consistency/ec/public-key': {
    title: 'the public key inside belongs to the scalar',
    binding: 'must',
    why: 'A vault that believes it shows a public key under which no signature of the private one verifies.',
  },
  'blob/policy/oct/managed-hsm': {
    title: 'an AES key goes to a Managed HSM',
    binding: 'must',
    why: 'Key Vault keeps no AES keys; only a Managed HSM does.',
  },
  'blob/expect/file': {
    title: 'the file is the one that the manifest names',
    binding: 'must',
    why: 'Size and SHA-256 tell a copy that is damaged from the blob that was made.',
  },
  'blob/expect/kid': {
    title: 'the kid is the one of the manifest',
    binding: 'must',
    why: 'Blob and manifest are of one run, or they prove nothing about each other.',
  },
  'blob/expect/target': {
    title: 'the target has the expected type and size',
    binding: 'must',
    why: 'Two keys with one label are the usual reason for the wrong key in a blob.',
  },
  'blob/expect/public-key': {
    title: 'the target is the expected key',
    binding: 'must',
    why: 'A blob is not authenticated: whoever has the public KEK can make a right blob of a key of his own.',
  },
  'blob/expect/kcv': {
    title: 'the AES key has the expected key check value',
    binding: 'must',
    why: 'It is all that can be compared of an AES key. It finds errors, not attackers: it has 24 bits.',
  },
} as const satisfies Readonly<Record<`blob/${string}`, Case>>;
