import type { KeysRequest } from '../message.js';
import { ok, type Reply } from '../message.js';
import { keyBundle, keyItem } from './bundle.js';
import { type Context, findKey, type KeyCall, keyNotFound } from './context.js';

/** GET /keys/NAME and /keys/NAME/VERSION. A disabled key can be read. */
export function getKey(call: KeyCall, context: Context): Reply {
  return ok(keyBundle(findKey(call, context)));
}

/** GET /keys: the newest version of each. */
export function listKeys(request: KeysRequest, { records }: Context): Reply {
  const keys = records.newestOfAll(request.host.host);
  return ok({ value: keys.map((record) => keyItem(record, { versioned: false })), nextLink: null });
}

/** GET /keys/NAME/versions, oldest first. */
export function listVersions(call: KeyCall, { records }: Context): Reply {
  const versions = records.versions(call.request.host.host, call.name);
  if (versions.length === 0) throw keyNotFound(call.name);
  return ok({ value: versions.map((record) => keyItem(record, { versioned: true })), nextLink: null });
}
