import { basename } from 'node:path';
import type { Kek, PlanEntry } from '@keyferry/blob';
import { openJournal } from '@keyferry/files';
import { z } from 'zod';

const at = z.iso.datetime();

/** What was asked, and the blob that answers it. */
const answer = {
  at,
  /** PKCS#11 URI, as the plan has it. */
  key: z.string(),
  kek: z.strictObject({ kid: z.string(), thumbprint: z.string() }),
  out: z.string(),
  blobSha256: z.string().regex(/^[0-9a-f]{64}$/),
} as const;

const actSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('started'), at, plan: z.string(), keys: z.int() }),
  /** Blob and manifest stand under their names, on the medium. */
  z.strictObject({ act: z.literal('wrapped'), ...answer }),
  /** An earlier run wrote blob and manifest, and was killed before it could say so here. */
  z.strictObject({ act: z.literal('adopted'), ...answer }),
  /** Every key was tried, or a failure ended the run as the operator wished. */
  z.strictObject({ act: z.literal('ended'), at, failed: z.int() }),
]);

export type BatchAct = z.output<typeof actSchema>;
type Answer = Extract<BatchAct, { act: 'wrapped' | 'adopted' }>;

export interface BatchJournal {
  readonly path: string;
  /** The last run did not come to its end: it was killed, or an error of token or medium ended it. */
  readonly interrupted: boolean;
  /** SHA-256 of the blob that an earlier run made for exactly this; null if none did. */
  finished(entry: PlanEntry, kek: Kek): string | null;
  start(plan: string, keys: number): Promise<void>;
  record(act: Answer['act'], entry: PlanEntry, kek: Kek, blobSha256: string): Promise<void>;
  end(failed: number): Promise<void>;
  close(): Promise<void>;
}

/** Errors: JOURNAL_*, FILE_*, OUTPUT_*. */
export async function openBatchJournal(path: string): Promise<BatchJournal> {
  const journal = await openJournal(path, (value) => actSchema.parse(value));
  const before = [...journal.entries];
  const answers = new Map(before.filter(isAnswer).map((act) => [act.out, act]));
  return {
    path,
    interrupted: before.length > 0 && before.at(-1)?.act !== 'ended',
    finished(entry, kek) {
      const act = answers.get(entry.out);
      const same = act?.key === entry.key && act.kek.kid === kek.kid.text && act.kek.thumbprint === kek.thumbprint;
      return same ? act.blobSha256 : null;
    },
    start: (plan, keys) => journal.append({ act: 'started', at: now(), plan: basename(plan), keys }),
    record: (act, { key, out }, { kid, thumbprint }, blobSha256) =>
      journal.append({ act, at: now(), key, kek: { kid: kid.text, thumbprint }, out, blobSha256 }),
    end: (failed) => journal.append({ act: 'ended', at: now(), failed }),
    close: () => journal.close(),
  };
}

function isAnswer(act: BatchAct): act is Answer {
  return act.act === 'wrapped' || act.act === 'adopted';
}

function now(): string {
  return new Date().toISOString();
}
