import { z } from 'zod';
import { CURVES } from '../rules/key-types.js';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** The public side of a key; `n`, `e`, `x`, `y` are base64url without padding, EC coordinates of full length. */
export const materialSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('RSA'), bits: z.int(), n: base64url, e: base64url }),
  z.object({ type: z.literal('EC'), crv: z.enum(CURVES), x: base64url, y: base64url }),
  z.object({ type: z.literal('oct'), bits: z.int() }),
]);

const seconds = z.int().nonnegative();

/** An action of a rotation policy; durations are in ISO 8601. */
export const lifetimeActionSchema = z.strictObject({
  action: z.enum(['Rotate', 'Notify']),
  timeAfterCreate: z.string().optional(),
  timeBeforeExpiry: z.string().optional(),
});

export const rotationPolicySchema = z.strictObject({
  lifetimeActions: z.array(lifetimeActionSchema).readonly(),
  expiryTime: z.string().optional(),
  created: seconds,
  updated: seconds,
});

/**
 * What concerns all versions of a key together. It stands in the record of the first version, so that one file commits
 * it for all of them.
 */
export const wholeKeySchema = z.strictObject({
  deletion: z.strictObject({ deleted: seconds, scheduledPurge: seconds }).optional(),
  /** The key is purged: what remains of its versions up to this sequence is removed at the next start. */
  purgedUpTo: z.int().positive().optional(),
  rotationPolicy: rotationPolicySchema.optional(),
});

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
  exp: seconds.optional(),
  nbf: seconds.optional(),
  created: seconds,
  updated: seconds,
  tags: z.record(z.string(), z.string()),
  wholeKey: wholeKeySchema.optional(),
});

export type KeyMaterial = Readonly<z.output<typeof materialSchema>>;
export type KeyRecord = Readonly<z.output<typeof recordSchema>>;
export type WholeKey = Readonly<z.output<typeof wholeKeySchema>>;
export type RotationPolicy = Readonly<z.output<typeof rotationPolicySchema>>;
export type LifetimeAction = Readonly<z.output<typeof lifetimeActionSchema>>;
