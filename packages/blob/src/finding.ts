import type { ErrorCode } from '@keyferry/errors';

/** Something that a reader noticed. */
export interface Finding {
  /** Kebab case; never changes its meaning. */
  readonly id: string;
  /** An `error` is a fault for which no importer should take the file. */
  readonly level: 'error' | 'warning' | 'info';
  /** With an error: the code with which a reader that takes no faulty file refuses it. */
  readonly code?: ErrorCode;
  /** One sentence for people, safe to print. */
  readonly text: string;
}
