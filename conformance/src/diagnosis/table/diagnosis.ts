import type { CheckId } from '../../oracle/index.js';

/** A way in which blobs are known to be wrong, or doubtful where its check only warns. */
export interface Diagnosis {
  /** The check that finds the fault; its second word is the stage. */
  readonly check: CheckId;
  /** What is wrong with the blob, in a few words. */
  readonly title: string;
  /** What most likely made it so. */
  readonly cause: string;
  /** What the maker of the blob does about it. */
  readonly mend: string;
  /** Where this has happened before, by a public source. */
  readonly seen?: string;
}

/** By an id that never changes. */
export type DiagnosisTable = Readonly<Record<`${string}/${string}`, Diagnosis>>;
