import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Receipt } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { openJournal } from '@keyferry/files';
import type { ImportFiles } from '../import-files.js';
import { type OpenImport, openImport, parseImportAct } from '../import-journal.js';
import { foldedName, ownReceipt } from '../own-receipt.js';
import { BATCH_JOURNAL, type BatchJournal, type BatchKey, openBatchJournal } from './batch-journal.js';

/** What is left to be done for a key. */
export type Todo =
  /** `replace`: over a receipt that may go. */
  | { readonly act: 'send'; readonly replace: boolean }
  /** An earlier run sent it, and nothing says how that ended: it is looked for, and not sent. */
  | { readonly act: 'look'; readonly open: OpenImport; readonly replace: boolean }
  /** The operator lets what was sent be taken for not made. */
  | { readonly act: 'send-again'; readonly open: OpenImport; readonly replace: boolean }
  /** An earlier run has finished it. */
  | { readonly act: 'nothing'; readonly receipt: Receipt }
  /** An earlier run found another key in the vault; nothing is done about that by itself. */
  | { readonly act: 'fail'; readonly error: KeyferryError };

export interface StandingRules {
  /** What is finished is imported once more. */
  readonly again: boolean;
  /** A receipt of another blob may be replaced. */
  readonly force: boolean;
  /** Names whose unknown outcome the operator has settled. */
  readonly resend: readonly string[];
}

/**
 * How far a key is, by journal and receipt.
 * @throws OUTPUT_EXISTS, FINISHED_KEY_CHANGED; OUTCOME_UNKNOWN when an import of another blob is open under that name, or one
 * by `import` alone.
 */
export async function standingOf(
  key: BatchKey,
  files: ImportFiles,
  journal: BatchJournal,
  { again, force, resend }: StandingRules,
): Promise<Todo> {
  refuseOtherOpen(key, journal);
  await refuseOpenAlone(key, files);
  const { entries } = journal.of(key);
  const last = entries.at(-1);
  const receipt = await ownReceipt(key, files.receipt);
  const replace = receipt !== null || force;
  if (!replace && existsSync(files.receipt)) {
    throw new KeyferryError('OUTPUT_EXISTS', { reason: `it is not of this blob under this name: ${files.receipt}` });
  }
  const open = openImport(entries);
  if (open !== null) return { act: resend.includes(key.name) ? 'send-again' : 'look', open, replace };
  if (again) return { act: 'send', replace };
  if (last?.act === 'different') return { act: 'fail', error: differentBefore(key, last.version) };
  if (last?.act === 'done' && receipt?.key.version !== last.version) {
    throw new KeyferryError('FINISHED_KEY_CHANGED', {
      reason: `it was imported as version ${last.version}, and ${files.receipt} does not say so`,
    });
  }
  return receipt === null ? { act: 'send', replace } : { act: 'nothing', receipt };
}

function refuseOtherOpen(key: BatchKey, journal: BatchJournal): void {
  const other = journal.open.find(
    ({ key: { vault, name, blobSha256 } }) =>
      vault === key.vault &&
      foldedName(name) === foldedName(key.name) &&
      (blobSha256 !== key.blobSha256 || name !== key.name),
  );
  if (other === undefined) return;
  const { name, blobSha256 } = other.key;
  throw new KeyferryError('OUTCOME_UNKNOWN', {
    reason: `an earlier run sent blob ${blobSha256.slice(0, 12)}... as ${name} at ${other.open.sent.at}, and its outcome is open; finish that one first`,
  });
}

/**
 * For an import by itself: a batch into the same folder of receipts may have sent something under this name.
 * @throws OUTCOME_UNKNOWN; errors of openBatchJournal.
 */
export async function refuseOpenInBatch(key: Omit<BatchKey, 'blobSha256'>, receiptFile: string): Promise<void> {
  const file = join(dirname(receiptFile), BATCH_JOURNAL);
  if (!existsSync(file)) return;
  const journal = await openBatchJournal(file);
  await journal.close();
  const found = journal.open.find(
    ({ key: { vault, name } }) => vault === key.vault && foldedName(name) === foldedName(key.name),
  );
  if (found === undefined) return;
  throw new KeyferryError('OUTCOME_UNKNOWN', {
    reason: `a batch sent a blob as ${found.key.name} at ${found.open.sent.at}, and its outcome is open in ${file}`,
    hint: 'run that batch again first: it finds out what became of it',
  });
}

/** An import by itself has a journal of its own. */
async function refuseOpenAlone({ name }: BatchKey, { journal: file }: ImportFiles): Promise<void> {
  if (!existsSync(file)) return;
  const journal = await openJournal(file, parseImportAct);
  const open = openImport(journal.entries);
  await journal.close();
  if (open?.sent.name !== name) return;
  throw new KeyferryError('OUTCOME_UNKNOWN', {
    reason: `keyferry-import import sent a blob as ${name} at ${open.sent.at}, and its outcome is open in ${file}; run that import again first`,
  });
}

function differentBefore({ name }: BatchKey, version: string): KeyferryError {
  return new KeyferryError('IMPORTED_KEY_MISMATCH', {
    reason: `an earlier run found another key in version ${version} of ${name} and left it disabled`,
    hint: 'find out whose it is; keep blob and manifest. --again --new-version imports the blob once more',
    values: { version },
  });
}
