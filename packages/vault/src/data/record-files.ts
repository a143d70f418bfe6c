import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { type KeyRecord, recordSchema } from '../keys/record.js';
import { replaceFile, UNFINISHED } from './folder.js';

const RECORD = /^[0-9a-f]{32}\.json$/;
const MAX_RECORD_BYTES = 64 * 1024;

/** Reads all records of a folder; unfinished files are removed. Throws DATA_FOLDER for a file that is no record. */
export async function readRecords(folder: string): Promise<KeyRecord[]> {
  const names = await readdir(folder);
  await Promise.all(names.filter((name) => UNFINISHED.test(name)).map((name) => rm(join(folder, name))));
  return Promise.all(
    names.filter((name) => !UNFINISHED.test(name)).map((name) => readRecord(join(folder, name), name)),
  );
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
