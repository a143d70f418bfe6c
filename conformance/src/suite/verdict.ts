import type { Level } from '../oracle/index.js';

/** One check within a case. No text of it carries a byte of a key, a PIN or a token. */
export interface SuiteFinding {
  /** A path that never changes: `blob/oaep/decryption`, `producer/file-mode`. */
  readonly id: string;
  readonly level: Level;
  readonly clause: string;
  readonly expected: string;
  readonly actual: string;
}

/** A fault with a name, its likely cause and how to mend it. */
export interface NamedFault {
  readonly id: string;
  readonly title: string;
  readonly cause: string;
  readonly mend: string;
}

/** What came of one case. */
export type Verdict =
  | {
      readonly kind: 'judged';
      /** At least one. A fail among them fails the case; else a warn makes it warn; not-checked alone changes nothing. */
      readonly findings: readonly SuiteFinding[];
      readonly faults: readonly NamedFault[];
      /** What it says about the subject in a few words, such as `standard violated` or `protects`; null where the outcome says all. */
      readonly conclusion: string | null;
    }
  /** The subject is not concerned: it says that it cannot do this, or by its construction cannot answer. */
  | { readonly kind: 'not-applicable'; readonly reason: string }
  /** The subject is concerned, and the case could not be put to it here. */
  | { readonly kind: 'skipped'; readonly reason: string };

/** The subject came to an end that no contract allows; outcome `crash`. Its message tells how. */
export class SubjectCrash extends Error {
  override readonly name = 'SubjectCrash';
}
