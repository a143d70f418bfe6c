import { constants, fstatSync, lstatSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { KeyferryError } from '@keyferry/errors';
import { MISSING, systemCode, systemReason } from './system-reason.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens a regular file for reading and hands it to `use`. Nothing else is opened: a pipe would block, a device may act
 * when it is opened. A link is followed only if `followLinks`. Throws FILE_NOT_FOUND, FILE_NOT_REGULAR, FILE_UNREADABLE.
 */
export async function withRegularFile<T>(
  path: string,
  options: { followLinks: boolean },
  use: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined;
  try {
    const { followLinks } = options;
    needRegular(path, followLinks ? statSync(path) : lstatSync(path));
    file = await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW));
    const stats = fstatSync(file.fd);
    needRegular(path, stats);
    const result = await use(file, stats);
    await file.close();
    return result;
  } catch (error) {
    // Why it could not be read is the error that counts; a handle whose close failed is closed all the same.
    await file?.close().catch(() => {});
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
