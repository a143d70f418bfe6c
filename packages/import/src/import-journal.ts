import { KeyferryError } from '@keyferry/errors';
import { z } from 'zod';

const version = z.string();

/** One act of an import, written before or after it as its name says. */
export const importActSchema = z.discriminatedUnion('act', [
  /** Before the PUT: from here on the outcome is open. */
  z.strictObject({
    act: z.literal('sending'),
    at: z.iso.datetime(),
    vault: z.string(),
    name: z.string(),
    blobSha256: z.string(),
    /** Every version that the name had before. */
    versions: z.array(version),
  }),
  /** The service refused, or was never reached: nothing was made. */
  z.strictObject({ act: z.literal('refused'), at: z.iso.datetime(), code: z.string() }),
  /** This version is ours: the answer said so, or it was found and equal afterwards. Not yet enabled. */
  z.strictObject({ act: z.literal('arrived'), at: z.iso.datetime(), version }),
  /** The version is not the key that was expected; it was left disabled. */
  z.strictObject({ act: z.literal('different'), at: z.iso.datetime(), version }),
  /** The operator had what was sent taken for not made, although nothing proved it: it may be sent again. */
  z.strictObject({ act: z.literal('given-up'), at: z.iso.datetime() }),
  /** Compared, enabled, and the receipt written. */
  z.strictObject({ act: z.literal('done'), at: z.iso.datetime(), version }),
]);

export type ImportAct = z.output<typeof importActSchema>;
type Sending = Extract<ImportAct, { act: 'sending' }>;

/** Reads one line of an import journal. Throws for a line that is none of ours. */
export function parseImportAct(value: unknown): ImportAct {
  return importActSchema.parse(value);
}

/** What an earlier run left open: it sent something, and nothing says how that ended. */
export interface OpenImport {
  readonly sent: Sending;
  /** The version that is ours for certain, when that much is known. */
  readonly arrived: string | null;
}

/** The import that the journal leaves open, or null. */
export function openImport(entries: readonly ImportAct[]): OpenImport | null {
  let sent: Sending | null = null;
  let arrived: string | null = null;
  for (const entry of entries) {
    if (entry.act === 'arrived') {
      arrived = entry.version;
    } else {
      sent = entry.act === 'sending' ? entry : null;
      arrived = null;
    }
  }
  return sent === null ? null : { sent, arrived };
}

/** Refuses to work on while another import is open in the same journal. @throws OUTCOME_UNKNOWN. */
export function checkSameImport(
  open: OpenImport,
  now: { readonly vault: string; readonly name: string; readonly blobSha256: string },
  journal: string,
): void {
  const { vault, name, blobSha256 } = open.sent;
  if (vault !== now.vault || name !== now.name || blobSha256 !== now.blobSha256) {
    throw new KeyferryError('OUTCOME_UNKNOWN', {
      reason: `${journal} has an open import of ${name} into ${vault} (blob ${blobSha256.slice(0, 12)}..., sent ${open.sent.at})`,
      hint: 'run that import again first: it finds out what became of it, and sends nothing',
    });
  }
}
