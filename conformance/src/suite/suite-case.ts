import type { Binding } from '../case/case.js';

/** What a subject is put to; one fault a case. */
export interface SuiteCase {
  /** A path that never changes, such as `producer/refuse/kek-1024`: exceptions and reports name it. */
  readonly id: string;
  readonly title: string;
  readonly level: Binding;
  /** The standard and its section, or where else the demand comes from. */
  readonly clause: string;
  /** Whole sentences. */
  readonly why: string;
  /** The version of the suite that had it first. */
  readonly since: string;
  /** Where the case stands in the matrix of KEK and target; null for a case that is in none. */
  readonly cell: Cell | null;
}

/** One field of the matrix, such as `RSA-2048` and `EC P-256`. */
export interface Cell {
  readonly kek: string;
  readonly target: string;
}
