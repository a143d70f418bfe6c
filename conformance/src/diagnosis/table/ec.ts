import type { DiagnosisTable } from './diagnosis.js';

const NAMED = 'write the object identifier of the curve: openssl pkey -ec_param_enc named_curve';
const WIDTH = 'write the scalar in exactly as many bytes as the order of the curve has, with zeros in front';

/** What can be wrong with an EC target. */
export const EC = {
  'ec/explicit-parameters': {
    check: 'blob/encoding/ec/named-curve',
    title: 'the curve is spelt out in explicit parameters',
    cause: 'the key was generated with param_enc:explicit, or by an old library whose default that was',
    mend: NAMED,
  },
  'ec/no-curve': {
    check: 'blob/encoding/ec/named-curve',
    title: 'the algorithm names no curve',
    cause: 'the curve was written inside ECPrivateKey alone, where SEC 1 has it',
    mend: 'write the object identifier of the curve as the parameters of id-ecPublicKey',
  },
  'ec/brainpool': {
    check: 'blob/policy/ec/curve',
    title: 'the key is on a Brainpool curve',
    cause: 'the key was made for another purpose',
    mend: 'choose a key on P-256, P-384, P-521 or secp256k1',
  },
  'ec/curve': {
    check: 'blob/policy/ec/curve',
    title: 'the key is on a curve that the service does not take',
    cause: 'the key was made for another purpose',
    mend: 'choose a key on P-256, P-384, P-521 or secp256k1',
  },
  'ec/holds-rsa': {
    check: 'blob/encoding/ec/structure',
    title: 'the target says EC and holds an RSA key',
    cause: 'the algorithm is written the same for every key',
    mend: 'write rsaEncryption with NULL for an RSA key',
  },
  'ec/bare-scalar': {
    check: 'blob/encoding/ec/structure',
    title: 'PKCS#8 holds the bare scalar and not ECPrivateKey',
    cause: 'the scalar was put into PKCS#8 directly, as it is right for Ed25519 alone',
    mend: 'put ECPrivateKey (RFC 5915) around the scalar',
  },
  'ec/version': {
    check: 'blob/encoding/ec/structure',
    title: 'ECPrivateKey has another version than 1',
    cause: 'the version of PKCS#8 was written inside as well',
    mend: 'write version 1 inside and version 0 outside',
  },
  'ec/structure': {
    check: 'blob/encoding/ec/structure',
    title: 'the EC key has other fields than ECPrivateKey',
    cause: 'the scalar was written as an INTEGER, or a tag is wrong',
    mend: 'write version 1, the scalar as OCTET STRING, and [0] and [1] explicit where they are there',
  },
  'ec/other-curve-inside': {
    check: 'blob/encoding/ec/parameters',
    title: 'the curve inside ECPrivateKey is another than the one outside',
    cause: 'the outer curve is written the same for every key',
    mend: 'write the curve of the key outside, and leave it out inside',
  },
  'ec/explicit-inside': {
    check: 'blob/encoding/ec/parameters',
    title: 'the curve inside ECPrivateKey is spelt out in explicit parameters',
    cause: 'an old key in explicit form was put into PKCS#8',
    mend: NAMED,
  },
  'ec/scalar-short': {
    check: 'blob/encoding/ec/scalar-length',
    title: 'the scalar is shorter than the curve wants',
    cause: 'zeros in front were dropped, as big-number libraries do: about one key in 256 shows it',
    mend: WIDTH,
  },
  'ec/scalar-long': {
    check: 'blob/encoding/ec/scalar-length',
    title: 'the scalar is longer than the curve wants',
    cause: 'the sign byte of a big number was kept: about every second key shows it',
    mend: WIDTH,
    seen: 'BigInteger.toByteArray() of Java writes a sign byte',
  },
  'ec/scalar-zero': {
    check: 'blob/key-consistency/ec/scalar',
    title: 'the scalar is zero',
    cause: 'a buffer was wiped, or an attribute that cannot be read was taken for the key',
    mend: 'let the HSM wrap the key, and read nothing of it',
  },
  'ec/scalar-range': {
    check: 'blob/key-consistency/ec/scalar',
    title: 'the scalar is not below the order of the curve',
    cause: 'random bytes were taken for a key, or the curve is another one',
    mend: 'generate the key as the curve demands (FIPS 186-5 appendix A.2)',
  },
  'ec/curve-mislabelled': {
    check: 'blob/key-consistency/ec/public-key',
    title: 'the public key inside shows that the key is on another curve than the one it names',
    cause: 'the curve is written the same for every key of this size, P-256 for secp256k1 or the other way round',
    mend: 'write the curve of the key',
  },
  'ec/other-public-key': {
    check: 'blob/key-consistency/ec/public-key',
    title: 'the public key inside belongs to another private key',
    cause: 'parts of two keys were mixed, or the key was damaged before it was wrapped',
    mend: 'take both from one key, or leave the public key out',
  },
  'ec/public-key-form': {
    check: 'blob/key-consistency/ec/public-key',
    title: 'the public key inside is no BIT STRING of an uncompressed point',
    cause: 'the point was written as the OCTET STRING that CKA_EC_POINT holds, or without its first byte 04',
    mend: 'write it as BIT STRING of 04, x and y, or leave it out',
  },
  'ec/compressed-point': {
    check: 'blob/key-consistency/ec/public-key',
    title: 'the public key inside is compressed',
    cause: 'the key was generated with compressed points',
    mend: 'write it uncompressed, or leave it out',
  },
} as const satisfies DiagnosisTable;
