import type { ExitName } from './exit-codes.js';

/** One row of the table of errors. */
export interface CodeEntry {
  /** Which exit status a program ends with. */
  readonly exit: ExitName;
  /** What happened, in one line; the first line of the message. */
  readonly title: string;
  /** Why it matters: what the check protects, or how this comes about. */
  readonly why: string;
  /** What to do. Also the hint where the place that failed knows no better one. */
  readonly mend: string;
}

export type CodeTable = Readonly<Record<string, CodeEntry>>;
