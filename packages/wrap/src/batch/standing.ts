import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import {
  checkManifest,
  type Kek,
  MAX_BLOB_BYTES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type PlanEntry,
  readByok,
  readManifest,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { checkTargets, namesIn, readBoundedFile, whatIsAt } from '@keyferry/files';
import type { BatchJournal } from './batch-journal.js';

/** Where the outputs of an entry go. */
export interface Outputs {
  readonly blob: string;
  readonly manifest: string;
}

/** How far an entry is, by its files and the journal. */
export type Standing =
  /** To be wrapped; `replace`: over files that may go. */
  | { readonly state: 'open'; readonly replace: boolean }
  /** An earlier run wrapped it, said so, and blob and manifest are as it left them. */
  | { readonly state: 'finished' }
  /** Blob and manifest stand there whole, and the journal does not know them: ours if the manifest is of this very key. */
  | { readonly state: 'written'; readonly manifest: Manifest }
  /** A manifest that has no blob yet, or not its own: to be wrapped if the manifest is of this very key. */
  | { readonly state: 'begun'; readonly manifest: Manifest };

export interface StandingRules {
  /** What the journal calls finished is wrapped again. */
  readonly again: boolean;
  /** Files of whatever origin may be replaced. */
  readonly force: boolean;
}

export function outputsOf(folder: string, { out }: Pick<PlanEntry, 'out'>): Outputs {
  return { blob: join(folder, out), manifest: join(folder, `${basename(out, '.byok')}.manifest.json`) };
}

/**
 * A reader of standings, on the names that the folder holds now. Files that the journal does not know are ours only after
 * an interrupted run: others may have put them there, and a blob says nothing about who made it.
 * Errors of the function: OUTPUT_EXISTS, OUTPUT_NOT_WRITABLE, FINISHED_KEY_CHANGED. Of this: OUTPUT_*.
 */
export async function standingReader(
  folder: string,
  journal: BatchJournal,
  { again, force }: StandingRules,
): Promise<(entry: PlanEntry, kek: Kek) => Promise<Standing>> {
  const names = new Set((await namesIn(folder)).map(foldedName));
  const isThere = async (path: string) => names.has(foldedName(basename(path))) && (await whatIsAt(path)) !== null;

  return async (entry, kek) => {
    const outputs = outputsOf(folder, entry);
    const blobSha256 = journal.finished(entry, kek);
    const blobThere = await isThere(outputs.blob);
    const manifestThere = await isThere(outputs.manifest);
    const there = [...(blobThere ? [outputs.blob] : []), ...(manifestThere ? [outputs.manifest] : [])];
    const open = async (): Promise<Standing> => {
      await checkTargets(there, { force: true });
      return { state: 'open', replace: there.length > 0 };
    };
    if (blobSha256 !== null) return again ? open() : finished(outputs, blobSha256, journal.interrupted);
    if (there.length === 0) return open();
    const left = journal.interrupted && manifestThere ? await leftBehind(outputs, kek, blobThere) : null;
    if (left !== null) return again ? open() : left;
    if (!force) await checkTargets(there, { force: false });
    return open();
  };
}

/** Two names that are one on a stick: vfat and exfat know no case. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

async function finished(outputs: Outputs, blobSha256: string, interrupted: boolean): Promise<Standing> {
  try {
    const blob = await readBoundedFile(outputs.blob, { maxBytes: MAX_BLOB_BYTES });
    const found = createHash('sha256').update(blob).digest('hex');
    if (found !== blobSha256) throw changed(`${outputs.blob}: expected SHA-256 ${blobSha256}, found ${found}`);
    const manifest = readManifest(await readBoundedFile(outputs.manifest, { maxBytes: MAX_MANIFEST_BYTES }));
    if (manifest.blob.sha256 === blobSha256) return { state: 'finished' };
    // Killed while it was wrapped again: the manifest is new, the blob still the old one.
    if (interrupted) return { state: 'begun', manifest };
    throw changed(`${outputs.manifest} is of another blob`);
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code === 'FINISHED_KEY_CHANGED') throw error;
    throw changed(error.reason, error);
  }
}

/** What an interrupted run may have left of this entry; null for files that are not of this KEK, or damaged. */
async function leftBehind(outputs: Outputs, kek: Kek, blobThere: boolean): Promise<Standing | null> {
  const manifest = await orNull(async () =>
    readManifest(await readBoundedFile(outputs.manifest, { maxBytes: MAX_MANIFEST_BYTES })),
  );
  if (manifest?.kek.kid !== kek.kid.text || manifest.kek.thumbprint !== kek.thumbprint) return null;
  const whole =
    blobThere &&
    (await orNull(async () => {
      const blob = await readBoundedFile(outputs.blob, { maxBytes: MAX_BLOB_BYTES });
      checkManifest(manifest, blob, readByok(blob));
      return true;
    }));
  // Killed between the two names: there is no blob yet, or still that of an earlier try.
  return { state: whole ? 'written' : 'begun', manifest };
}

/** What is no whole file of ours is treated as anybody's. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof KeyferryError) return null;
    throw error;
  }
}

function changed(reason: string, cause?: unknown): KeyferryError {
  return new KeyferryError('FINISHED_KEY_CHANGED', { reason, cause });
}
