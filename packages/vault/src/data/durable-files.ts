import { closeSync, fsync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KeyferryError } from '@keyferry/errors';
import { syncFolder, temporaryName } from '@keyferry/files';
import { fullDisk } from './room.js';

const sync = promisify(fsync);

/**
 * Files of one folder, each replaced as a whole. Only what waits for the medium leaves this thread, and one sync of the
 * folder serves all who wait for it: a server writes many small files at a time.
 */
export class DurableFiles {
  readonly #folder: string;
  /** The sync of the folder that has not begun yet. */
  #next: Promise<void> | null = null;
  /** Resolves when the last sync has ended, well or not. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * When it resolves, the file survives a crash; when it rejects, a new file is not there, and an old one is whole.
   * Mode 0600. Throws DISK_FULL, DATA_FOLDER.
   */
  async replace(name: string, text: string, options: { readonly isNew: boolean }): Promise<void> {
    const path = join(this.#folder, name);
    const temporary = temporaryName(this.#folder);
    let named = false;
    try {
      await writeAndSync(temporary, text);
      renameSync(temporary, path);
      named = true;
      await this.#synced();
    } catch (cause) {
      if (!named || options.isNew) rmSync(named ? path : temporary, { force: true });
      throw cannotKeep(path, cause);
    }
  }

  /** When it resolves, the file does not come back after a crash. Throws DATA_FOLDER. */
  async remove(name: string): Promise<void> {
    const path = join(this.#folder, name);
    try {
      rmSync(path, { force: true });
      await this.#synced();
    } catch (cause) {
      throw cannotKeep(path, cause);
    }
  }

  #synced(): Promise<void> {
    if (this.#next !== null) return this.#next;
    const next = this.#last.then(() => {
      this.#next = null;
      return syncFolder(this.#folder);
    });
    this.#last = next.catch(() => undefined);
    this.#next = next;
    return next;
  }
}

async function writeAndSync(path: string, text: string): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    await sync(file);
  } finally {
    closeSync(file);
  }
}

function cannotKeep(path: string, cause: unknown): KeyferryError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return fullDisk(`${path}: ${code}`, cause);
  return new KeyferryError('DATA_FOLDER', { reason: `${path}: ${message}`, cause });
}
