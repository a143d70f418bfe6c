import type { DiagnosisTable } from './diagnosis.js';

const MEND =
  'write PKCS#8 version 0 in DER: PrivateKeyInfo of RFC 5208, as openssl pkcs8 -topk8 -nocrypt -outform DER does';
const TYPES = 'choose an RSA key (rsaEncryption) or an EC key (id-ecPublicKey): the service takes no other';

/** What can be wrong with PKCS#8 itself. */
export const PKCS8 = {
  'pkcs8/zero-tail': {
    check: 'blob/encoding/trailing',
    title: 'zeros follow the key, up to a multiple of 8 bytes',
    cause: 'the module fills every key up before it wraps, although RFC 5649 would do so by itself',
    mend: 'take another mechanism or a newer module; some readers pass over the zeros, strict ones refuse them',
    seen: 'SoftHSM 2.6.1; its development branch does so no more',
  },
  'pkcs8/line-feed-after': {
    check: 'blob/encoding/trailing',
    title: 'a line feed follows the key',
    cause: 'the key went through a text tool',
    mend: 'wrap the bytes of the DER and nothing else',
  },
  'pkcs8/bytes-after': {
    check: 'blob/encoding/trailing',
    title: 'bytes follow the key',
    cause: 'the whole buffer was wrapped, or a padding of its own, or a second key',
    mend: 'wrap the bytes of the DER and nothing else',
  },
  'pkcs8/indefinite-length': {
    check: 'blob/encoding/der',
    title: 'a length of the target is indefinite: BER, not DER',
    cause: 'the ASN.1 library streams, as those for CMS do',
    mend: 'encode in DER',
  },
  'pkcs8/long-length': {
    check: 'blob/encoding/der',
    title: 'a length of the target is written in more bytes than it needs: BER, not DER',
    cause: 'an own encoder writes every length in a fixed number of bytes',
    mend: 'write lengths in as few bytes as they need',
  },
  'pkcs8/needless-zero': {
    check: 'blob/encoding/der',
    title: 'an integer of the target has needless zero bytes in front: BER, not DER',
    cause: 'an own encoder writes numbers with a fixed width',
    mend: 'write integers in as few bytes as they need',
  },
  'pkcs8/inner-tail': {
    check: 'blob/encoding/der',
    title: 'bytes follow the key inside PKCS#8',
    cause: 'the inner key was filled up before PKCS#8 was put around it',
    mend: 'write the inner key and nothing else into the OCTET STRING',
  },
  'pkcs8/public-key-inside': {
    check: 'blob/encoding/version',
    title: 'the target is version 1 with a public key: OneAsymmetricKey of RFC 5958',
    cause: 'the library writes the newer form',
    mend: MEND,
  },
  'pkcs8/version-1': {
    check: 'blob/encoding/version',
    title: 'the target says version 1 of PKCS#8',
    cause: 'the version of the inner key was written into the outer place',
    mend: MEND,
  },
  'pkcs8/version': {
    check: 'blob/encoding/version',
    title: 'the target says a version of PKCS#8 that does not exist',
    cause: 'an own encoder',
    mend: MEND,
  },
  'pkcs8/attributes': {
    check: 'blob/encoding/attributes',
    title: 'the target has attributes in PKCS#8',
    cause: 'the key was exported by Windows, which writes its key usage there',
    mend: 'leave the attributes out: openssl pkcs8 -topk8 -nocrypt rewrites the key',
  },
  'pkcs8/rsa-pss': {
    check: 'blob/encoding/algorithm',
    title: 'the target is an RSA key that says RSASSA-PSS',
    cause: 'the key was generated for PSS signatures alone',
    mend: 'write rsaEncryption with NULL: the service decides by key_ops what the key may do',
  },
  'pkcs8/rsa-oaep': {
    check: 'blob/encoding/algorithm',
    title: 'the target is an RSA key that says RSAES-OAEP',
    cause: 'the key was generated for OAEP alone',
    mend: 'write rsaEncryption with NULL: the service decides by key_ops what the key may do',
  },
  'pkcs8/ecdh-only': {
    check: 'blob/encoding/algorithm',
    title: 'the target is an EC key for ECDH alone',
    cause: 'the key was generated for key agreement',
    mend: 'choose an EC key that says id-ecPublicKey',
  },
  'pkcs8/edwards': {
    check: 'blob/encoding/algorithm',
    title: 'the target is a key on Curve25519 or Curve448',
    cause: 'the key is of a type that the service does not take by BYOK',
    mend: TYPES,
  },
  'pkcs8/dsa': {
    check: 'blob/encoding/algorithm',
    title: 'the target is a DSA or Diffie-Hellman key',
    cause: 'the key is of a type that the service does not take by BYOK',
    mend: TYPES,
  },
  'pkcs8/algorithm': {
    check: 'blob/encoding/algorithm',
    title: 'the target says an algorithm that is not known',
    cause: 'the key is of a type that the service does not take by BYOK',
    mend: TYPES,
  },
} as const satisfies DiagnosisTable;
