import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { readWhole } from './bounded-reading.js';
import { lockBeside } from './journal-lock.js';
import { cannotWrite, cleanUp, flush, syncFolder, whatIsAt, writeAll } from './output-folder.js';
import { needRegular } from './regular-file.js';

const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Bytes of a journal that is still read: at some hundred bytes an entry, some hundred thousand entries. */
const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

/** What has been done, one entry a line; what `append` has returned from survives a crash and a loss of power. */
export interface Journal<T> {
  /** From the first to the newest, with those that were appended since. */
  readonly entries: readonly T[];
  /** Throws OUTPUT_NOT_WRITABLE: whether the entry will be there again is not known, and the journal takes nothing more. */
  append(entry: T): Promise<void>;
  /** Lets appends finish, and gives the journal free for others. One that was made for nothing is removed. */
  close(): Promise<void>;
}

/**
 * Opens or makes a journal: lines of JSON, mode 0600, for one process at a time. `parse` checks an entry, and throws.
 * A last line without a line feed is an append that never returned: it is cut off. Throws JOURNAL_DAMAGED for any other
 * line that cannot be read, JOURNAL_IN_USE, FILE_NOT_REGULAR, FILE_TOO_LARGE, OUTPUT_FOLDER_MISSING, OUTPUT_NOT_WRITABLE.
 */
export async function openJournal<T>(path: string, parse: (value: unknown) => T): Promise<Journal<T>> {
  const release = await lockBeside(path);
  let descriptor: number | undefined;
  try {
    const found = await whatIsAt(path);
    if (found !== null) needRegular(path, found);
    const opened = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
    descriptor = opened;
    if (found === null) await syncFolder(dirname(path));
    const { entries, end } = await readEntries(path, opened, parse);
    const discard = async () => {
      if (found === null && entries.length === 0) await rm(path, { force: true });
    };
    return journalOn(path, opened, { entries, end, parse, discard, release });
  } catch (error) {
    await cleanUp([async () => descriptor !== undefined && closeSync(descriptor), release]);
    throw cannotWrite(path, error);
  }
}

/** The entries, and where the last whole line ends; what follows is cut off. */
async function readEntries<T>(path: string, descriptor: number, parse: (value: unknown) => T) {
  const bytes = readWhole(path, descriptor, fstatSync(descriptor), { maxBytes: MAX_JOURNAL_BYTES });
  const end = bytes.lastIndexOf(0x0a) + 1;
  const entries: T[] = [];
  for (let start = 0; start < end; ) {
    const lineEnd = bytes.indexOf(0x0a, start);
    entries.push(readEntry(path, entries.length + 1, bytes.subarray(start, lineEnd), parse));
    start = lineEnd + 1;
  }
  if (end < bytes.length) {
    ftruncateSync(descriptor, end);
    await flush(descriptor);
  }
  return { entries, end };
}

function readEntry<T>(path: string, line: number, bytes: Uint8Array, parse: (value: unknown) => T): T {
  try {
    return parse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
  } catch (error) {
    throw new KeyferryError('JOURNAL_DAMAGED', {
      reason: `line ${line} of ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      values: { line },
      cause: error,
    });
  }
}

function journalOn<T>(
  path: string,
  descriptor: number,
  state: {
    entries: T[];
    end: number;
    parse: (value: unknown) => T;
    discard: () => Promise<void>;
    release: () => Promise<void>;
  },
): Journal<T> {
  const { entries, parse } = state;
  let { end } = state;
  let failure: KeyferryError | null = null;
  let waiting: { readonly text: string; readonly entry: T }[] = [];
  /** Writes what waits, once the medium is free. */
  let next: Promise<void> | null = null;
  let busy: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | null = null;

  /** One wait for the medium is enough for all entries that came during the last one. */
  const writeWaiting = async () => {
    const written = waiting;
    waiting = [];
    next = null;
    if (failure !== null) throw failure;
    const lines = Buffer.from(written.map(({ text }) => `${text}\n`).join(''));
    try {
      writeAll(descriptor, lines);
      await flush(descriptor);
    } catch (error) {
      failure = cannotWrite(path, error);
      // A part of the lines may stand there. If it cannot be cut off now, the next opening does it.
      await cleanUp([async () => ftruncateSync(descriptor, end)]);
      throw failure;
    }
    end += lines.length;
    entries.push(...written.map(({ entry }) => entry));
  };

  return {
    entries,
    append: async (entry) => {
      if (closed !== null) throw new Error('append to a journal that is closed');
      parse(entry); // what could not be read again is never written
      waiting.push({ text: JSON.stringify(entry), entry });
      if (next === null) {
        next = busy.then(writeWaiting);
        busy = next.catch(() => {});
      }
      await next;
    },
    close: () => {
      // Every entry is on the medium already.
      closed ??= busy.then(() => cleanUp([async () => closeSync(descriptor), state.discard, state.release]));
      return closed;
    },
  };
}
