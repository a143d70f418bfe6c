import { link, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import {
  cannotWrite,
  checkTargets,
  createNew,
  foldersOf,
  removeAll,
  syncFolder,
  temporaryName,
  tryFolders,
  whatIsAt,
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
  const staged: { temporary: string; path: string }[] = [];
  const fresh: string[] = [];
  try {
    for (const file of files) {
      const temporary = temporaryName(dirname(file.path));
      staged.push({ temporary, path: file.path });
      await during(file.path, () => writeNew(temporary, file.bytes));
    }
    for (const { temporary, path } of staged) {
      const isNew = (await whatIsAt(path)) === null;
      await during(path, () => (options.force ? rename(temporary, path) : placeNew(temporary, path)));
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
export async function placeNew(temporary: string, path: string, makeLink: typeof link = link): Promise<void> {
  try {
    await makeLink(temporary, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EEXIST'].includes(systemCode(error) ?? ''))
      throw error;
    const found = await whatIsAt(path);
    if (found !== null) throw new KeyferryError('OUTPUT_EXISTS', { reason: `it has just come into being: ${path}` });
    await rename(temporary, path);
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await createNew(path);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function during(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
