import type { Command } from './command.js';

export interface Program {
  /** As it is typed: `keyferry-wrap`. */
  readonly name: string;
  readonly version: string;
  /** One line without a full stop. */
  readonly summary: string;
  /** `explain` is added to them. */
  readonly commands: readonly Command[];
  /** Names of options that would carry a secret, refused wherever they stand; the usual ones unless given. */
  readonly secretOptions?: readonly string[];
}
