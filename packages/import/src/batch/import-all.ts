import type { Kek, Receipt } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { openImport } from '../import-journal.js';
import { newVersions } from '../reconcile.js';
import { importWithJournal } from '../run-import.js';
import type { Vault } from '../vault.js';
import type { BatchJournal } from './batch-journal.js';
import type { Item } from './check-batch.js';
import type { Pace } from './pace.js';
import { isBusy } from './paced-vault.js';

/** What became of a key. */
export type Ended =
  /** resumed: an earlier run had sent it. */
  | { readonly state: 'imported' | 'resumed'; readonly receipt: Receipt }
  /** By an earlier run. */
  | { readonly state: 'finished'; readonly receipt: Receipt }
  /** unknown: it was sent, and whether the vault made the key is not known. */
  | { readonly state: 'failed' | 'unknown'; readonly error: KeyferryError }
  | { readonly state: 'not-tried' };

export interface BatchRun {
  /** Paced; an interruption does not end what it is doing. */
  readonly vault: Vault;
  readonly pace: Pace;
  readonly journal: BatchJournal;
  /** By kid. */
  readonly keks: ReadonlyMap<string, Kek>;
  readonly options: {
    /** So many keys may be under way at the same time. */
    readonly concurrency: number;
    readonly stopOnError: boolean;
    readonly newVersion: boolean;
    readonly practice: boolean;
    /** Milliseconds since it was sent after which what has not come up is sent again; null: never. */
    readonly resendAfter: number | null;
  };
  /** Milliseconds before each further look for what became of an import without answer. */
  readonly pauses: readonly number[];
  /** So many of those that are open have ended. */
  readonly step: (done: number) => void;
  /** Ends the batch: nothing more is begun, and what is under way is brought to its end. */
  readonly signal: AbortSignal;
}

/** So many keys in a row whose answers the vault lost end a batch: else an outage would make all of them unknown. */
const MOST_LOST = 5;

/**
 * Imports what is open, what an earlier run has sent first. Errors are kept with their keys; after one that will meet every
 * other key too, nothing more is begun, and `stopped` says why.
 */
export async function importAll(
  batch: BatchRun,
  items: readonly Item[],
): Promise<{ readonly ended: readonly Ended[]; readonly stopped: string | null }> {
  const ended = items.map(beforehand);
  const acting = (acts: readonly string[]) =>
    [...items.keys()].filter((index) => acts.includes(items[index]?.todo.act ?? ''));
  const queue = [...acting(['look']), ...acting(['send', 'send-again'])];
  let done = 0;
  let lost = 0;
  let stopped: string | null = null;
  const stop = (reason: string) => {
    stopped ??= reason;
  };
  const worker = async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const item = items[index] as Item;
      const end = await importOne(batch, item, () => stopped !== null).catch((error: unknown) => {
        stop('an error that was not foreseen');
        throw error;
      });
      ended[index] = end;
      done += 1;
      batch.step(done);
      if (end.state !== 'failed' && end.state !== 'unknown') lost = 0;
      else if (item.todo.act !== 'look' && isLoss(end.error)) lost += 1;
      if (lost >= MOST_LOST) stop(`the answers to ${lost} keys in a row were lost`);
      if ('error' in end && CONCERNS_ALL.has(end.error.code)) stop(`${end.error.code}: ${end.error.reason}`);
      if ('error' in end && batch.options.stopOnError) stop('a key failed, and --stop-on-error was given');
    }
  };
  // Also after an error that was not foreseen, what is under way is brought to its end.
  const workers = await Promise.allSettled(Array.from({ length: batch.options.concurrency }, worker));
  for (const result of workers) if (result.status === 'rejected') throw result.reason;
  if (batch.signal.aborted) stop('interrupted');
  return { ended, stopped: ended.some(({ state }) => state === 'not-tried') ? stopped : null };
}

/** What is known of a key before anything is done. */
export function beforehand({ todo }: Item): Ended {
  switch (todo.act) {
    case 'nothing':
      return { state: 'finished', receipt: todo.receipt };
    case 'fail':
      return { state: 'failed', error: todo.error };
    default:
      return { state: 'not-tried' };
  }
}

/** A 429 is waited out with the whole batch: then the journal says what of the key is still to be done. */
async function importOne(batch: BatchRun, item: Item, isStopped: () => boolean): Promise<Ended> {
  const { pace, journal } = batch;
  try {
    for (;;) {
      if (isStopped()) break;
      await pace.enter();
      try {
        if (isStopped()) break;
        const { receipt, resumed } = await attempt(batch, item);
        pace.succeeded();
        return { state: resumed ? 'resumed' : 'imported', receipt };
      } catch (error) {
        if (!isBusy(error)) throw error;
      } finally {
        pace.leave();
      }
    }
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    const open = openImport(journal.of(item.key).entries);
    if (open === null && error.code === 'INTERRUPTED') return { state: 'not-tried' };
    return { state: open !== null && open.arrived === null ? 'unknown' : 'failed', error: hinted(error, item) };
  }
  const open = openImport(journal.of(item.key).entries);
  return open === null ? { state: 'not-tried' } : { state: 'unknown', error: notLookedFor(item, open.sent.at) };
}

async function attempt(batch: BatchRun, item: Item) {
  const { vault, keks, options, pauses } = batch;
  const { plan, files, todo } = item;
  const journal = batch.journal.of(item.key);
  if (await mayBeSentAgain(batch, item)) await journal.append({ act: 'given-up', at: new Date().toISOString() });
  const kek = keks.get(plan.byok.kid.text);
  const { newVersion, practice } = options;
  const replace = 'replace' in todo && todo.replace;
  return await importWithJournal(
    {
      ...{ vault, plan, files, pauses },
      options: { newVersion, practice, disabled: false, force: replace },
      patience: 0,
      say: () => {},
      // What was begun is brought to its end.
      signal: new AbortController().signal,
    },
    journal,
    kek === undefined ? null : { kek, versions: null },
  );
}

/** Whether what an earlier run has sent is taken for not made: by the operator's word, or by the time that he has set. */
async function mayBeSentAgain({ vault, journal, options }: BatchRun, { plan, key, todo }: Item): Promise<boolean> {
  const open = openImport(journal.of(key).entries);
  if (open === null || (todo.act !== 'send-again' && todo.act !== 'look')) return false;
  if (open.sent.at !== todo.open.sent.at) return false;
  if (todo.act === 'send-again') return true;
  const { resendAfter } = options;
  if (open.arrived !== null || resendAfter === null || Date.now() - Date.parse(open.sent.at) < resendAfter)
    return false;
  return newVersions(open.sent.versions, await vault.versions(plan.name)).length === 0;
}

/** After these, no other key would fare better. */
const CONCERNS_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'VAULT_UNREACHABLE',
  'TLS_UNTRUSTED',
  'LOGIN_FAILED',
  'CLOCK_SKEW',
  'SERVICE_UNAUTHORIZED',
  'SERVICE_FORBIDDEN',
  'SERVICE_WRONG_TENANT',
  'SERVICE_FIREWALL',
  'SERVICE_VAULT_DISABLED',
  'SERVICE_BUSY',
  'EMULATOR_REFUSED',
  'MODE_MISMATCH',
  'OUTPUT_NOT_WRITABLE',
  'OUTPUT_FOLDER_MISSING',
]);

function isLoss({ code }: KeyferryError): boolean {
  return ['OUTCOME_UNKNOWN', 'SERVICE_FAILED', 'SERVICE_NO_ANSWER', 'SERVICE_NOT_JSON'].includes(code);
}

/** The hints of a single import name its own journal. */
function hinted(error: KeyferryError, { plan }: Item): KeyferryError {
  if (error.code !== 'OUTCOME_UNKNOWN') return error;
  const { code, reason, values } = error;
  return new KeyferryError(code, { reason, values, cause: error, hint: LOOK_AGAIN(plan.name) });
}

function notLookedFor({ plan }: Item, at: string): KeyferryError {
  return new KeyferryError('OUTCOME_UNKNOWN', {
    reason: `it was sent at ${at}, and this run has not looked for it`,
    hint: LOOK_AGAIN(plan.name),
  });
}

const LOOK_AGAIN = (name: string) =>
  'run the same command again: it looks first. If minutes later nothing has come up, --resend-after 600 sends such keys ' +
  `again; if you have dealt with what is there, --resend ${name}`;
