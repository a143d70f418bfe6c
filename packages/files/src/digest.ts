import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { withRegularFile } from './regular-file.js';

/**
 * The SHA-256 of a file's bytes in lower-case hex; links are followed, since modules are often installed as links.
 * Throws FILE_NOT_FOUND, FILE_NOT_REGULAR, FILE_UNREADABLE.
 */
export function sha256OfFile(path: string): Promise<string> {
  return withRegularFile(path, { followLinks: true }, async (descriptor) => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream('', { fd: descriptor, autoClose: false })) hash.update(chunk);
    return hash.digest('hex');
  });
}
