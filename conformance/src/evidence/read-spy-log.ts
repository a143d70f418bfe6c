import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { CallCollector, type Disorder } from './collect-calls.js';
import type { SpyCall } from './spy-call.js';
import { readSpyLine } from './spy-line.js';

/** What the log of one run of a program shows. */
export interface SpyLog {
  readonly calls: readonly SpyCall[];
  /** Empty where it shows one call after the other, each to its end. */
  readonly disorder: readonly (Disorder | 'the log is too long')[];
}

/** A log that has it all for one key has some 40 KB. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_CALLS = 100_000;

/**
 * Reads the log that a program wrote and forgets all of it that may be secret. A program that never loaded the spy has
 * written none. Throws FILE_NOT_REGULAR and FILE_UNREADABLE: the program could have put anything there.
 */
export async function readSpyLogFile(path: string): Promise<SpyLog> {
  let log: Buffer;
  try {
    log = await readBoundedFile(path, { maxBytes: MOST_BYTES });
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'FILE_NOT_FOUND') return { calls: [], disorder: [] };
    if (error instanceof KeyferryError && error.code === 'FILE_TOO_LARGE')
      return { calls: [], disorder: ['the log is too long'] };
    throw error;
  }
  try {
    return readSpyLog(log);
  } finally {
    log.fill(0);
  }
}

/** One line after the other; nothing of `log` is kept. */
export function readSpyLog(log: Uint8Array): SpyLog {
  const collector = new CallCollector();
  let tooLong = false;
  for (let from = 0; from < log.length && !tooLong; ) {
    const newline = log.indexOf(0x0a, from);
    const to = newline < 0 ? log.length : newline;
    collector.take(readSpyLine(log.subarray(from, to)));
    from = to + 1;
    tooLong = collector.calls.length > MOST_CALLS;
  }
  collector.end();
  return {
    calls: collector.calls,
    disorder: [...collector.disorder, ...(tooLong ? ['the log is too long' as const] : [])],
  };
}
