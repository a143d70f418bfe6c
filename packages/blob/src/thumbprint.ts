import { createHash } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { canonicalJwk, type PublicJwk } from './jwk.js';

export const THUMBPRINT_PREFIX = 'urn:ietf:params:oauth:jwk-thumbprint:sha-256:';

/** RFC 9278 URI of the RFC 7638 thumbprint of a public key by SHA-256: 45 fixed characters, then 43 of base64url. */
export type Thumbprint = `${typeof THUMBPRINT_PREFIX}${string}`;

/** What follows the prefix: 32 bytes in base64url, so the last character has two zero bits. */
export const THUMBPRINT_DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** RFC 7638 section 3, with SHA-256. Vouches for the key material alone, not for kid, operations or dates. */
export function thumbprintOf(jwk: PublicJwk): Thumbprint {
  return `${THUMBPRINT_PREFIX}${createHash('sha256').update(canonicalJwk(jwk)).digest('base64url')}`;
}

/**
 * Reads a whole thumbprint as people pass it on: the URI, its last 43 characters, or 64 hex digits with spaces, colons,
 * hyphens, dots, commas or underscores among them. THUMBPRINT_INVALID.
 */
export function parseThumbprint(text: string): Thumbprint {
  const trimmed = text.trim();
  const digest = trimmed.startsWith(THUMBPRINT_PREFIX) ? trimmed.slice(THUMBPRINT_PREFIX.length) : trimmed;
  if (THUMBPRINT_DIGEST.test(digest)) return `${THUMBPRINT_PREFIX}${digest}`;
  const hex = trimmed.replace(/[\s:.,_-]/g, '');
  if (/^[0-9a-fA-F]{64}$/.test(hex)) return `${THUMBPRINT_PREFIX}${Buffer.from(hex, 'hex').toString('base64url')}`;
  throw new KeyferryError('THUMBPRINT_INVALID', {
    reason: `expected ${THUMBPRINT_PREFIX} with 43 characters after it, these 43 characters alone, or 64 hex digits; found ${trimmed.length} characters`,
  });
}

/** 64 lower-case hex digits. */
export function thumbprintHex(thumbprint: Thumbprint): string {
  return Buffer.from(thumbprint.slice(THUMBPRINT_PREFIX.length), 'base64url').toString('hex');
}

/** The 64 hex digits in groups of 4, on two lines that are indented by 12: the form that is read aloud. */
export function thumbprintLines(thumbprint: Thumbprint): string[] {
  const groups = thumbprintHex(thumbprint).match(/.{4}/g) ?? [];
  return [groups.slice(0, 8), groups.slice(8)].map((line) => `${' '.repeat(12)}${line.join(' ')}`);
}
