import type { Session, Token } from '@keyferry/pkcs11';

/** As many as libuv has threads for them. */
const SESSIONS = 4;

/** Writable sessions with one token, logged in. Each serves one flow of work at a time; who comes first is served first. */
export class SessionPool {
  readonly #token: Token;
  /** Holds the login: it would end with the last session. */
  readonly #anchor: Session;
  readonly #idle: Session[] = [];
  /** How many flows of work may still begin. */
  #room = SESSIONS;
  readonly #waiting: (() => void)[] = [];
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(token: Token, pin: string) {
    this.#token = token;
    this.#anchor = token.openSession({ writable: true });
    this.#anchor.login(pin);
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
    return this.#anchor;
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#room > 0) this.#room -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const session = this.#idle.pop() ?? this.#token.openSession({ writable: true });
      const result = await closedIfItFails(session, work);
      this.#idle.push(session);
      return result;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#room += 1;
    }
  }
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
