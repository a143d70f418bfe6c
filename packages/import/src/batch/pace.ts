import { setTimeout as wait } from 'node:timers/promises';
import { KeyferryError } from '@keyferry/errors';

/** Milliseconds of the first pause after a 429 without Retry-After; each further one is twice as long. */
const FIRST_PAUSE = 1000;
/** Milliseconds of the first pause that is made whatever Retry-After says: a vault that says 0 must not be hammered. */
const LEAST_PAUSE = 100;
const LONGEST_BACKOFF = 30_000;
/** So many keys are under way at the begin, at most. */
const BEGIN = 4;

/** Milliseconds that only go on, and a wait that `signal` ends by its reason. */
export interface Clock {
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  /** So many keys may be under way at the same time. */
  readonly most: number;
  /** Milliseconds without a finished key after which a vault that throttles is given up. */
  readonly patience: number;
  readonly signal: AbortSignal;
  say(note: string): void;
}

/**
 * How many keys are under way, shared by the whole batch. It grows by one for each round without a 429 and is halved by a 429
 * (additive increase, multiplicative decrease), and nothing is asked until the Retry-After of the last 429 has passed; where
 * there is none, pauses grow. What is answered 429 while a pause lasts belongs to the same burst and halves nothing.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #running = 0;
  #pausedUntil: number;
  #strikes = 0;
  #progressAt: number;
  #exhausted: KeyferryError | null = null;

  constructor(options: PaceOptions, clock: Clock = STEADY) {
    this.#options = options;
    this.#clock = clock;
    this.#limit = Math.min(BEGIN, options.most);
    this.#pausedUntil = this.#progressAt = clock.now();
    options.signal.addEventListener('abort', () => this.#wake(this.#waiting.length), { once: true });
  }

  /** So many keys may be under way now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Waits until one more key may be begun; `leave` must follow. @throws INTERRUPTED; SERVICE_BUSY when patience has ended. */
  async enter(): Promise<void> {
    for (;;) {
      await this.pauseOver();
      this.#options.signal.throwIfAborted();
      if (this.#running < this.limit) break;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }

  leave(): void {
    this.#running -= 1;
    this.#wake(1);
  }

  /** Waits out a pause; without one it goes on at once, also after an interruption. @throws like enter. */
  async pauseOver(): Promise<void> {
    for (;;) {
      if (this.#exhausted !== null) throw this.#exhausted;
      const left = this.#pausedUntil - this.#clock.now();
      if (left <= 0) return;
      await this.#clock.wait(left, this.#options.signal);
    }
  }

  /** A key is done. */
  succeeded(): void {
    this.#limit = Math.min(this.#options.most, this.#limit + 1 / this.#limit);
    this.#strikes = 0;
    this.#progressAt = this.#clock.now();
    this.#wake(1);
  }

  /** The vault answered 429; `retryAfter` in seconds. */
  throttled(retryAfter: number | null): void {
    const { patience, say } = this.#options;
    const now = this.#clock.now();
    const inPause = now < this.#pausedUntil;
    if (inPause && retryAfter === null) return;
    if (!inPause) {
      this.#strikes += 1;
      this.#limit = Math.max(1, this.#limit / 2);
    }
    const doubled = 2 ** (this.#strikes - 1);
    const asked = retryAfter === null ? Math.min(LONGEST_BACKOFF, FIRST_PAUSE * doubled) : retryAfter * 1000;
    const pause = Math.max(asked, Math.min(LONGEST_BACKOFF, LEAST_PAUSE * doubled));
    if (now + pause <= this.#pausedUntil) return;
    this.#pausedUntil = now + pause;
    if (this.#pausedUntil - this.#progressAt > patience) {
      this.#exhausted = new KeyferryError('SERVICE_BUSY', {
        reason: `the vault throttles for more than ${patience / 60_000} minutes (it asks for ${Math.ceil(pause / 1000)} s more)`,
        hint: 'run the same command again later: it goes on where it stopped',
      });
      this.#wake(this.#waiting.length);
    } else if (!inPause && pause >= FIRST_PAUSE) {
      say(`the vault throttles (429): a pause of ${Math.ceil(pause / 1000)} s, then ${this.limit} at a time`);
    }
  }

  #wake(count: number): void {
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }
}

const STEADY: Clock = {
  now: () => performance.now(),
  async wait(ms, signal) {
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
