import { type KeysRequest, ok, type Reply } from '../message.js';
import { keyNotFound } from '../rules/missing-keys.js';
import { keyBundle, keyItem } from './bundle.js';
import { type Context, findKey, type KeyCall } from './context.js';
import { pageReply, readPage } from './paging.js';

/** GET /keys/NAME and /keys/NAME/VERSION. A disabled key can be read. */
export function getKey(call: KeyCall, context: Context): Reply {
  return ok(keyBundle(findKey(call, context)));
}

/** GET /keys: the newest version of each, by name. */
export function listKeys(request: KeysRequest, { records }: Context): Reply {
  const page = readPage(request.query);
  const found = records.newestOfEach(request.host.host, 'live', page);
  return pageReply(
    request,
    page,
    found,
    (record) => keyItem(record, { versioned: false }),
    ({ name }) => name,
  );
}

/** GET /keys/NAME/versions, oldest first. */
export function listVersions({ request, name }: KeyCall, { records }: Context): Reply {
  const page = readPage(request.query);
  const versions = records.versions(request.host.host, name);
  if (versions.length === 0) throw keyNotFound(name);
  const after = Number(page.after ?? 0);
  const found = versions.filter(({ sequence }) => sequence > after).slice(0, page.count);
  return pageReply(
    request,
    page,
    found,
    (record) => keyItem(record, { versioned: true }),
    ({ sequence }) => String(sequence),
  );
}
