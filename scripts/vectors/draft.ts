import { createHash } from 'node:crypto';
import type { Note, Stage } from '../../conformance/src/vectors/format.js';

/** What every test of a family states; its number is given when the file is put together. */
export interface Draft {
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly stage: Stage | null;
}

export interface DraftGroup {
  readonly type: string;
  readonly tests: readonly Draft[];
}

export interface DraftFile {
  readonly schema: string;
  readonly algorithm: string;
  readonly header: readonly string[];
  readonly notes: Readonly<Record<string, Note>>;
  readonly testGroups: readonly DraftGroup[];
}

export function valid<T>(comment: string, flag: string, rest: T): Draft & T {
  return { comment, flags: [flag], result: 'valid', stage: null, ...rest };
}

export function invalid<T>(stage: Stage, comment: string, flag: string, rest: T): Draft & T {
  return { comment, flags: [flag], result: 'invalid', stage, ...rest };
}

export function acceptable<T>(stage: Stage, comment: string, flag: string, rest: T): Draft & T {
  return { comment, flags: [flag], result: 'acceptable', stage, ...rest };
}

const GENERATOR_VERSION = '0.1.0';

/** Numbers the tests and writes the file as it is published. Every note must be used, and every flag have a note. */
export function fileText({ schema, algorithm, header, notes, testGroups }: DraftFile): string {
  const used = new Set(testGroups.flatMap(({ tests }) => tests.flatMap(({ flags }) => flags)));
  const idle = Object.keys(notes).filter((name) => !used.has(name));
  if (idle.length > 0) throw new Error(`${schema}: no test has the flag ${idle.join(', ')}`);
  let tcId = 0;
  const numbered = testGroups.map(({ tests, ...group }) => ({
    ...group,
    tests: tests.map((test) => ({ tcId: ++tcId, ...test })),
  }));
  const file = {
    algorithm,
    schema: `${schema}.schema.json`,
    generatorVersion: GENERATOR_VERSION,
    numberOfTests: tcId,
    header,
    notes,
    testGroups: numbered,
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** As many bytes as are wanted, always the same for the same words: SHA-512 of the words and a counter. */
export function seeded(words: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, block) =>
    createHash('sha512').update(`keyferry vectors ${block} ${words}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A copy with one bit turned over; bit 0 is the lowest of the first byte. */
export function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
