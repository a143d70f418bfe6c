import { randomBytes } from 'node:crypto';
import { closeSync, fsync, lstatSync, openSync, type Stats, statSync, unlinkSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { KeyferryError } from '@keyferry/errors';
import { kindOf } from './regular-file.js';
import { MISSING, systemCode, systemReason } from './system-reason.js';

// What touches names only runs at once, in the thread of the caller: it takes less time than a change of threads. What waits
// for the medium (fsync) does not.

/** Waits until a file or a folder is on the medium, given its descriptor. */
export const flush = promisify(fsync);

/** Temporary files are named so that a person who finds one after a crash knows whose it is, and nobody can foresee it. */
export function temporaryName(folder: string): string {
  return join(folder, `.keyferry-${randomBytes(8).toString('hex')}.tmp`);
}

/** The names in a folder for outputs. Throws OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

const TEMPORARY = /^\.keyferry-[0-9a-f]{16}\.tmp$/;

/**
 * Removes what a killed process left under a temporary name, and says how many that were. Nobody else may be writing into
 * the folder. Throws OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function sweepFolder(folder: string): Promise<number> {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    const left = found.filter((entry) => entry.isFile() && TEMPORARY.test(entry.name));
    for (const { name } of left) await rm(join(folder, name), { force: true });
    return left.length;
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/**
 * Refuses what cannot be a new file, or with `force` a file that replaces another. Throws OUTPUT_EXISTS (also for a link
 * that leads nowhere), OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function checkTargets(paths: readonly string[], options: { force: boolean }): Promise<void> {
  const seen = new Set<string>();
  const identities = new Map<string, string>();
  for (const path of paths) {
    if (/(^|\/)\.{0,2}$/.test(path)) throw notWritable(`expected the name of a file, found that of a folder: ${path}`);
    const folder = dirname(path);
    const identity = identities.get(folder) ?? folderIdentity(folder);
    identities.set(folder, identity);
    const target = `${identity}/${basename(path)}`;
    if (seen.has(target)) throw new KeyferryError('OUTPUT_EXISTS', { reason: `two outputs are one file: ${path}` });
    seen.add(target);
    const found = await whatIsAt(path);
    if (found === null) continue;
    if (!found.isFile() && !found.isSymbolicLink()) {
      throw notWritable(`expected to write a regular file, but there is ${kindOf(found)}: ${path}`);
    }
    if (!options.force) throw new KeyferryError('OUTPUT_EXISTS', { reason: `found ${kindOf(found)}: ${path}` });
  }
}

/** Makes a temporary file in each folder, syncs, and removes it: permissions alone do not tell (root, read-only media). */
export async function tryFolders(paths: readonly string[]): Promise<void> {
  for (const folder of foldersOf(paths)) {
    const name = temporaryName(folder);
    try {
      closeSync(createNew(name));
      await syncFolder(folder);
      await rm(name, { force: true });
    } catch (error) {
      await removeAll([name]);
      throw cannotWrite(folder, error);
    }
  }
}

/** Removes files as far as the medium lets it. */
export function removeAll(paths: readonly string[]): Promise<void> {
  return cleanUp(paths.map((path) => async () => unlinkSync(path)));
}

/**
 * Takes each step, whatever becomes of the ones before: cleaning up goes as far as the medium lets it. Where work has
 * failed, its error is the one that counts; where it has gone well, nothing is lost by it.
 */
export async function cleanUp(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (systemCode(error) === null) throw error;
    }
  }
}

/** The descriptor of a file that was not there before, with mode 0600. */
export function createNew(path: string): number {
  return openSync(path, 'wx', 0o600);
}

export function foldersOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => dirname(path)))];
}

/** Writes all bytes at the end of what was written so far, as far as the operating system is concerned; see `flush`. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

/** What stands at the path itself; null if nothing. */
export async function whatIsAt(path: string): Promise<Stats | null> {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Makes what happened in a folder last: renames are safe only when the folder is written too. */
export async function syncFolder(folder: string): Promise<void> {
  const descriptor = openSync(folder, 'r');
  try {
    await flush(descriptor);
  } catch (error) {
    // Some file systems cannot do it, which is not a fault of the medium.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** The error for a failed system call on an output: OUTPUT_FOLDER_MISSING or OUTPUT_NOT_WRITABLE. */
export function cannotWrite(path: string, error: unknown): KeyferryError {
  if (error instanceof KeyferryError) return error;
  const missing = MISSING.includes(systemCode(error) ?? '');
  return new KeyferryError(missing ? 'OUTPUT_FOLDER_MISSING' : 'OUTPUT_NOT_WRITABLE', {
    reason: systemReason(path, error),
    cause: error,
  });
}

/** Device and inode of a folder for outputs: the same by whatever path it is named. */
function folderIdentity(folder: string): string {
  let found: Stats;
  try {
    found = statSync(folder);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  if (found.isDirectory()) return `${found.dev}:${found.ino}`;
  throw new KeyferryError('OUTPUT_FOLDER_MISSING', { reason: `expected a folder, found ${kindOf(found)}: ${folder}` });
}

function notWritable(reason: string): KeyferryError {
  return new KeyferryError('OUTPUT_NOT_WRITABLE', { reason });
}
