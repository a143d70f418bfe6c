import type { Kek, Manifest, PlanEntry } from '@keyferry/blob';
import type { Pkcs11Uri } from '@keyferry/pkcs11';
import type { Target } from '../target/target.js';
import type { Run } from '../wrapping/run.js';
import { checkTransfer } from '../wrapping/transfer.js';
import { targetOf } from '../wrapping/ways.js';
import { concernsOneKey } from './one-key.js';
import { isOfKey, isOfVeryKey } from './own-work.js';
import type { KekOf } from './plan-keks.js';
import { keyReader } from './plan-keys.js';
import type { Problems } from './problems.js';
import { foldedName, type Standing } from './standing.js';

/** An entry that can be carried out, or is already. */
export interface Checked {
  readonly entry: PlanEntry;
  readonly kek: Kek;
  readonly key: Pkcs11Uri;
  readonly todo: Todo;
}

export type Todo =
  | { readonly act: 'nothing' }
  /** `replace`: over files that may go. */
  | { readonly act: 'wrap'; readonly replace: boolean }
  /** The files are whole and of this very key, the journal shall know them. */
  | { readonly act: 'adopt'; readonly manifest: Manifest };

/** What an entry is held against. */
export interface PlanCheck {
  readonly run: Run;
  readonly kekOf: KekOf;
  readonly standingOf: (entry: PlanEntry, kek: Kek) => Promise<Standing>;
  /** Files of whatever origin may be replaced. */
  readonly force: boolean;
  readonly problems: Problems;
  readonly step: (done: number) => void;
}

/** Notes each entry that has the output of another, or its key and KEK. */
export function noteDuplicates(entries: readonly PlanEntry[], problems: Problems): void {
  const outputs = new Map<string, PlanEntry>();
  const keys = new Map<string, PlanEntry>();
  for (const entry of entries) {
    const sameOutput = firstOf(outputs, foldedName(entry.out), entry);
    if (sameOutput !== null) {
      problems.add(
        entry,
        'PLAN_DUPLICATE',
        `the same output as ${sameOutput.place}, or one that is the same on a stick`,
      );
    }
    const sameKey = firstOf(keys, JSON.stringify([entry.key, entry.kek, entry.kid]), entry);
    if (sameKey !== null) problems.add(entry, 'PLAN_DUPLICATE', `the same key under the same KEK as ${sameKey.place}`);
  }
}

/**
 * Checks every entry before the first key moves: the key is there once, may leave, can be wrapped, and its outputs are
 * free, or what an earlier run has left of it. All that stands in the way is noted. Errors: those of the token as a whole.
 */
export async function checkEntries(
  { run, kekOf, standingOf, force, problems, step }: PlanCheck,
  entries: readonly PlanEntry[],
  signal: AbortSignal,
): Promise<Checked[]> {
  const readKey = keyReader(run);
  const objects = new Map<string, PlanEntry>();
  const checked: Checked[] = [];
  for (const [index, entry] of entries.entries()) {
    signal.throwIfAborted();
    step(index);
    const kek = kekOf(entry);
    const key = await problems.check(entry, () => readKey(entry), concernsOneKey);
    const standing = kek === undefined ? null : await problems.check(entry, () => standingOf(entry, kek));
    if (key === null) continue;
    if (kek !== undefined && standing?.state === 'finished') {
      checked.push({ entry, kek, key, todo: { act: 'nothing' } });
      continue;
    }
    const target = await problems.check(
      entry,
      () => (kek === undefined ? targetOf(run, key) : checkTransfer(run, { kek, key })),
      concernsOneKey,
    );
    if (target === null || kek === undefined) continue;
    const sameObject = firstOf(objects, `${target.object} ${kek.kid.text} ${kek.thumbprint}`, entry);
    if (sameObject !== null && !problems.has(entry)) {
      problems.add(entry, 'PLAN_DUPLICATE', `another name of the key of ${sameObject.place}, under the same KEK`);
    }
    if (standing === null) continue;
    const todo = (await todoOf(run, target, standing)) ?? (force ? OVER_FILES : null);
    if (todo === null) problems.add(entry, 'OUTPUT_EXISTS', 'there are files, and they are not of this key');
    else checked.push({ entry, kek, key, todo });
  }
  return checked;
}

const OVER_FILES: Todo = { act: 'wrap', replace: true };

/** null: the files that stand there are not of this key. */
async function todoOf(run: Run, target: Target, standing: Standing): Promise<Todo | null> {
  switch (standing.state) {
    case 'finished':
      return { act: 'nothing' };
    case 'open':
      return { act: 'wrap', replace: standing.replace };
    case 'written': {
      const { manifest } = standing;
      const ours = await isOfVeryKey(manifest, run, target);
      if (ours === null) return OVER_FILES;
      return ours ? { act: 'adopt', manifest } : null;
    }
    case 'begun':
      return isOfKey(standing.manifest, run, target) ? OVER_FILES : null;
  }
}

/** The entry that has this name already; null, and it is remembered, if none has. */
function firstOf(seen: Map<string, PlanEntry>, name: string, entry: PlanEntry): PlanEntry | null {
  const first = seen.get(name);
  if (first === undefined) seen.set(name, entry);
  return first ?? null;
}
