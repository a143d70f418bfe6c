import { join } from 'node:path';
import { ERROR_CODES, type ExitName, KeyferryError } from '@keyferry/errors';
import { tryFolders } from '@keyferry/files';
import { type Outcome, type Terminal, withProgress } from '@keyferry/terminal';
import { modeOf } from '../mode.js';
import type { Vault } from '../vault.js';
import { type BatchJournal, openBatchJournal } from './batch-journal.js';
import { type BatchResult, countsOf, exitOf, keyResult, notCheckedOf } from './batch-result.js';
import { type BatchChoices, checkInVault, checkOffline, type Item, isOpen } from './check-batch.js';
import { beforehand, type Ended, importAll } from './import-all.js';
import { Pace } from './pace.js';
import { pacedVault } from './paced-vault.js';
import type { Source } from './source.js';

/** Milliseconds without a finished key after which a vault that throttles is given up. */
const PATIENCE = 600_000;

export interface BatchArguments extends BatchChoices {
  readonly source: Source;
  readonly journal: string;
  readonly concurrency: number;
  readonly resendAfter: number | null;
  /** Milliseconds before each further look for what became of an import without answer. */
  readonly pauses: readonly number[];
  readonly newVersion: boolean;
  readonly practice: boolean;
  readonly stopOnError: boolean;
  readonly retireKek: boolean;
  readonly dryRun: boolean;
}

/**
 * Checks the batch whole, then imports what is open. `open` logs in where something is left.
 * Errors: PLAN_REFUSED, JOURNAL_*, OUTPUT_*, and those of the service before the first key is sent.
 */
export async function runBatch(
  args: BatchArguments,
  open: (signal: AbortSignal, onThrottled: (retryAfter: number | null) => void) => Promise<Vault>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome<BatchResult>> {
  if (!args.dryRun) await tryFolders([join(args.out, 'x'), args.journal]);
  const journal = await openBatchJournal(args.journal);
  try {
    const items = await withProgress(terminal, 'checking', args.source.entries.length, (step) =>
      checkOffline(args.source, journal, args, { step, signal }),
    );
    tellOddities(args.source, items, journal, terminal);
    // Where nothing is left to be asked, nobody has to log in.
    const needsVault = items.some(isOpen) || (args.retireKek && !args.dryRun);
    if (!needsVault) {
      const ended = args.dryRun ? null : items.map(beforehand);
      return { result: resultOf(args, items, ended, false), exit: exitOf(ended ?? []) };
    }
    const { concurrency: most } = args;
    const pace = new Pace({ most, patience: PATIENCE, signal, say: terminal.say });
    const asking = abortedBy(signal);
    const vault = pacedVault(await open(asking.signal, (retryAfter) => pace.throttled(retryAfter)), pace);
    const keks = await checkInVault(vault, items, args);
    signal.throwIfAborted();
    // From here on an interruption ends the batch, not what is under way in the vault.
    asking.letGo();
    if (args.dryRun) return { result: resultOf(args, items, null, vault.emulator) };
    const { ended, stopped } = await withProgress(terminal, 'importing', items.filter(isOpen).length, (step) =>
      importAll({ vault, pace, journal, keks, options: args, pauses: args.pauses, step, signal }, items),
    );
    const retired = args.retireKek ? await retireKeks(vault, items, ended, terminal) : { kids: [], exit: null };
    const result = { ...resultOf(args, items, ended, vault.emulator), stopped, keksRetired: retired.kids };
    return { result, exit: retired.exit ?? exitOf(ended) };
  } finally {
    await journal.close();
  }
}

/** A signal that follows another one until it is let go. */
function abortedBy(signal: AbortSignal): { readonly signal: AbortSignal; letGo(): void } {
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow);
  return { signal: controller.signal, letGo: () => signal.removeEventListener('abort', follow) };
}

function tellOddities({ leftOut }: Source, items: readonly Item[], journal: BatchJournal, terminal: Terminal): void {
  for (const name of leftOut) terminal.warn(`${name} is hidden, and left out`);
  for (const { entry, plan } of items) {
    for (const { text } of plan.byok.findings) terminal.warn(`${entry.place}: ${text}`);
  }
  const here = new Set(items.map(({ key }) => key.blobSha256));
  const strangers = journal.open.filter(({ key }) => !here.has(key.blobSha256));
  for (const { key, open } of strangers) {
    terminal.warn(`${key.name} was sent at ${open.sent.at} with an unknown outcome, and is not in this batch`);
  }
  const looks = items.filter(({ todo }) => todo.act === 'look').length;
  if (looks > 0) terminal.say(`an earlier run sent ${looks} of the keys: finding out first what became of them`);
}

function resultOf(
  { dryRun, practice, journal }: BatchArguments,
  items: readonly Item[],
  ended: readonly Ended[] | null,
  emulatorAnswered: boolean,
): BatchResult {
  const keys = items.map((item, index) => keyResult(item, ended?.[index] ?? null));
  const receipts = items.flatMap(({ todo }) => (todo.act === 'nothing' ? [todo.receipt] : []));
  const emulator = emulatorAnswered || receipts.some((receipt) => receipt.emulator);
  const manifests = items.map(({ plan }) => plan.manifest?.mode ?? null);
  const manifest = manifests.includes('practice') ? 'practice' : 'production';
  return {
    dryRun,
    mode: items.some(isOpen) ? modeOf({ manifest, emulator, practice }) : manifest,
    emulator,
    vault: (items[0] as Item).plan.vault.url,
    journal,
    counts: countsOf(keys),
    keys,
    stopped: null,
    keksRetired: [],
    notChecked: ended === null ? [] : notCheckedOf(ended),
  };
}

/** Each once; one that is disabled already stays so. None while a key has not arrived. What fails is told beside the result. */
async function retireKeks(
  vault: Vault,
  items: readonly Item[],
  ended: readonly Ended[],
  terminal: Terminal,
): Promise<{ readonly kids: string[]; readonly exit: ExitName | null }> {
  if (!ended.every((end) => 'receipt' in end)) {
    terminal.warn('the KEK stays enabled, since not all keys have arrived');
    return { kids: [], exit: null };
  }
  const kids = new Map(items.map(({ plan }) => [plan.byok.kid.text, plan.byok.kid]));
  const retired: string[] = [];
  for (const { text, name, version } of kids.values()) {
    try {
      await vault.setEnabled(name, version, false);
      retired.push(text);
    } catch (error) {
      if (!(error instanceof KeyferryError)) throw error;
      terminal.warn(
        `all keys have arrived, and their KEK ${text} could not be disabled: ${error.code}: ${error.reason}`,
      );
      return { kids: retired, exit: ERROR_CODES[error.code].exit };
    }
  }
  return { kids: retired, exit: null };
}
