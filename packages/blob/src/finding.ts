/** Something that a reader noticed without refusing the file for it. */
export interface Finding {
  /** Kebab case; never changes its meaning. */
  readonly id: string;
  readonly level: 'error' | 'warning' | 'info';
  /** One sentence for people, safe to print. */
  readonly text: string;
}
