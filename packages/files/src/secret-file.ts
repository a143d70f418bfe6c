import { KeyferryError } from '@keyferry/errors';
import { readWhole } from './bounded-reading.js';
import { withRegularFile } from './regular-file.js';

/** Bytes of a PIN or passphrase file. */
const MAX_SECRET_BYTES = 1024;

/**
 * Reads a secret from a file that only its owner can read: strict UTF-8, without one line feed (or CR LF) at the end.
 * An empty file gives an empty text. The text cannot be wiped. Throws SECRET_FILE_EXPOSED, FILE_NOT_UTF8,
 * FILE_NOT_FOUND, FILE_NOT_REGULAR, FILE_TOO_LARGE (1 KiB), FILE_UNREADABLE.
 */
export function readSecretFile(path: string): Promise<string> {
  return withRegularFile(path, { followLinks: false }, async (descriptor, stats) => {
    const mode = stats.mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new KeyferryError('SECRET_FILE_EXPOSED', {
        reason: `expected mode 0600 or 0400, found 0${mode.toString(8).padStart(3, '0')}: ${path}`,
        hint: `chmod 600 ${path}; change the secret if others have used the machine`,
      });
    }
    const bytes = readWhole(path, descriptor, stats, { maxBytes: MAX_SECRET_BYTES });
    try {
      return decoded(path, bytes).replace(/\r?\n$/, '');
    } finally {
      bytes.fill(0);
    }
  });
}

/** A byte order mark is refused: it would become a part of the PIN, and wrong PINs lock tokens. */
function decoded(path: string, bytes: Buffer): string {
  let text: string | null;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = null;
  }
  if (text !== null && !text.startsWith('\ufeff')) return text;
  const reason = `${text === null ? 'found bytes that are no UTF-8' : 'found a byte order mark'}: ${path}`;
  throw new KeyferryError('FILE_NOT_UTF8', { reason });
}
