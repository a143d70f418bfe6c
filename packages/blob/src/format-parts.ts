import { KeyferryError } from '@keyferry/errors';
import { z } from 'zod';
import type { CURVE_NAMES } from './curves.js';
import { jwkOfMembers, samePublicKey } from './jwk.js';
import { KID_PATTERN } from './kid.js';
import { refuseWith } from './refuse.js';
import { printable } from './shown.js';
import { THUMBPRINT_DIGEST, THUMBPRINT_PREFIX, type Thumbprint } from './thumbprint.js';
import { VAULT_URL_PATTERN } from './vault-address.js';

/** What several of our file formats are made of. Nothing here transforms: what is read is what was written. */

/** Free text, safe to print. */
export const plainText = z
  .string()
  .max(1024)
  .refine((text) => printable(text) === text, 'expected text without control characters');

/** The name of a file without its folder. */
export const fileName = plainText
  .min(1)
  .regex(/^[^/\\]+$/)
  .refine((name) => name !== '.' && name !== '..', 'expected the name of a file');

/** SHA-256 in lower-case hex. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** RFC 3339 in UTC, with Z. */
export const utcTime = z.iso.datetime();

export const kidText = z.string().regex(KID_PATTERN);
export const vaultUrl = z.string().regex(VAULT_URL_PATTERN);
export const vaultKind = z.enum(['vault', 'managed-hsm']);
export const curve = z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']) satisfies z.ZodType<(typeof CURVE_NAMES)[number]>;
export const targetType = z.enum(['RSA', 'EC', 'oct']);

export const thumbprint = z.templateLiteral([
  THUMBPRINT_PREFIX,
  z.string().regex(THUMBPRINT_DIGEST),
]) satisfies z.ZodType<Thumbprint>;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

export const rsaPublicKey = z.strictObject({ kty: z.literal('RSA'), n: base64url, e: base64url });
const ecPublicKey = z.strictObject({ kty: z.literal('EC'), crv: curve, x: base64url, y: base64url });

/** A public key whose numbers are in their one canonical spelling, and whose point is on its curve. */
export const publicKey = z.discriminatedUnion('kty', [rsaPublicKey, ecPublicKey]).superRefine((jwk, context) => {
  try {
    const canonical = jwkOfMembers(jwk, refuseWith('PUBLIC_KEY_INVALID'));
    if (!samePublicKey(jwk, canonical)) context.addIssue('expected n and e without leading zero bytes');
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    context.addIssue(error.reason);
  }
});

/** The bytes of an AES key that a KCV shows, in lower-case hex. */
export const kcv = z.string().regex(/^[0-9a-f]{6}$/);

/** Which program wrote the file. */
export const tool = z.strictObject({ name: plainText.min(1), version: plainText.min(1) });

/** The first thing that a schema found wrong, with its place, safe to print. */
export function schemaReason(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'the file' : `member ${issue.path.join('.')}`;
  return printable(`${place}: ${issue?.message ?? 'not valid'}`).slice(0, 300);
}
