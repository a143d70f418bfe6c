import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import { MISSING, systemCode, systemReason } from './system-reason.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens a regular file for reading and hands its descriptor to `use`. Nothing else is opened: a pipe would block, a device may
 * act when it is opened. A link is followed only if `followLinks`. Throws FILE_NOT_FOUND, FILE_NOT_REGULAR, FILE_UNREADABLE.
 */
export async function withRegularFile<T>(
  path: string,
  { followLinks }: { followLinks: boolean },
  use: (descriptor: number, stats: Stats) => Promise<T>,
): Promise<T> {
  try {
    needRegular(path, followLinks ? statSync(path) : lstatSync(path));
    const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW));
    try {
      const stats = fstatSync(descriptor);
      needRegular(path, stats);
      return await use(descriptor, stats);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw error instanceof KeyferryError ? error : unreadable(path, error);
  }
}

export function needRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new KeyferryError('FILE_NOT_REGULAR', { reason: `expected a regular file, found ${kindOf(stats)}: ${path}` });
}

export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a regular file' : 'a device';
}

function unreadable(path: string, error: unknown): KeyferryError {
  const reason = systemReason(path, error);
  const code = systemCode(error) ?? '';
  if (MISSING.includes(code)) return new KeyferryError('FILE_NOT_FOUND', { reason, cause: error });
  // Between the look at the path and its opening it has become a link or a socket.
  if (code === 'ELOOP' || code === 'ENXIO') return new KeyferryError('FILE_NOT_REGULAR', { reason, cause: error });
  return new KeyferryError('FILE_UNREADABLE', { reason, cause: error });
}
