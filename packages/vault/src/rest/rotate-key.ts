import { z } from 'zod';
import type { KeyRecord, RotationPolicy } from '../keys/record.js';
import { ok, type Reply } from '../message.js';
import { addDuration, readDuration } from '../rules/duration.js';
import type { KeySpec } from '../rules/key-types.js';
import { checkRotationPolicy, DEFAULT_NOTICE } from '../rules/rotation-policy.js';
import { optional, readBody } from './body.js';
import { keyBundle } from './bundle.js';
import { commitKey, useOf } from './commit-key.js';
import { type Context, findKey, type KeyCall } from './context.js';

/**
 * POST /keys/NAME/rotate: a new version of the same type, size and operations with a new key in it, also where the one
 * before was imported. It expires as the rotation policy says.
 */
export async function rotateKey(call: KeyCall, context: Context): Promise<Reply> {
  const newest = findKey(call, context);
  const { keyOps, hsm, tags } = newest;
  const made = await context.engine.generate(specOf(newest), useOf(call, keyOps));
  const { rotationPolicy } = context.records.wholeKey(newest.host, newest.name);
  const lifetime = readDuration(rotationPolicy?.expiryTime ?? '');
  const attributes = {
    enabled: undefined,
    nbf: undefined,
    exp: lifetime === null ? undefined : addDuration(context.now(), lifetime),
    exportable: undefined,
  };
  return ok(keyBundle(await commitKey(call, context, made, { hsm, keyOps, tags, attributes, origin: 'generated' })));
}

function specOf({ material }: KeyRecord): KeySpec {
  return material.type === 'EC' ? { type: 'EC', crv: material.crv } : { type: material.type, bits: material.bits };
}

const text = optional(z.string().max(32));

const policyBody = z.object({
  lifetimeActions: optional(
    z
      .array(
        z.object({
          trigger: optional(z.object({ timeAfterCreate: text, timeBeforeExpiry: text })),
          action: z.object({ type: z.string().transform(actionName) }),
        }),
      )
      .max(8),
  ),
  attributes: optional(z.object({ expiryTime: text })),
});

/** Clients differ in the case of the word. */
function actionName(type: string, context: z.RefinementCtx): 'Rotate' | 'Notify' {
  if (type.toLowerCase() === 'rotate') return 'Rotate';
  if (type.toLowerCase() !== 'notify') context.addIssue({ code: 'custom', message: 'neither Rotate nor Notify' });
  return 'Notify';
}

/** GET /keys/NAME/rotationpolicy; a key that was given none has the default one. */
export function getRotationPolicy(call: KeyCall, context: Context): Reply {
  const { host, name } = findKey(call, context);
  return ok(policyOf(host, name, context.records.wholeKey(host, name).rotationPolicy));
}

/** PUT /keys/NAME/rotationpolicy: replaces the whole policy. It is kept, and `rotate` heeds it; nothing acts by itself. */
export async function putRotationPolicy(call: KeyCall, context: Context): Promise<Reply> {
  const { host, name } = findKey(call, context);
  const body = readBody(policyBody, call.request.body);
  const expiryTime = body.attributes?.expiryTime;
  const lifetimeActions = checkRotationPolicy({
    expiryTime,
    lifetimeActions: (body.lifetimeActions ?? []).map(({ action, trigger }) => ({
      action: action.type,
      ...(trigger?.timeAfterCreate !== undefined && { timeAfterCreate: trigger.timeAfterCreate }),
      ...(trigger?.timeBeforeExpiry !== undefined && { timeBeforeExpiry: trigger.timeBeforeExpiry }),
    })),
  });
  const updated = context.now();
  const { rotationPolicy } = await context.records.changeWholeKey(host, name, (current) => ({
    ...current,
    rotationPolicy: {
      lifetimeActions,
      ...(expiryTime !== undefined && { expiryTime }),
      created: current.rotationPolicy?.created ?? updated,
      updated,
    },
  }));
  return ok(policyOf(host, name, rotationPolicy));
}

function policyOf(host: string, name: string, policy: RotationPolicy | undefined) {
  const { lifetimeActions = [DEFAULT_NOTICE], expiryTime = null, created, updated } = policy ?? {};
  return {
    id: `https://${host}/keys/${name}/rotationpolicy`,
    lifetimeActions: lifetimeActions.map(({ action, ...trigger }) => ({ trigger, action: { type: action } })),
    attributes: { expiryTime, ...(policy && { created, updated }) },
  };
}
