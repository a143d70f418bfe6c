import { closeSync, linkSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import {
  cannotWrite,
  checkTargets,
  createNew,
  flush,
  foldersOf,
  removeAll,
  syncFolder,
  temporaryName,
  tryFolders,
  whatIsAt,
  writeAll,
} from './output-folder.js';
import { systemCode } from './system-reason.js';

export interface OutputFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Tells before any work in an HSM whether the outputs could be written now. Throws OUTPUT_EXISTS, OUTPUT_FOLDER_MISSING,
 * OUTPUT_NOT_WRITABLE. It leaves nothing behind.
 */
export async function checkOutputs(paths: readonly string[], options: { force: boolean }): Promise<void> {
  await checkTargets(paths, options);
  await tryFolders(paths);
}

/**
 * Writes all files or none, with mode 0600. All bytes are on the medium, under temporary names in the target folders,
 * before the first file gets its name; the names are given in the given order, so the last one is the commit point.
 * On any failure temporary files and files that were new are removed again.
 *
 * Without `force` nothing that exists is replaced; only where the file system has no links (vfat, exfat) could a file
 * that another program makes in that very moment be lost. With `force` a failure between two renames (the medium is
 * pulled out) leaves the files before it replaced and those after it as they were. A crash leaves whole files and
 * perhaps `.keyferry-*.tmp`.
 *
 * Throws OUTPUT_EXISTS, OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function writeOutputs(files: readonly OutputFile[], options: { force: boolean }): Promise<void> {
  const paths = files.map(({ path }) => path);
  await checkTargets(paths, options);
  const staged = files.map(({ path, bytes }) => ({ path, bytes, temporary: temporaryName(dirname(path)) }));
  const fresh: string[] = [];
  try {
    await allOf(staged.map(({ path, bytes, temporary }) => during(path, () => writeNew(temporary, bytes))));
    for (const { temporary, path } of staged) {
      const isNew = !options.force || (await whatIsAt(path)) === null;
      await during(path, async () => (options.force ? renameSync(temporary, path) : placeNew(temporary, path)));
      if (isNew) fresh.push(path);
    }
    for (const folder of foldersOf(paths)) await during(folder, () => syncFolder(folder));
  } catch (error) {
    await removeAll(fresh);
    throw error;
  } finally {
    await removeAll(staged.map(({ temporary }) => temporary));
  }
}

/** Gives a file its name unless something has that name already: by a link where there are links. */
export async function placeNew(temporary: string, path: string, makeLink = linkSync): Promise<void> {
  try {
    makeLink(temporary, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EEXIST'].includes(systemCode(error) ?? ''))
      throw error;
    const found = await whatIsAt(path);
    if (found !== null) throw new KeyferryError('OUTPUT_EXISTS', { reason: `it has just come into being: ${path}` });
    renameSync(temporary, path);
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const descriptor = createNew(path);
  try {
    writeAll(descriptor, bytes);
    await flush(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Waits for all, and throws the first failure only then. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason;
}

async function during(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
