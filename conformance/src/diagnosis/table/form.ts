import type { DiagnosisTable } from './diagnosis.js';

const MEND = 'wrap PKCS#8 in DER: openssl pkcs8 -topk8 -nocrypt -outform DER; C_WrapKey makes it by itself';
const AES_MEND = 'wrap the bare 16, 24 or 32 bytes of the AES key';

/** What can stand in the place of PKCS#8 or of an AES key. */
export const FORM = {
  'form/pkcs1': {
    check: 'blob/encoding/form',
    title: 'the target is PKCS#1 RSAPrivateKey, without PKCS#8 around it',
    cause: 'the key was exported as "RSA PRIVATE KEY"; openssl pkcs8 without -topk8, and openssl rsa, write it so',
    mend: MEND,
    seen: 'the recipes of MicrosoftDocs/azure-docs issues 108113 and 115629: openssl pkcs8 -nocrypt without -topk8',
  },
  'form/sec1': {
    check: 'blob/encoding/form',
    title: 'the target is ECPrivateKey of SEC 1, without PKCS#8 around it',
    cause: 'the key was exported as "EC PRIVATE KEY"; openssl ec and openssl ecparam -genkey write it so',
    mend: MEND,
  },
  'form/pem': {
    check: 'blob/encoding/form',
    title: 'the target is a PEM text',
    cause: 'the PEM file was wrapped as it is',
    mend: MEND,
  },
  'form/encrypted-pkcs8': {
    check: 'blob/encoding/form',
    title: 'the target is PKCS#8 encrypted by a passphrase',
    cause: 'the key was exported with a passphrase, and wrapped as it came out',
    mend: MEND,
  },
  'form/jwk': {
    check: 'blob/encoding/form',
    title: 'the target is a JWK',
    cause: 'the key was exported as JSON, as the REST interface of Key Vault shows keys',
    mend: MEND,
  },
  'form/xml': {
    check: 'blob/encoding/form',
    title: 'the target is XML',
    cause: 'ToXmlString of .NET was used',
    mend: MEND,
  },
  'form/spki': {
    check: 'blob/encoding/form',
    title: 'the target is a public key (SubjectPublicKeyInfo)',
    cause: 'the public half was taken in place of the private one',
    mend: MEND,
  },
  'form/rsa-public-key': {
    check: 'blob/encoding/form',
    title: 'the target is a public RSA key (PKCS#1 RSAPublicKey)',
    cause: 'the public half was taken in place of the private one',
    mend: MEND,
  },
  'form/certificate': {
    check: 'blob/encoding/form',
    title: 'the target is a certificate',
    cause: 'the certificate was taken in place of its private key',
    mend: MEND,
  },
  'form/pkcs12': {
    check: 'blob/encoding/form',
    title: 'the target is PKCS#12',
    cause: 'a .pfx or .p12 file was wrapped as it is',
    mend: 'take the key out with openssl pkcs12 -nocerts, and wrap it as PKCS#8 in DER',
  },
  'form/windows-blob': {
    check: 'blob/encoding/form',
    title: 'the target is a key blob of Windows',
    cause: 'CNG or CryptoAPI exported the key in its own form (BCRYPT_RSAPRIVATE_BLOB, PRIVATEKEYBLOB)',
    mend: 'export it as NCRYPT_PKCS8_PRIVATE_KEY_BLOB',
  },
  'form/openssh': {
    check: 'blob/encoding/form',
    title: 'the target is a private key of OpenSSH, decoded from its PEM',
    cause: 'a file of ssh-keygen was taken, which since 2018 is no PKCS#1 any more',
    mend: 'convert it with ssh-keygen -p -m PKCS8, and wrap it in DER',
  },
  'form/hex': {
    check: 'blob/encoding/form',
    title: 'the target is written in hex digits',
    cause: 'the text of the key was wrapped in place of its bytes',
    mend: MEND,
  },
  'form/base64': {
    check: 'blob/encoding/form',
    title: 'the target is written in base64',
    cause: 'the text of the key was wrapped in place of its bytes, such as a PEM without its first and last line',
    mend: MEND,
  },
  'form/aes-hex': {
    check: 'blob/encoding/form',
    title: 'the target is an AES key in hex digits',
    cause: 'the text of the key was wrapped in place of its bytes',
    mend: AES_MEND,
  },
  'form/aes-base64': {
    check: 'blob/encoding/form',
    title: 'the target is an AES key in base64',
    cause: 'the text of the key was wrapped in place of its bytes',
    mend: AES_MEND,
  },
  'form/octet-string': {
    check: 'blob/encoding/form',
    title: 'the target stands in an OCTET STRING',
    cause: 'an ASN.1 library added a layer',
    mend: MEND,
  },
  'form/wrapped-twice': {
    check: 'blob/encoding/form',
    title: 'the target is wrapped twice under the same AES key',
    cause: 'C_WrapKey wrapped it, and the tool wrapped the result once more',
    mend: 'wrap once',
  },
  'form/bare-scalar': {
    check: 'blob/encoding/form',
    title: 'the target has the length of a bare EC private scalar',
    cause: 'CKA_VALUE of an EC key was wrapped in place of the key',
    mend: MEND,
  },
  'form/bytes-before': {
    check: 'blob/encoding/form',
    title: 'bytes stand before the PKCS#8',
    cause: 'a length, a tag or an initial value was wrapped with the target',
    mend: MEND,
  },
  'form/truncated': {
    check: 'blob/encoding/form',
    title: 'the end of the target is missing',
    cause: 'a buffer was too small, or a length was computed before the key was written',
    mend: 'wrap all bytes of the target',
  },
  'form/unknown-field': {
    check: 'blob/encoding/form',
    title: 'the target looks like PKCS#8 but has a field that it does not know',
    cause: 'an ASN.1 library was given another description, or a tag is wrong',
    mend: MEND,
  },
  'form/other-asn1': {
    check: 'blob/encoding/form',
    title: 'the target is another ASN.1 structure',
    cause: 'something else was wrapped',
    mend: MEND,
  },
  'form/unknown': {
    check: 'blob/encoding/form',
    title: 'the target is neither PKCS#8 nor as long as an AES key',
    cause: 'something else was wrapped, or the key was encrypted before',
    mend: `${MEND}; or the bare 16, 24 or 32 bytes of an AES key`,
  },
} as const satisfies DiagnosisTable;
