import { setTimeout as wait } from 'node:timers/promises';
import { KeyferryError } from '@keyferry/errors';
import { retryAfterOf } from './service-errors.js';

/** Attempts; a vault that says "again at once" for ever must not keep us for ever. */
const MOST_ATTEMPTS = 10;

/** How a 429 is waited out. */
export interface Patience {
  /** Milliseconds that may be waited in all; 0: not at all. */
  readonly limit: number;
  /** Tells people that there is a pause, and how long. */
  say(note: string): void;
  readonly signal: AbortSignal;
}

/**
 * Does what a vault may throttle. A 429 is known not to have done the work: after one that says when to come again
 * (Retry-After), the work is done again then, even if sending it twice would otherwise be wrong.
 * @throws SERVICE_BUSY when there is no Retry-After or patience ends; all else that `work` throws.
 */
export async function waitingOut429<T>(work: () => Promise<T>, { limit, say, signal }: Patience): Promise<T> {
  let left = limit;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const pause = pauseAfter(error);
      if (pause === null || pause > left || left === 0 || attempt === MOST_ATTEMPTS) throw error;
      left -= pause;
      say(`the vault is throttling, and nothing was done; asking again in ${pause / 1000} s`);
      await wait(pause, undefined, { signal });
    }
  }
}

/** Milliseconds, or null for an error that is no invitation to come again. */
function pauseAfter(error: unknown): number | null {
  if (!(error instanceof KeyferryError) || error.code !== 'SERVICE_BUSY') return null;
  const retryAfter = retryAfterOf(error);
  return retryAfter === null ? null : retryAfter * 1000;
}
