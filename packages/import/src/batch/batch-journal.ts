import { type Journal, openJournal } from '@keyferry/files';
import { z } from 'zod';
import { type ImportAct, importActSchema, type OpenImport, openImport } from '../import-journal.js';

const keySchema = z.strictObject({ vault: z.string(), name: z.string(), blobSha256: z.string() });

/** What one line of the journal is about: this blob, under this name, in this vault. */
export type BatchKey = z.output<typeof keySchema>;

const lineSchema = z.strictObject({ key: keySchema, step: importActSchema });

/** Its name in the folder of the receipts: one for all batches there, whatever folder or plan names the blobs. */
export const BATCH_JOURNAL = 'import-batch.journal.jsonl';

/** The journal of a batch: the steps of its imports, in the order in which they were taken. */
export interface BatchJournal {
  readonly path: string;
  /** What earlier runs have sent without knowing how that ended. */
  readonly open: readonly { readonly key: BatchKey; readonly open: OpenImport }[];
  /** The steps of one key, as if it had a journal of its own. */
  of(key: BatchKey): Journal<ImportAct>;
  close(): Promise<void>;
}

/** Errors: JOURNAL_*, FILE_*, OUTPUT_*. */
export async function openBatchJournal(path: string): Promise<BatchJournal> {
  const journal = await openJournal(path, (value) => lineSchema.parse(value));
  const steps = new Map<string, ImportAct[]>();
  const keys = new Map<string, BatchKey>();
  const stepsOf = (key: BatchKey) => {
    const id = JSON.stringify([key.vault, key.name, key.blobSha256]);
    const found = steps.get(id) ?? [];
    steps.set(id, found);
    keys.set(id, key);
    return found;
  };
  for (const { key, step } of journal.entries) stepsOf(key).push(step);
  return {
    path,
    open: [...keys].flatMap(([id, key]) => {
      const open = openImport(steps.get(id) ?? []);
      return open === null ? [] : [{ key, open }];
    }),
    of(key) {
      const entries = stepsOf(key);
      return {
        entries,
        async append(step) {
          await journal.append({ key, step });
          entries.push(step);
        },
        close: async () => {},
      };
    },
    close: () => journal.close(),
  };
}
