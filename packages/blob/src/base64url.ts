import { viewOf } from './bytes.js';
import type { Refuse } from './refuse.js';

/** What a reader may accept beyond unpadded base64url. */
export interface Base64Leniency {
  /** Also the alphabet with + and /, in which `az keyvault key show` prints. */
  readonly standardAlphabet?: boolean;
  /** Also with the right number of = at its end. */
  readonly padding?: boolean;
}

/** RFC 4648 section 5 without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return viewOf(bytes).toString('base64url');
}

/**
 * Reads base64url (RFC 4648 section 5) in its one canonical form: no white space, no padding unless allowed, and no
 * bits beyond the last byte. So two texts never stand for the same bytes.
 */
export function decodeBase64url(text: string, refuse: Refuse, lenient: Base64Leniency = {}): Buffer {
  const body = lenient.padding ? withoutPadding(text, refuse) : text;
  const canonical = lenient.standardAlphabet ? body.replaceAll('+', '-').replaceAll('/', '_') : body;
  const stranger = /[^A-Za-z0-9_-]/.exec(canonical);
  if (stranger !== null) {
    return refuse(`expected base64url without padding, found the character ${name(stranger[0])} at ${stranger.index}`);
  }
  if (body !== canonical && /[-_]/.test(body)) refuse('expected one alphabet, found base64 and base64url mixed');
  if (canonical.length % 4 === 1) refuse(`expected base64url, found ${canonical.length} characters, one too many`);
  const bytes = Buffer.from(canonical, 'base64url');
  if (bytes.toString('base64url') !== canonical) refuse('expected base64url, found bits beyond the last byte');
  return bytes;
}

function withoutPadding(text: string, refuse: Refuse): string {
  const body = text.replace(/={1,2}$/, '');
  const padding = text.length - body.length;
  if (padding > 0 && text.length % 4 !== 0) {
    refuse(`expected no padding or the right one, found ${padding} "=" after ${body.length} characters`);
  }
  return body;
}

function name(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
