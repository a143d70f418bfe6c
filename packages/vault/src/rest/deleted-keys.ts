import type { KeyRecord } from '../keys/record.js';
import { type KeysRequest, noContent, ok, type Reply } from '../message.js';
import { DAY } from '../rules/duration.js';
import { deletedKeyNotFound } from '../rules/missing-keys.js';
import { deletionOf, keyBundle, keyItem, RECOVERABLE_DAYS } from './bundle.js';
import { type Context, findKey, type KeyCall } from './context.js';
import { pageReply, readPage } from './paging.js';

/** DELETE /keys/NAME: all versions together serve no more, and can be recovered. */
export async function deleteKey(call: KeyCall, context: Context): Promise<Reply> {
  const { host, name } = findKey(call, context);
  const deleted = context.now();
  const deletion = { deleted, scheduledPurge: deleted + RECOVERABLE_DAYS * DAY };
  await context.records.changeWholeKey(host, name, (current) => ({ ...current, deletion }));
  return getDeletedKey(call, context);
}

/** GET /deletedkeys/NAME: the newest version. */
export function getDeletedKey({ request, name }: KeyCall, { records }: Context): Reply {
  const versions = records.versions(request.host.host, name, 'deleted');
  const newest = versions.at(-1);
  if (newest === undefined) throw deletedKeyNotFound(name);
  return ok({ ...keyBundle(newest), ...deletionOf(newest, versions) });
}

/** GET /deletedkeys: the newest version of each, by name. */
export function listDeletedKeys(request: KeysRequest, { records }: Context): Reply {
  const page = readPage(request.query);
  const found = records.newestOfEach(request.host.host, 'deleted', page);
  const item = (record: KeyRecord) => ({
    ...keyItem(record, { versioned: false }),
    ...deletionOf(record, records.versions(record.host, record.name, 'deleted')),
  });
  return pageReply(request, page, found, item, ({ name }) => name);
}

/** POST /deletedkeys/NAME/recover: all versions come back. */
export async function recoverKey({ request, name }: KeyCall, { records }: Context): Promise<Reply> {
  return ok(keyBundle(await records.recover(request.host.host, name)));
}

/** DELETE /deletedkeys/NAME: all versions are gone for good, in the token too. */
export async function purgeKey({ request, name }: KeyCall, { records, engine }: Context): Promise<Reply> {
  await records.purge(request.host.host, name, (objectId) => engine.destroy(objectId));
  return noContent();
}
