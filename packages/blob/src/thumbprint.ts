import { createHash } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { canonicalJwk, type PublicJwk } from './jwk.js';
import { pgpWords, readPgpWords, type WordsRead } from './pgp-words.js';
import { shown } from './shown.js';

export const THUMBPRINT_PREFIX = 'urn:ietf:params:oauth:jwk-thumbprint:sha-256:';

/** RFC 9278 URI of the RFC 7638 thumbprint of a public key by SHA-256: 45 fixed characters, then 43 of base64url. */
export type Thumbprint = `${typeof THUMBPRINT_PREFIX}${string}`;

/** What follows the prefix: 32 bytes in base64url, so the last character has two zero bits. */
export const THUMBPRINT_DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Bytes of SHA-256. */
const DIGEST_BYTES = 32;

/** RFC 7638 section 3, with SHA-256. Vouches for the key material alone, not for kid, operations or dates. */
export function thumbprintOf(jwk: PublicJwk): Thumbprint {
  return thumbprintOfDigest(createHash('sha256').update(canonicalJwk(jwk)).digest());
}

/**
 * Reads a whole thumbprint as people pass it on: the URI, its last 43 characters, 64 hex digits with spaces, colons,
 * hyphens, dots, commas or underscores among them, or its 32 PGP words in any case with anything but letters among them.
 * THUMBPRINT_INVALID.
 */
export function parseThumbprint(text: string): Thumbprint {
  const trimmed = text.trim();
  const digest = trimmed.startsWith(THUMBPRINT_PREFIX) ? trimmed.slice(THUMBPRINT_PREFIX.length) : trimmed;
  if (THUMBPRINT_DIGEST.test(digest)) return `${THUMBPRINT_PREFIX}${digest}`;
  const hex = trimmed.replace(/[\s:.,_-]/g, '');
  return thumbprintOfDigest(/^[0-9a-fA-F]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : digestOfWords(trimmed));
}

function digestOfWords(text: string): Buffer {
  const read = readPgpWords(text);
  if (read.kind === 'bytes' && read.bytes.length === DIGEST_BYTES) return read.bytes;
  throw new KeyferryError('THUMBPRINT_INVALID', {
    reason: `expected ${THUMBPRINT_PREFIX} with 43 characters after it, these 43 characters alone, 64 hex digits, or 32 PGP words; found ${whatWasRead(read, text)}`,
  });
}

function whatWasRead(read: WordsRead, text: string): string {
  if (read.kind === 'no-words') return `${text.length} characters`;
  if (read.kind === 'bytes') return `${read.bytes.length} words`;
  return `${read.words} words, and ${shown(read.word)} cannot stand at place ${read.place}: it is misread, or a word before it is missing or too many`;
}

function thumbprintOfDigest(digest: Buffer): Thumbprint {
  return `${THUMBPRINT_PREFIX}${digest.toString('base64url')}`;
}

function digestOf(thumbprint: Thumbprint): Buffer {
  return Buffer.from(thumbprint.slice(THUMBPRINT_PREFIX.length), 'base64url');
}

/** 64 lower-case hex digits. */
export function thumbprintHex(thumbprint: Thumbprint): string {
  return digestOf(thumbprint).toString('hex');
}

/** The 64 hex digits in groups of 4, on two lines that are indented by 12: the form that is read aloud. */
export function thumbprintLines(thumbprint: Thumbprint): string[] {
  const groups = thumbprintHex(thumbprint).match(/.{4}/g) ?? [];
  return [groups.slice(0, 8), groups.slice(8)].map((line) => `${' '.repeat(12)}${line.join(' ')}`);
}

/** The 32 PGP words: the other form that is read aloud. */
export function thumbprintWords(thumbprint: Thumbprint): string[] {
  return pgpWords(digestOf(thumbprint));
}
