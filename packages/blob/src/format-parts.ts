import { KeyferryError } from '@keyferry/errors';
import { z } from 'zod';
import type { Curve } from './curves.js';
import { jwkOfMembers, samePublicKey } from './jwk.js';
import { KID_PATTERN } from './kid.js';
import { NOT_CHECKED_IDS } from './not-checked.js';
import { type Refuse, refuseWith } from './refuse.js';
import { printable, shown } from './shown.js';
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
  .regex(/^[^/\\]+$/, 'expected the name of a file without its folder')
  .refine((name) => name !== '.' && name !== '..', 'expected the name of a file');

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

/** RFC 3339 in UTC, with Z. */
export const utcTime = z.iso.datetime('expected an RFC 3339 time that ends in Z');

/** 9999-12-31T23:59:59Z: the last second that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799;
export const unixSeconds = z.int().min(0).max(LAST_SECOND);

export const kidText = z.string().regex(KID_PATTERN, 'expected https://HOST/keys/NAME/VERSION of a known vault');
export const vaultUrl = z.string().regex(VAULT_URL_PATTERN, 'expected https://HOST of a known vault');
export const vaultKind = z.enum(['vault', 'managed-hsm']);
export const mode = z.enum(['practice', 'production']);
export const targetType = z.enum(['RSA', 'EC', 'oct']);
export const curve = z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']) satisfies z.ZodType<Curve>;

export const thumbprint = z.templateLiteral([
  THUMBPRINT_PREFIX,
  z.string().regex(THUMBPRINT_DIGEST),
]) satisfies z.ZodType<Thumbprint>;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'expected base64url without padding');

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

/** Key check value of an AES key: three bytes in lower-case hex. Finds errors, not attackers. */
export const kcv = z.string().regex(/^[0-9a-f]{6}$/, 'expected 6 lower-case hex digits');

export const notChecked = z
  .array(z.enum(NOT_CHECKED_IDS))
  .refine((ids) => new Set(ids).size === ids.length, 'expected each id once')
  .meta({ uniqueItems: true });

/** Which program wrote the file. */
export const tool = z.strictObject({ name: plainText.min(1), version: plainText.min(1) });

/**
 * Holds a value against a schema; refuses with the first thing that is wrong, its place and what was found there, unless
 * that is private.
 */
export function parseFormat<S extends z.ZodType>(
  schema: S,
  value: unknown,
  refuse: Refuse,
  isPrivate: (path: readonly PropertyKey[]) => boolean = () => false,
): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  return result.success ? result.data : refuse(reasonOf(result.error.issues[0], isPrivate));
}

/** All that is wrong with a value, each with its place. */
export function formatFaults(schema: z.ZodType, value: unknown): { path: readonly string[]; reason: string }[] {
  const { error } = schema.safeParse(value, { reportInput: true });
  return (error?.issues ?? []).map((issue) => ({ path: issue.path.map(String), reason: reasonOf(issue, () => false) }));
}

function reasonOf(issue: z.core.$ZodIssue | undefined, isPrivate: (path: readonly PropertyKey[]) => boolean): string {
  const place = issue === undefined || issue.path.length === 0 ? '' : `member ${issue.path.join('.')}: `;
  const found = isScalar(issue?.input) && !isPrivate(issue.path) ? `, found ${shown(issue.input)}` : '';
  return `${printable(`${place}${issue?.message ?? 'not valid'}`).slice(0, 300)}${found}`;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
