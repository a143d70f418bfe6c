import type { DiagnosisTable } from './diagnosis.js';

const MEND = 'use RSA-OAEP with SHA-1, MGF1 with SHA-1 and an empty label: hashAlg CKM_SHA_1, mgf CKG_MGF1_SHA1';
const CLOUDS = 'SHA-256 is what AWS KMS and Google Cloud KMS offer beside SHA-1, and OCI Vault wants';

/** How the AES key can be wrapped in other ways than by RSA-OAEP with SHA-1. */
export const OAEP = {
  'oaep/sha-256': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-256',
    cause: 'SHA-256 was chosen because SHA-1 looks outdated; inside OAEP it is not weak',
    mend: MEND,
    seen: `smallstep/pem-key-wrap wraps by SHA-256; ${CLOUDS}`,
  },
  'oaep/sha-384': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-384',
    cause: 'a stronger hash was chosen',
    mend: MEND,
  },
  'oaep/sha-512': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-512',
    cause: 'a stronger hash was chosen',
    mend: MEND,
  },
  'oaep/sha-256-mgf1-sha-1': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-256 for the label and SHA-1 in MGF1',
    cause: '"OAEPWithSHA-256AndMGF1Padding" of Java means SHA-1 in MGF1 unless an OAEPParameterSpec says otherwise',
    mend: MEND,
    seen: "the defaults of Java's SunJCE provider",
  },
  'oaep/sha-384-mgf1-sha-1': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-384 for the label and SHA-1 in MGF1',
    cause: 'one of the two hashes was set and the other left at its default',
    mend: MEND,
    seen: "the defaults of Java's SunJCE provider",
  },
  'oaep/sha-512-mgf1-sha-1': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-512 for the label and SHA-1 in MGF1',
    cause: 'one of the two hashes was set and the other left at its default',
    mend: MEND,
    seen: "the defaults of Java's SunJCE provider",
  },
  'oaep/sha-1-mgf1-sha-256': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with SHA-1 for the label and SHA-256 in MGF1',
    cause: 'hashAlg and mgf were set to different hashes',
    mend: MEND,
  },
  'oaep/mixed-hashes': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with one hash for the label and another in MGF1',
    cause: 'hashAlg and mgf were set to different hashes',
    mend: MEND,
  },
  'oaep/label': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with a label',
    cause: 'a name or a context was given as label (pSourceData of CK_RSA_PKCS_OAEP_PARAMS)',
    mend: 'give an empty label: pSourceData NULL, ulSourceDataLen 0',
  },
  'oaep/other-hash-and-label': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA-OAEP with another hash and with a label',
    cause: 'the parameters are those of another protocol',
    mend: MEND,
  },
  'oaep/pkcs1-v1.5': {
    check: 'blob/oaep/padding',
    title: 'the AES key is wrapped by RSA with the padding of PKCS#1 v1.5',
    cause: 'it is the default of many libraries: CKM_RSA_PKCS, "RSA/ECB/PKCS1Padding", openssl pkeyutl without options',
    mend: MEND,
    seen: 'the default of openssl pkeyutl and openssl rsautl',
  },
  'oaep/signature-padding': {
    check: 'blob/oaep/padding',
    title: 'the AES key stands in the padding that PKCS#1 v1.5 has for signatures',
    cause: 'a signing function of the library was used in place of an encrypting one',
    mend: MEND,
  },
  'oaep/raw-rsa': {
    check: 'blob/oaep/padding',
    title: 'the AES key is encrypted by RSA without any padding',
    cause: 'CKM_RSA_X_509 or "no padding" was used',
    mend: MEND,
  },
  'oaep/little-endian': {
    check: 'blob/oaep/padding',
    title: 'the wrapped AES key stands in reversed order of its bytes',
    cause: 'CryptEncrypt of Windows gives the result of RSA little endian',
    mend: 'reverse the bytes of the wrapped AES key',
    seen: 'Microsoft documents the little-endian result of CryptEncrypt',
  },
  'oaep/above-modulus': {
    check: 'blob/oaep/padding',
    title: 'the first half is a number above the modulus of this KEK',
    cause: 'the blob is for another KEK, or what stands first is no result of RSA',
    mend: 'give the KEK that the blob was made for; look at the order of the halves',
  },
  'oaep/other-kek': {
    check: 'blob/oaep/padding',
    title: 'the first half opens under this KEK with no padding that is known',
    cause: 'most likely the blob is right but for another KEK; else its first half was damaged',
    mend: 'compare the kid and the thumbprint of the KEK that the blob was wrapped under with the one given',
  },
} as const satisfies DiagnosisTable;

const AES_MEND = 'wrap the bare 32 bytes of an AES key of 256 bits';

/** How the AES key can be another than one of 256 bits. */
export const AES_SIZE = {
  'aes-size/128': {
    check: 'blob/aes-size/bits',
    title: 'the AES key has 128 bits',
    cause: 'ulAESKeyBits, or the length of the key that was generated, is 128',
    mend: 'use an AES key of 256 bits, as every known tool does: the specification names no other',
  },
  'aes-size/192': {
    check: 'blob/aes-size/bits',
    title: 'the AES key has 192 bits',
    cause: 'ulAESKeyBits, or the length of the key that was generated, is 192',
    mend: 'use an AES key of 256 bits, as every known tool does: the specification names no other',
  },
  'aes-size/hex-text': {
    check: 'blob/aes-size/bits',
    title: 'the AES key was wrapped as its hex digits',
    cause: 'the text of the key was encrypted in place of its bytes',
    mend: AES_MEND,
  },
  'aes-size/base64-text': {
    check: 'blob/aes-size/bits',
    title: 'the AES key was wrapped as its base64 text',
    cause: 'the text of the key was encrypted in place of its bytes',
    mend: AES_MEND,
  },
  'aes-size/line-feed': {
    check: 'blob/aes-size/bits',
    title: 'a line feed was wrapped with the AES key',
    cause: 'the key went through echo or an editor',
    mend: 'use printf, or keep the key in bytes',
  },
  'aes-size/none': {
    check: 'blob/aes-size/bits',
    title: 'nothing was wrapped in place of the AES key',
    cause: 'the file or variable of the AES key was empty',
    mend: AES_MEND,
  },
  'aes-size/other': {
    check: 'blob/aes-size/bits',
    title: 'what was wrapped in place of the AES key has no length of one',
    cause: 'something else was wrapped, such as a passphrase or the key in some structure',
    mend: AES_MEND,
  },
} as const satisfies DiagnosisTable;
