import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { type KeyRecord, recordSchema } from '../keys/record.js';
import type { RecordStore } from '../keys/records.js';
import { replaceFile, UNFINISHED } from './folder.js';

const RECORD = /^[0-9a-f]{32}\.json$/;
const MAX_RECORD_BYTES = 64 * 1024;

/**
 * Reads all records of a folder; unfinished files are removed, and what a purge has left. Throws DATA_FOLDER for a file
 * that is no record.
 */
export async function readRecords(folder: string): Promise<KeyRecord[]> {
  const names = await readdir(folder);
  await Promise.all(names.filter((name) => UNFINISHED.test(name)).map((name) => rm(join(folder, name))));
  const records = await Promise.all(
    names.filter((name) => !UNFINISHED.test(name)).map((name) => readRecord(join(folder, name), name)),
  );
  const purged = purgedOf(records);
  await removeRecords(folder, purged);
  return records.filter((record) => !purged.includes(record));
}

/** The records of a folder, as Records wants them kept. */
export function recordFiles(folder: string): RecordStore {
  return {
    write: (record) => writeRecord(folder, record),
    remove: (records) => removeRecords(folder, records),
  };
}

/** The versions that a purge has not removed yet: the one that says so comes last, as long as others remain. */
function purgedOf(records: readonly KeyRecord[]): KeyRecord[] {
  return records.flatMap((first) => {
    const upTo = first.wholeKey?.purgedUpTo;
    if (upTo === undefined) return [];
    const isOther = (record: KeyRecord) =>
      record !== first &&
      record.host === first.host &&
      record.name.toLowerCase() === first.name.toLowerCase() &&
      record.sequence <= upTo;
    return [...records.filter(isOther), first];
  });
}

/** In their order, also if the machine loses its power. */
async function removeRecords(folder: string, records: readonly KeyRecord[]): Promise<void> {
  for (const { version } of records) {
    await rm(join(folder, `${version}.json`), { force: true });
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  }
}

/** Replaces the file of a record atomically: it is the commit point of every change. */
export function writeRecord(folder: string, record: KeyRecord): Promise<void> {
  return replaceFile(join(folder, `${record.version}.json`), `${JSON.stringify(record)}\n`);
}

async function readRecord(path: string, name: string): Promise<KeyRecord> {
  try {
    const record = recordSchema.parse(
      JSON.parse((await readBoundedFile(path, { maxBytes: MAX_RECORD_BYTES })).toString()),
    );
    if (RECORD.test(name) && name === `${record.version}.json`) return record;
  } catch (cause) {
    throw new KeyferryError('DATA_FOLDER', {
      reason: `expected the record of a key, found something else: ${path}`,
      cause,
    });
  }
  throw new KeyferryError('DATA_FOLDER', { reason: `expected the record of the version in its name: ${path}` });
}
