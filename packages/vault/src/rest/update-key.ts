import { z } from 'zod';
import { ok, type Reply } from '../message.js';
import { readChangedKeyOps } from '../rules/key-ops.js';
import { notImplemented } from '../rules/refusal.js';
import { attributesSchema, keyOpsSchema, optional, readBody, tagsSchema } from './body.js';
import { keyBundle } from './bundle.js';
import { type Context, findKey, type KeyCall } from './context.js';

const updateBody = z.object({
  key_ops: optional(keyOpsSchema),
  attributes: optional(attributesSchema),
  tags: optional(tagsSchema),
  release_policy: optional(z.unknown()),
});

/** PATCH /keys/NAME[/VERSION]: what is left out stays as it is; tags are replaced as a whole. */
export async function updateKey(call: KeyCall, context: Context): Promise<Reply> {
  const { records, engine } = context;
  const found = findKey(call, context);
  const body = readBody(updateBody, call.request.body);
  if (body.release_policy !== undefined || body.attributes?.exportable === true) {
    throw notImplemented('keyferry-vault has no exportable keys (Secure Key Release) and no release policies.');
  }
  const { enabled, exp, nbf } = body.attributes ?? {};
  let copy: string | undefined;
  let replaced: string | undefined;
  const change = records.change(found, async (current) => {
    const keyOps = body.key_ops && readChangedKeyOps(body.key_ops, current.keyOps, current.material.type);
    const changesUse = keyOps !== undefined && keyOps.join() !== current.keyOps.join();
    // The attributes in the token follow the operations. A copy is made, the record names it, and then the old one goes:
    // changing a token object in place could destroy it, were the process killed meanwhile.
    if (changesUse) {
      copy = await engine.remake(current, { label: `${current.host}/${current.name}`, keyOps });
      replaced = current.objectId;
    }
    return {
      ...current,
      objectId: copy ?? current.objectId,
      ...(keyOps && { keyOps: [...keyOps] }),
      ...(enabled !== undefined && { enabled }),
      ...(exp !== undefined && { exp }),
      ...(nbf !== undefined && { nbf }),
      ...(body.tags && { tags: body.tags }),
      updated: context.now(),
    };
  });
  try {
    const updated = await change;
    if (replaced !== undefined) await engine.destroy(replaced);
    return ok(keyBundle(updated));
  } catch (error) {
    if (copy !== undefined && records.version(found.host, found.name, found.version)?.objectId !== copy) {
      await engine.destroy(copy);
    }
    throw error;
  }
}
