import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where work is left that must be done at the end: a test, or `wholeFile`. */
export interface Owner {
  teardown(work: () => void | Promise<void>): void;
}

/** For what all tests of a file share, such as the one token of its process. The work must be synchronous. */
export const wholeFile: Owner = {
  teardown(work) {
    process.once('exit', () => void work());
  },
};

/** A folder of mode 0700, in memory where the system has such a place; removed at the end. */
export function privateFolder(t: Owner): string {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'keyferry-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
