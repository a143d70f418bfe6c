import { z } from 'zod';
import { fromBase64url } from '../rules/base64url.js';
import { badParameter } from '../rules/refusal.js';

/**
 * Reads a JSON request body, once: its bytes are filled with zeros, since some hold keys. Members that are not of the
 * schema are ignored, as the service does.
 */
export function readBody<S extends z.ZodType>(schema: S, body: Buffer): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw badParameter('Bad JSON content found in the request.');
  } finally {
    body.fill(0);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path.join('.') ?? '').slice(0, 128);
  if (path === '') throw badParameter(`The body of the request is not valid: ${issue?.message}.`);
  throw badParameter(
    path === 'key'
      ? 'The property "key" must be a valid JsonWebKey object.'
      : `Property "${path}" is not valid: ${issue?.message}.`,
  );
}

/** A member that may be left out; null counts as left out. */
export function optional<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Bytes in base64url without padding. */
export const bytes = z.string().transform((text, context) => {
  const decoded = fromBase64url(text);
  if (decoded === null) context.addIssue({ code: 'custom', message: 'not base64url without padding' });
  return decoded ?? Buffer.alloc(0);
});

/** A word of the protocol, such as the name of an algorithm. Longer ones are never right, and refusals repeat them. */
export const word = z.string().max(64);

const seconds = z.int().nonnegative();

export const attributesSchema = z.object({
  enabled: optional(z.boolean()),
  exp: optional(seconds),
  nbf: optional(seconds),
  exportable: optional(z.boolean()),
});

/** Published limits: 15 tags, names and values of at most 512 characters. */
export const tagsSchema = z
  .record(z.string().max(512), z.string().max(512))
  .refine((tags) => Object.keys(tags).length <= 15, 'more than 15 tags');

export const keyOpsSchema = z.array(word).max(32);
