import type { PlanEntry } from '@keyferry/blob';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';

const SHOWN = 20;

/** Why an entry of a plan cannot be carried out. */
export interface Problem {
  readonly entry: Pick<PlanEntry, 'place' | 'out'>;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What is wrong with a plan, all of it. */
export class Problems {
  readonly #found: Problem[] = [];

  add(entry: Problem['entry'], code: ErrorCode, reason: string): void {
    this.#found.push({ entry, code, reason });
  }

  /**
   * Runs a check of one entry. What it refuses is noted, and null is the result; an error that `isOfEntry` does not take for
   * one of this entry goes on.
   */
  async check<T>(
    entry: Problem['entry'],
    check: () => T | Promise<T>,
    isOfEntry: (error: KeyferryError) => boolean = () => true,
  ): Promise<T | null> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof KeyferryError) || !isOfEntry(error)) throw error;
      this.add(entry, error.code, error.reason);
      return null;
    }
  }

  has(entry: Problem['entry']): boolean {
    return this.#found.some((problem) => problem.entry === entry);
  }

  /** Errors: PLAN_REFUSED. */
  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    const texts = this.#found.map(({ entry, code, reason }) => `${entry.place} (${entry.out}): ${code}: ${reason}`);
    const more = count > SHOWN ? `; and ${count - SHOWN} more` : '';
    throw new KeyferryError('PLAN_REFUSED', {
      reason: `${count} ${count === 1 ? 'problem' : 'problems'}: ${texts.slice(0, SHOWN).join('; ')}${more}`,
      values: { count, problems: texts },
    });
  }
}
