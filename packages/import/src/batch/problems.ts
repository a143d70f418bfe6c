import { type ErrorCode, KeyferryError } from '@keyferry/errors';

const SHOWN = 20;

/** What stands against a batch, all of it, so that it is told at once. */
export class Problems {
  readonly #found: string[] = [];

  /** `where` names the key for people. */
  add(where: string, code: ErrorCode, reason: string): void {
    this.#found.push(`${where}: ${code}: ${reason}`);
  }

  /** Runs a check of one key. What it refuses is noted, and null is the result. Errors of the machine go on. */
  async check<T>(where: string, check: () => T | Promise<T>): Promise<T | null> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof KeyferryError)) throw error;
      this.add(where, error.code, error.reason);
      return null;
    }
  }

  /** @throws PLAN_REFUSED. */
  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    const more = count > SHOWN ? `; and ${count - SHOWN} more` : '';
    throw new KeyferryError('PLAN_REFUSED', {
      reason: `${count} ${count === 1 ? 'problem' : 'problems'}: ${this.#found.slice(0, SHOWN).join('; ')}${more}`,
      values: { count, problems: this.#found },
    });
  }
}
