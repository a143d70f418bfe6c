import { type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { type ImportPlanEntry, MAX_PLAN_BYTES, readImportPlan } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';

/** What a batch shall import, as a folder or a plan names it. */
export interface Source {
  /** What the paths of the entries are relative to, and where receipts go unless said. */
  readonly folder: string;
  readonly entries: readonly ImportPlanEntry[];
  /** Names in the folder that look like blobs and are left out. */
  readonly leftOut: readonly string[];
}

/** Reads PLAN.json, PLAN.csv, or the names of the blobs in a folder. Errors: USAGE, FILE_*, JSON_*, PLAN_INVALID. */
export async function readSource(path: string): Promise<Source> {
  if (statOf(path)?.isDirectory()) return await readFolder(path);
  const ending = extname(path);
  if (ending !== '.json' && ending !== '.csv') {
    throw new KeyferryError('USAGE', { reason: `expected a folder, PLAN.json or PLAN.csv, found ${path}` });
  }
  const bytes = await readBoundedFile(path, { maxBytes: MAX_PLAN_BYTES });
  return {
    folder: dirname(path),
    entries: readImportPlan(bytes, ending === '.json' ? 'json' : 'csv'),
    leftOut: [],
  };
}

/** Every NAME.byok; hidden ones are left out, since some systems put one beside each file. */
async function readFolder(folder: string): Promise<Source> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.byok')).sort();
  } catch (error) {
    const reason = `${folder}: ${error instanceof Error ? error.message : String(error)}`;
    throw new KeyferryError('FILE_UNREADABLE', { reason, cause: error });
  }
  const [leftOut, blobs] = [
    names.filter((name) => name.startsWith('.')),
    names.filter((name) => !name.startsWith('.')),
  ];
  if (blobs.length === 0) {
    throw new KeyferryError('FILE_NOT_FOUND', { reason: `expected NAME.byok in the folder, found none: ${folder}` });
  }
  const nothing = {
    manifest: null,
    name: null,
    confirmTarget: null,
    publicKey: null,
    ops: null,
    tags: null,
    expires: null,
  };
  return {
    folder,
    entries: blobs.map((blob) => ({ place: join(folder, blob), blob, ...nothing })),
    leftOut,
  };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const reason = `${path}: ${error instanceof Error ? error.message : String(error)}`;
    throw new KeyferryError('FILE_UNREADABLE', { reason, cause: error });
  }
}
