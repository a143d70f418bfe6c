/** How binding a check is: by the specification (must), by what is known to be safe (should), for information (may). */
export type Binding = 'must' | 'should' | 'may';

/** What a check is called, and why it is made. */
export interface Case {
  readonly title: string;
  readonly binding: Binding;
  /** Whole sentences. */
  readonly why: string;
}
