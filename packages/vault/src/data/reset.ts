import { readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { type DataFolder, isThere, readMarker, UNFINISHED } from './folder.js';

/** What a reset would remove. */
export interface Contents {
  readonly keyVersions: number;
}

/**
 * What stands in a data folder that is locked. Throws DATA_FOLDER for a folder that is not ours, or that holds other
 * things beside ours: nothing of others is ever removed.
 */
export async function contentsOf(folder: DataFolder): Promise<Contents> {
  await readMarker(folder);
  const own = new Set(ownEntries(folder).map((path) => basename(path)));
  const foreign = (await readdir(folder.path)).filter((name) => !own.has(name) && !UNFINISHED.test(name));
  if (foreign.length > 0) {
    throw new KeyferryError('DATA_FOLDER', {
      reason: `found other things than those of keyferry-vault in ${folder.path}: ${foreign.slice(0, 5).join(', ')}`,
      hint: 'move them elsewhere; nothing was removed',
    });
  }
  const records = (await isThere(folder.keys)) ? await readdir(folder.keys) : [];
  return { keyVersions: records.filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).length };
}

/** Empties a locked folder. The marker goes last: until then the folder says that it is ours. */
export async function emptyFolder(folder: DataFolder): Promise<void> {
  const names = (await readdir(folder.path)).filter((name) => UNFINISHED.test(name));
  for (const name of names) await rm(`${folder.path}/${name}`, { force: true });
  for (const path of ownEntries(folder)) await rm(path, { recursive: true, force: true });
}

function ownEntries({ path: _, marker, ...entries }: DataFolder): string[] {
  return [...Object.values(entries), marker];
}
