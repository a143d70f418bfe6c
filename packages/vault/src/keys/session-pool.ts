import type { Session, Token } from '@keyferry/pkcs11';

/** As many as libuv has threads for them. */
const SESSIONS = 4;

/** How a token is opened anew, for modules that keep memory of objects that are gone until they are finalised. */
export interface Renewal {
  /** Whether the token has been open for long enough: asked often. */
  isDue(): boolean;
  /** Ends all sessions and gives the token again. */
  renew(): Token;
  /** Handles from before are void: this finds those that are needed. */
  renewed(session: Session): void;
}

/**
 * Writable sessions with one token, logged in. Each serves one flow of work at a time; who comes first is served first.
 * When a renewal is due, the next flow waits until no other is under way.
 */
export class SessionPool {
  readonly #pin: string;
  readonly #renewal: Renewal | null;
  #token: Token;
  /** Holds the login: it would end with the last session. Null after a renewal that failed: the next flow tries again. */
  #anchor: Session | null;
  #idle: Session[] = [];
  /** Flows of work that have begun, or may begin now. */
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(token: Token, pin: string, renewal: Renewal | null = null) {
    this.#token = token;
    this.#pin = pin;
    this.#renewal = renewal;
    this.#anchor = logIn(token, pin);
  }

  /** Runs `work` with a session of its own. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const run = this.#run(work);
    const settled = run.catch(() => undefined).finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
    return run;
  }

  /** For calls that do not wait: outside of any operation. */
  get anchor(): Session {
    return this.#anchor ?? this.#renew();
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
    try {
      if (this.#running === 1 && this.#isRenewalDue()) this.#renew();
      this.#admit();
      const session = this.#idle.pop() ?? this.#token.openSession({ writable: true });
      const result = await closedIfItFails(session, work);
      this.#idle.push(session);
      return result;
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#running < (this.#isRenewalDue() ? 1 : SESSIONS)) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }

  #isRenewalDue(): boolean {
    return this.#anchor === null || (this.#renewal?.isDue() ?? false);
  }

  #renew(): Session {
    this.#anchor = null;
    this.#idle = [];
    if (this.#renewal !== null) this.#token = this.#renewal.renew();
    const anchor = logIn(this.#token, this.#pin);
    this.#renewal?.renewed(anchor);
    this.#anchor = anchor;
    return anchor;
  }
}

function logIn(token: Token, pin: string): Session {
  const session = token.openSession({ writable: true });
  session.login(pin);
  return session;
}

/**
 * After a failure nobody knows what the session still holds: an operation that was begun, or the half-made object that
 * SoftHSM may leave when it refuses a template. All of it goes with the session.
 */
async function closedIfItFails<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  try {
    return await work(session);
  } catch (error) {
    session.close();
    throw error;
  }
}
