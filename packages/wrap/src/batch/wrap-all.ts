import { type Manifest, type NotChecked, type Thumbprint, thumbprintOf, writeManifest } from '@keyferry/blob';
import type { KeyferryError } from '@keyferry/errors';
import { writeOutputs } from '@keyferry/files';
import type { Run } from '../wrapping/run.js';
import { wrapPrepared } from '../wrapping/transfer.js';
import { type Ahead, prepareAhead } from './ahead.js';
import type { BatchJournal } from './batch-journal.js';
import type { Checked } from './check-plan.js';
import { concernsOneKey } from './one-key.js';
import { outputsOf } from './standing.js';
import type { FinderOf } from './token-objects.js';

/** What became of an entry. */
export type Ended =
  | { readonly state: 'wrapped' | 'adopted'; readonly kind: string; readonly targetThumbprint: Thumbprint | null }
  /** An earlier run wrapped it, and this one looked at its files only. */
  | { readonly state: 'finished' }
  | { readonly state: 'failed'; readonly error: KeyferryError }
  /** A failure before it ended the run. */
  | { readonly state: 'not-tried' };

export interface BatchRun {
  readonly run: Run;
  readonly finderOf: FinderOf;
  readonly folder: string;
  readonly journal: BatchJournal;
  readonly stopOnError: boolean;
  /** Called for each warning, with the output that it is about. */
  readonly warn: (text: string, out: string) => void;
  /** Called with what nobody checked of a key. */
  readonly noteUnchecked: (ids: readonly NotChecked[]) => void;
  readonly step: (done: number) => void;
}

/**
 * Carries out what was checked, in the order of the plan. A key is finished when its files are on the medium and the
 * journal says so, before the next one is wrapped. Errors that concern one key are kept in the result; after any other one
 * nothing goes on. Errors: JOURNAL_*, OUTPUT_*, HSM_*, PIN_*, KEK_NOT_AS_CONFIRMED, INTERRUPTED.
 */
export async function carryOut(batch: BatchRun, checked: readonly Checked[], signal: AbortSignal): Promise<Ended[]> {
  const { run, finderOf, folder } = batch;
  const requests = checked
    .filter(({ todo }) => todo.act === 'wrap')
    .map(({ entry, kek, key }) => ({ kek, key, blobFile: outputsOf(folder, entry).blob }));
  const ahead = prepareAhead(run, finderOf, requests, signal);
  const ended: Ended[] = [];
  let stopped = false;
  try {
    for (const item of checked) {
      signal.throwIfAborted();
      const skipped: boolean = stopped && item.todo.act !== 'nothing';
      const one: Ended = skipped ? { state: 'not-tried' } : await carryOutOne(batch, item, ahead, signal);
      ended.push(one);
      stopped ||= batch.stopOnError && one.state === 'failed';
      batch.step(ended.length);
    }
  } finally {
    await ahead.close();
  }
  return ended;
}

async function carryOutOne(batch: BatchRun, item: Checked, ahead: Ahead, signal: AbortSignal): Promise<Ended> {
  const { entry, kek, todo } = item;
  if (todo.act === 'nothing') return { state: 'finished' };
  if (todo.act === 'adopt') {
    await batch.journal.record('adopted', entry, kek, todo.manifest.blob.sha256);
    batch.noteUnchecked(todo.manifest.notChecked);
    return { state: 'adopted', ...summaryOf(todo.manifest) };
  }
  try {
    return await wrapOne(batch, item, { force: todo.replace }, ahead, signal);
  } catch (error) {
    if (!concernsOneKey(error)) throw error;
    return { state: 'failed', error };
  }
}

async function wrapOne(
  batch: BatchRun,
  { entry, kek }: Checked,
  options: { readonly force: boolean },
  ahead: Ahead,
  signal: AbortSignal,
): Promise<Ended> {
  const { run, folder, journal } = batch;
  const outputs = outputsOf(folder, entry);
  const { blob, manifest, warnings } = await wrapPrepared(run, await ahead.next(), signal);
  for (const warning of warnings) batch.warn(warning, entry.out);
  batch.noteUnchecked(manifest.notChecked);
  signal.throwIfAborted();
  await writeOutputs(
    [
      { path: outputs.manifest, bytes: writeManifest(manifest) },
      { path: outputs.blob, bytes: blob },
    ],
    options,
  );
  await journal.record('wrapped', entry, kek, manifest.blob.sha256);
  return { state: 'wrapped', ...summaryOf(manifest) };
}

function summaryOf({ target }: Manifest): { kind: string; targetThumbprint: Thumbprint | null } {
  const kind =
    target.type === 'EC' ? `EC ${target.crv}` : `${target.type === 'oct' ? 'AES' : target.type} ${target.bits}`;
  return { kind, targetThumbprint: target.publicKey === null ? null : thumbprintOf(target.publicKey) };
}
