import { z } from 'zod';

/** What `--baseline` writes in place of a reason, and `--expect` refuses. */
export const REASON_TO_BE_WRITTEN = 'to be written: why is this failure accepted?';

/** A known failure that does not count against the subject. */
export const exceptionSchema = z.strictObject({
  /** The id of a case, or a pattern of ids: `*` is any text. */
  id: z.string().min(1).max(200),
  /** Why the failure is accepted. */
  reason: z.string().trim().min(1).max(2000),
  /** Where it is tracked: a number, a name or a URL. */
  issue: z.string().trim().min(1).max(500).optional(),
  /** The last day (UTC) on which it holds. */
  expires: z.iso.date().optional(),
});

/** The file of `--expect`, in YAML. */
export const exceptionsSchema = z
  .array(exceptionSchema)
  .max(10_000)
  .meta({ title: 'EXCEPTIONS.yaml', description: 'Failures of a subject that are known and accepted for now.' });

export type Exception = z.output<typeof exceptionSchema>;
