import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readSpyLogFile, type SpyLog } from './read-spy-log.js';

const PLACES = [
  '/usr/lib/x86_64-linux-gnu/pkcs11-spy.so',
  '/usr/lib/aarch64-linux-gnu/pkcs11-spy.so',
  '/usr/lib64/pkcs11/pkcs11-spy.so',
  '/usr/lib/pkcs11/pkcs11-spy.so',
];

/** The spy of OpenSC on this machine. Throws SPY_NOT_FOUND. */
export function findSpy(places: readonly string[] = PLACES): string {
  const spy = places.find((path) => existsSync(path));
  if (spy !== undefined) return spy;
  throw new KeyferryError('SPY_NOT_FOUND', { reason: `expected pkcs11-spy.so in one of ${places.join(', ')}` });
}

/**
 * The file that the spy writes, with PINs in it. It stands in a folder of mode 0700, in memory where the system has such
 * a place; only a SIGKILL of this process would leave it there.
 */
export interface SpyLogFile {
  readonly path: string;
  /** Begins anew, with a file of mode 0600. A program that has loaded the spy before goes on in the old one. */
  clear(): Promise<void>;
  /** What the programs did since; removes the file. Errors: FILE_*. */
  take(): Promise<SpyLog>;
  /** Removes file and folder. */
  close(): Promise<void>;
}

export async function openSpyLog(): Promise<SpyLogFile> {
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'keyferry-spy-'));
  const path = join(folder, 'log');
  const remove = () => rm(path, { recursive: true, force: true });
  return {
    path,
    async clear() {
      await remove();
      await (await open(path, 'wx', 0o600)).close();
    },
    async take() {
      try {
        return await readSpyLogFile(path);
      } finally {
        await remove();
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
