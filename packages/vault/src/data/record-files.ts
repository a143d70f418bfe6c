import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { type KeyRecord, recordSchema } from '../keys/record.js';
import type { RecordStore } from '../keys/records.js';
import { DurableFiles } from './durable-files.js';
import { UNFINISHED } from './folder.js';

const RECORD = /^[0-9a-f]{32}\.json$/;
const MAX_RECORD_BYTES = 64 * 1024;
/** A process may have 1,024 files open, or fewer, and a vault has more keys than that. */
const FILES_AT_ONCE = 64;

/**
 * Reads all records of a folder; unfinished files are removed, and what a purge has left. Throws DATA_FOLDER for a file
 * that is no record.
 */
export async function readRecords(folder: string): Promise<KeyRecord[]> {
  const names = await readdir(folder);
  await Promise.all(names.filter((name) => UNFINISHED.test(name)).map((name) => rm(join(folder, name))));
  const kept = names.filter((name) => !UNFINISHED.test(name));
  const records: KeyRecord[] = [];
  for (let at = 0; at < kept.length; at += FILES_AT_ONCE) {
    const some = kept.slice(at, at + FILES_AT_ONCE);
    records.push(...(await Promise.all(some.map((name) => readRecord(join(folder, name), name)))));
  }
  const purged = purgedOf(records);
  await recordFiles(folder).remove(purged);
  return records.filter((record) => !purged.includes(record));
}

/** The records of a folder, as Records wants them kept. The file of a record is the commit point of every change. */
export function recordFiles(folder: string): RecordStore {
  const files = new DurableFiles(folder);
  return {
    write: (record, options) => files.replace(fileOf(record), `${JSON.stringify(record)}\n`, options),
    async remove(records) {
      for (const record of records) await files.remove(fileOf(record));
    },
  };
}

function fileOf({ version }: KeyRecord): string {
  return `${version}.json`;
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

async function readRecord(path: string, name: string): Promise<KeyRecord> {
  try {
    const record = recordSchema.parse(
      JSON.parse((await readBoundedFile(path, { maxBytes: MAX_RECORD_BYTES })).toString()),
    );
    if (RECORD.test(name) && name === fileOf(record)) return record;
  } catch (cause) {
    const found = cause instanceof KeyferryError ? cause.reason : `found something else: ${path}`;
    throw new KeyferryError('DATA_FOLDER', { reason: `expected the record of a key; ${found}`, cause });
  }
  throw new KeyferryError('DATA_FOLDER', { reason: `expected the record of the version in its name: ${path}` });
}
