import { viewOf } from './bytes.js';
import { derElement, TAG } from './der.js';

/** What a lump of bytes looks like, for telling reasons. */
export interface Recognised {
  /** In words, with its article. */
  readonly name: string;
  /** Whether a private key is in it. */
  readonly isPrivate: boolean;
}

export const PKCS8 = 'a PKCS#8 private key';
export const SPKI = 'a public key (SubjectPublicKeyInfo)';

/**
 * Guesses which encoding of a key this is, from its outline alone; null if none that is known. Tolerates cut-off
 * bytes: half a private key is still private.
 */
export function recogniseKey(bytes: Uint8Array): Recognised | null {
  const outline = derOutline(bytes);
  const tags = outline.map(({ tag }) => tag);
  const startsWith = (...wanted: number[]) => wanted.every((tag, index) => tags[index] === tag);
  const { integer, bitString, octetString, sequence } = TAG;
  if (startsWith(integer, sequence, octetString)) return { name: PKCS8, isPrivate: true };
  if (startsWith(integer, octetString)) return { name: 'a SEC 1 EC private key without PKCS#8', isPrivate: true };
  if (startsWith(integer, integer)) {
    // RSAPrivateKey begins with its version, RSAPublicKey with the modulus.
    return outline[0]?.length === 1
      ? { name: 'a PKCS#1 RSA private key without PKCS#8', isPrivate: true }
      : { name: 'a PKCS#1 RSA public key', isPrivate: false };
  }
  if (startsWith(sequence, octetString)) return { name: 'an encrypted PKCS#8 private key', isPrivate: true };
  if (startsWith(sequence, bitString)) return { name: SPKI, isPrivate: false };
  if (startsWith(sequence, sequence, bitString)) return { name: 'a certificate', isPrivate: false };
  return null;
}

/** The same for bytes that turn out to be text: PEM, JSON, hex or base64. */
export function recogniseText(bytes: Uint8Array): string | null {
  const buffer = viewOf(bytes);
  if (buffer.includes('-----BEGIN ')) return 'PEM text';
  const body = bytes.subarray(0, bytes.findLastIndex((byte) => byte > 0x20) + 1);
  if (body[0] === 0x7b && body.at(-1) === 0x7d && body.every(isTextCharacter)) return 'JSON text';
  if (body.length >= 16 && body.length % 2 === 0 && body.every(isHexDigit)) return 'hex text';
  const unpadded = body.subarray(0, body.findLastIndex((byte) => byte !== 0x3d) + 1);
  if (unpadded.length >= 22 && body.length - unpadded.length <= 2 && unpadded.every(isBase64Character)) {
    return 'base64 text';
  }
  return null;
}

/** Tag and content length of what stands in the outer SEQUENCE, as far as it can be followed. */
function derOutline(bytes: Uint8Array): { tag: number; length: number }[] {
  const outer = derElement(bytes, 0);
  if (typeof outer === 'string' || outer.tag !== TAG.sequence) return [];
  const outline: { tag: number; length: number }[] = [];
  const end = Math.min(outer.end, bytes.length);
  for (let at = outer.start; at < end && outline.length < 3; ) {
    const element = derElement(bytes, at);
    if (typeof element === 'string') break;
    outline.push({ tag: element.tag, length: element.end - element.start });
    at = element.end;
  }
  return outline;
}

/** Printable ASCII or white space: random bytes may well begin and end like JSON, but are not all of this kind. */
function isTextCharacter(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function isBase64Character(byte: number): boolean {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isSign = [0x2b, 0x2f, 0x2d, 0x5f, 0x0a, 0x0d].includes(byte);
  return isLetter || isDigit || isSign;
}
