import type { Session, Token } from '@keyferry/pkcs11';
import { Refusal } from '../rules/refusal.js';

/** As many as libuv has threads for them. */
const SESSIONS = 4;

/** Writable sessions with one token, logged in. Each serves one flow of work at a time; who comes first is served first. */
export class SessionPool {
  readonly #token: Token;
  /** Holds the login: it would end with the last session. */
  readonly #anchor: Session;
  readonly #free: Session[] = [];
  readonly #waiting: ((session: Session) => void)[] = [];
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(token: Token, pin: string) {
    this.#token = token;
    this.#anchor = token.openSession({ writable: true });
    this.#anchor.login(pin);
    for (let count = 0; count < SESSIONS; count++) this.#free.push(token.openSession({ writable: true }));
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
    const free = this.#free.pop();
    let session = free ?? (await new Promise<Session>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(session);
    } catch (error) {
      // After a failure nobody knows what the session still holds; closing it destroys that.
      if (!(error instanceof Refusal)) {
        session.close();
        session = this.#token.openSession({ writable: true });
      }
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }
}
