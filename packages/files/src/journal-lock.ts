import { closeSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { cannotWrite, createNew, removeAll } from './output-folder.js';
import { systemCode } from './system-reason.js';

/** Who holds a lock: a process id is used again after a while, but not with the same start in the same boot. */
interface Holder {
  readonly boot: string;
  readonly pid: number;
  /** Clock ticks between boot and the start of the process (proc(5), field starttime). */
  readonly start: string;
}

/**
 * Makes a lock file beside `path` whose name says who holds it; the function that it returns removes it. Each process
 * makes its own first and looks for others then, so that never two go on, and the file of a dead process can be removed
 * without hitting a living one's. It holds between processes of one machine that see each other's ids. Throws
 * JOURNAL_IN_USE, OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function lockBeside(path: string): Promise<() => Promise<void>> {
  const self = thisProcess();
  const own = `${path}${suffixOf(self)}`;
  try {
    closeSync(createNew(own));
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw inUse(path, self);
    throw cannotWrite(path, error);
  }
  const release = () => rm(own, { force: true });
  try {
    for (const name of await readdir(dirname(path))) {
      const other = holderOf(name, basename(path));
      if (other === null || name === basename(own)) continue;
      if (isAlive(other, self.boot)) throw inUse(path, other);
      await rm(join(dirname(path), name), { force: true });
    }
    return release;
  } catch (error) {
    await removeAll([own]);
    throw cannotWrite(path, error);
  }
}

function suffixOf({ boot, pid, start }: Holder): string {
  return `.lock-${boot}-${pid}-${start}`;
}

function holderOf(name: string, journal: string): Holder | null {
  if (!name.startsWith(`${journal}.lock-`)) return null;
  const [, boot, pid, start] = /^\.lock-([0-9a-f]{8})-(\d+)-(\d+)$/.exec(name.slice(journal.length)) ?? [];
  return boot === undefined || start === undefined ? null : { boot, pid: Number(pid), start };
}

function thisProcess(): Holder {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return { boot, pid: process.pid, start: startOf(process.pid) ?? '0' };
}

function isAlive(holder: Holder, boot: string): boolean {
  return holder.boot === boot && startOf(holder.pid) === holder.start;
}

/** Null for a process that has ended, also if its parent has not asked how (state Z). */
function startOf(pid: number): string | null {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '')) return null;
    throw error;
  }
  // The name of the program, in parentheses, may hold anything: the fields are counted behind it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function inUse(path: string, { pid }: Holder): KeyferryError {
  return new KeyferryError('JOURNAL_IN_USE', {
    reason: `process ${pid} holds it: ${path}`,
    hint: `wait for process ${pid} to end`,
    values: { pid },
  });
}
