import { bitsOf, integerOf, isSequence, octetsOf, parseDer } from './der.js';

/** A name for what stands in the place of PKCS#8; none of its bytes are shown. */
export function nameOfForm(plaintext: Uint8Array): string {
  return nameOfText(Buffer.from(plaintext).toString('latin1')) ?? nameOfAsn1(plaintext);
}

/**
 * A name for what has the length of an AES key and is the text of one; null for all else. Of 10^18 random keys
 * about one looks like that.
 */
export function nameOfKeyText(plaintext: Uint8Array): string | null {
  const text = Buffer.from(plaintext).toString('latin1');
  if (/^[0-9A-Fa-f]{32}$/.test(text)) return 'the hex digits of a key of 128 bits';
  if (/^[0-9A-Za-z+/_-]{22}==$/.test(text)) return 'the base64 text of a key of 128 bits';
  if (/^[0-9A-Za-z+/_-]{32}$/.test(text)) return 'the base64 text of a key of 192 bits';
  return null;
}

function nameOfText(text: string): string | null {
  if (text.includes('-----BEGIN ')) return 'PEM text';
  if (/^\s*\{/.test(text)) return 'text in braces, perhaps a JWK';
  if (/^[0-9A-Fa-f\s]+$/.test(text)) return 'hex digits';
  if (/^[0-9A-Za-z+/_=\s-]+$/.test(text)) return 'base64 text';
  return null;
}

function nameOfAsn1(plaintext: Uint8Array): string {
  const node = parseDer(plaintext)?.node;
  if (!isSequence(node)) return `${plaintext.length} bytes that are no ASN.1 sequence`;
  const [first, second] = node.value;
  if (node.value.length === 2 && integerOf(first) !== null && integerOf(second) !== null) {
    return 'PKCS#1 RSAPublicKey: a public key';
  }
  if (integerOf(first) !== null && integerOf(second) !== null) return 'PKCS#1 RSAPrivateKey without PKCS#8 around it';
  if (integerOf(first) === '\x01' && octetsOf(second) !== null) return 'SEC 1 ECPrivateKey without PKCS#8 around it';
  if (isSequence(first) && octetsOf(second) !== null) return 'EncryptedPrivateKeyInfo: PKCS#8 encrypted once more';
  if (isSequence(first) && bitsOf(second) !== null) return 'SubjectPublicKeyInfo: a public key';
  return 'another ASN.1 sequence';
}
