import { z } from 'zod';
import { CURVES } from '../rules/key-types.js';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** The public side of a key; `n`, `e`, `x`, `y` are base64url without padding, EC coordinates of full length. */
export const materialSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('RSA'), bits: z.int(), n: base64url, e: base64url }),
  z.object({ type: z.literal('EC'), crv: z.enum(CURVES), x: base64url, y: base64url }),
  z.object({ type: z.literal('oct'), bits: z.int() }),
]);

/** What the vault keeps of one version of a key, beside the key in the token. Its file is the commit point. */
export const recordSchema = z.strictObject({
  schema: z.literal('keyferry/vault-key/1'),
  host: z.string(),
  name: z.string(),
  version: z.string().regex(/^[0-9a-f]{32}$/),
  /** Orders the versions: `created` has seconds only. */
  sequence: z.int().positive(),
  hsm: z.boolean(),
  material: materialSchema,
  /** CKA_ID of the private or secret key in the token, in hex. */
  objectId: z.string().regex(/^[0-9a-f]{32}$/),
  origin: z.enum(['generated', 'imported']),
  keyOps: z.array(z.string()).readonly(),
  enabled: z.boolean(),
  /** Unix seconds, like all times here. */
  exp: z.int().nonnegative().optional(),
  nbf: z.int().nonnegative().optional(),
  created: z.int().nonnegative(),
  updated: z.int().nonnegative(),
  tags: z.record(z.string(), z.string()),
});

export type KeyMaterial = Readonly<z.output<typeof materialSchema>>;
export type KeyRecord = Readonly<z.output<typeof recordSchema>>;
