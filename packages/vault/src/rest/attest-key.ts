import { ok, type Reply } from '../message.js';
import { keyBundle } from './bundle.js';
import { type Context, findKey, type KeyCall } from './context.js';

/** GET /keys/NAME[/VERSION]/attestation of a Managed HSM: what the token says of the key, under a synthetic chain. */
export async function attestKey(call: KeyCall, context: Context): Promise<Reply> {
  const key = findKey(call, context);
  const attestation = await context.attestor.attest(key, await context.engine.protection(key));
  const bundle = keyBundle(key);
  return ok({ ...bundle, attributes: { ...bundle.attributes, attestation } });
}
