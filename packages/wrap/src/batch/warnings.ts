import type { Terminal } from '@keyferry/terminal';

/** One warning that many keys may have. */
export interface Counted {
  readonly text: string;
  /** null: it is about the run as a whole. */
  keys: number | null;
  readonly first: string | null;
}

/** Says each warning once, when the first key has it, and counts the others. */
export class Warnings {
  readonly #terminal: Pick<Terminal, 'warn'>;
  readonly #counted = new Map<string, Counted>();

  constructor(terminal: Pick<Terminal, 'warn'>) {
    this.#terminal = terminal;
  }

  /** `first`: the output of the key; null for a warning about the run. */
  add(text: string, first: string | null): void {
    const known = this.#counted.get(text);
    if (known === undefined) {
      this.#counted.set(text, { text, keys: first === null ? null : 1, first });
      this.#terminal.warn(first === null ? text : `${first}: ${text}`);
    } else if (known.keys !== null) known.keys += 1;
  }

  /** Says how many keys have each warning, where it is more than one. */
  sayCounts(): void {
    for (const { text, keys, first } of this.#counted.values()) {
      if (keys !== null && keys > 1) this.#terminal.warn(`${first} and ${keys - 1} more: ${text}`);
    }
  }

  list(): Counted[] {
    return [...this.#counted.values()];
  }
}
