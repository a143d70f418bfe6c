import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { MAX_BLOB_BYTES } from '../oracle/index.js';
import { MAX_OUTPUT_BYTES } from './contract.js';

/** Names of what lies in a folder, with those below it; sorted. */
export async function namesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

export async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  return path;
}

export interface FoundFile {
  readonly bytes: Buffer;
  /** The permission bits. */
  readonly mode: number;
}

/** A product; null where there is no regular file that could be a blob. */
export async function readProduct(path: string): Promise<FoundFile | null> {
  try {
    const { mode } = await lstat(path);
    const bytes = await readBoundedFile(path, { maxBytes: MAX_BLOB_BYTES });
    return bytes.length === 0 ? null : { bytes, mode: mode & 0o777 };
  } catch (error) {
    if (error instanceof KeyferryError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** All texts below a folder, for a search; what is no file, or too large, is left out. */
export async function textsBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const name of await namesBelow(folder)) {
    try {
      texts.push((await readBoundedFile(join(folder, name), { maxBytes: MAX_OUTPUT_BYTES })).toString('latin1'));
    } catch (error) {
      if (!(error instanceof KeyferryError)) throw error;
    }
  }
  return texts.join('\n');
}
