import type { NotChecked, PlanEntry } from '@keyferry/blob';
import { sweepFolder } from '@keyferry/files';
import { type Outcome, type Terminal, withProgress } from '@keyferry/terminal';
import type { OpenToken } from '@keyferry/token';
import { destroyTrustedWrappingKey, type Run, startRun, type WrappingArguments } from '../wrapping/run.js';
import type { BatchJournal } from './batch-journal.js';
import { type BatchResult, countsOf, keyResult } from './batch-result.js';
import { type Checked, checkEntries } from './check-plan.js';
import type { KekOf } from './plan-keks.js';
import type { Problems } from './problems.js';
import { type StandingRules, standingReader } from './standing.js';
import { listTokenObjects } from './token-objects.js';
import { Warnings } from './warnings.js';
import { carryOut, type Ended } from './wrap-all.js';

export interface BatchRequest {
  /** The file, for the journal. */
  readonly plan: string;
  readonly entries: readonly PlanEntry[];
  /** Read, checked and confirmed. */
  readonly kekOf: KekOf;
  /** What is wrong with the plan so far. */
  readonly problems: Problems;
  readonly journal: BatchJournal;
  /** Where blobs and manifests go. */
  readonly folder: string;
  readonly args: WrappingArguments & StandingRules & { readonly stopOnError: boolean };
}

/**
 * Checks the plan whole, then wraps key after key. Errors: PLAN_REFUSED, those of startRun, and those after which no other
 * key is tried (see carryOut).
 */
export async function runBatch(
  request: BatchRequest,
  open: OpenToken,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome<BatchResult>> {
  const { entries, args, journal, folder } = request;
  const warnings = new Warnings(terminal);
  const unchecked = new Set<NotChecked>();
  const finderOf = listTokenObjects(open.session);
  const note = (text: string) => warnings.add(text, null);
  const run = await startRun(open, args, note, signal, finderOf(open.session));
  const checked = await check(request, run, terminal, signal);
  const begun = await begin(request, checked, terminal);
  const ended = await withProgress(terminal, 'wrapping', checked.length, async (step) => {
    let done = 0;
    const batch = {
      run,
      finderOf,
      folder,
      journal,
      stopOnError: args.stopOnError,
      warn: (text: string, out: string) => warnings.add(text, out),
      noteUnchecked(ids: readonly NotChecked[]) {
        for (const id of ids) unchecked.add(id);
      },
      step(count: number) {
        done = count;
        step(count);
      },
    };
    try {
      return await carryOut(batch, checked, signal);
    } catch (error) {
      terminal.warn(`stopped after ${done} of ${entries.length} keys; the same command goes on from there`);
      throw error;
    }
  });
  const keys = checked.map((item, at) => keyResult(item, ended[at] as Ended));
  const counts = countsOf(keys);
  if (begun) await journal.end(counts.failed);
  warnings.sayCounts();
  finishTrustedWrappingKey(run, counts.failed + counts.notTried, terminal);
  return {
    result: {
      mode: run.mode,
      folder,
      journal: journal.path,
      counts,
      keys,
      warnings: warnings.list(),
      notChecked: [...unchecked],
    },
    exit: counts.failed > 0 ? 'failed' : 'done',
  };
}

/** Errors: PLAN_REFUSED. */
async function check(
  { entries, kekOf, problems, journal, folder, args }: BatchRequest,
  run: Run,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Checked[]> {
  const standingOf = await standingReader(folder, journal, args);
  const { force } = args;
  const checked = await withProgress(terminal, 'checking', entries.length, (step) =>
    checkEntries({ run, kekOf, standingOf, force, problems, step }, entries, signal),
  );
  problems.throwIfAny();
  return checked;
}

/** Says what will be done, and clears away after a run that was killed. Whether the journal is written to at all. */
async function begin(
  { plan, journal, folder, entries }: BatchRequest,
  checked: readonly Checked[],
  terminal: Terminal,
): Promise<boolean> {
  const finished = checked.filter(({ todo }) => todo.act === 'nothing').length;
  if (finished > 0) terminal.say(`${finished} of ${entries.length} keys are finished already`);
  for (const { todo, entry } of checked) {
    if (todo.act === 'adopt') {
      terminal.say(`${entry.out} was written by a run that was ended before its journal said so: it is taken over`);
    }
  }
  if (finished === entries.length && !journal.interrupted) return false;
  await journal.start(plan, entries.length);
  const swept = journal.interrupted ? await sweepFolder(folder) : 0;
  if (swept > 0) terminal.say(`${swept} temporary ${swept === 1 ? 'file' : 'files'} of a run that was killed removed`);
  return true;
}

const TRUSTED_KEY_STAYS =
  'the trusted wrapping key stays in the token, since not all keys were wrapped: run the batch again, or let the security officer remove it (keyferry-wrap trust remove)';

/** It is destroyed when its last use is over: as long as a key may have to be wrapped again, it stays. */
function finishTrustedWrappingKey(run: Run, open: number, terminal: Terminal): void {
  if (run.trustedWrappingKey === null) return;
  if (open === 0) destroyTrustedWrappingKey(run);
  else terminal.warn(TRUSTED_KEY_STAYS);
}
