import { statfsSync } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';

/** A key in the token and its record take a few blocks; the rest is for what other programs write meanwhile. In bytes. */
const LEAST_ROOM = 1024 * 1024;
/** A key takes three inodes. */
const LEAST_INODES = 64;

/**
 * Throws DISK_FULL when a folder has hardly any room. It must be asked before and after a key is made: SoftHSM2 says that
 * all is well when it could not write the file of an object.
 */
export function checkRoom(folder: string): void {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  if (bavail * bsize < LEAST_ROOM)
    throw fullDisk(`expected ${LEAST_ROOM} free bytes, found ${bavail * bsize}: ${folder}`);
  // Some file systems have no fixed number of inodes, and say 0.
  if (files > 0 && ffree < LEAST_INODES)
    throw fullDisk(`expected ${LEAST_INODES} free inodes, found ${ffree}: ${folder}`);
}

export function hasRoom(folder: string): boolean {
  try {
    checkRoom(folder);
    return true;
  } catch {
    return false;
  }
}

export function fullDisk(reason: string, cause?: unknown): KeyferryError {
  return new KeyferryError('DISK_FULL', { reason, ...(cause !== undefined && { cause }) });
}
