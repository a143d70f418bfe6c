import { readSync, type Stats } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import { withRegularFile } from './regular-file.js';

/**
 * Reads a file that may be hostile: a regular file, no link, of at most `maxBytes` bytes, whose size is known before
 * anything is read. Throws FILE_NOT_FOUND, FILE_NOT_REGULAR, FILE_TOO_LARGE, FILE_UNREADABLE.
 */
export function readBoundedFile(path: string, limit: { maxBytes: number }): Promise<Buffer> {
  return withRegularFile(path, { followLinks: false }, async (descriptor, stats) =>
    readWhole(path, descriptor, stats, limit),
  );
}

/** Reads exactly as many bytes as the file had when it was opened. Throws FILE_TOO_LARGE, FILE_UNREADABLE (it changed). */
export function readWhole(
  path: string,
  descriptor: number,
  { size }: Stats,
  { maxBytes }: { maxBytes: number },
): Buffer {
  if (size > maxBytes) {
    throw new KeyferryError('FILE_TOO_LARGE', {
      reason: `expected at most ${maxBytes} bytes, found ${size}: ${path}`,
      values: { maxBytes, size },
    });
  }
  const room = Buffer.alloc(size + 1);
  let filled = 0;
  while (filled < room.length) {
    const bytesRead = readSync(descriptor, room, filled, room.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  if (filled === size) return room.subarray(0, size);
  room.fill(0);
  throw new KeyferryError('FILE_UNREADABLE', {
    reason: `${path}: it changed while it was read: ${size} bytes at first, then ${filled > size ? 'more' : filled}`,
  });
}
