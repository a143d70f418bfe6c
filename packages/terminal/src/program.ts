import type { Command } from './command.js';

export interface Program {
  /** As it is typed: `keyferry-wrap`. */
  readonly name: string;
  readonly version: string;
  /** One line without a full stop. */
  readonly summary: string;
  /** `explain` is added to them, unless the program has its own, which explains more. */
  readonly commands: readonly Command[];
  /** Options that would carry a secret, refused wherever they stand, beside the usual ones (pin, password, ...). */
  readonly secretOptions?: readonly string[];
}
