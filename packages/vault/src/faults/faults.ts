import type { Fault } from './fault.js';

/** A fault that waits for its requests; `left` is how many it still strikes. */
export type WaitingFault = Fault & { readonly id: string; readonly left: number | 'unlimited' };

export interface StruckRequest {
  readonly host: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** What one request has to bear. */
export interface Strike {
  readonly kinds: readonly Fault['kind'][];
  /** Seconds that the server's clock is ahead. */
  readonly clockSeconds: number;
  /** Before the work begins. */
  readonly delayMs: number;
  /** What becomes of the answer. */
  readonly answer: Extract<Fault, { kind: 'error' | 'reset' | 'lost-answer' | 'slow-body' }> | null;
}

/**
 * The faults that wait, oldest first. A request bears the oldest `clock`, the oldest `delay` and the oldest of the
 * others that it matches; only what it bears is counted.
 */
export class Faults {
  readonly #waiting = new Map<string, WaitingFault>();
  #added = 0;

  constructor(faults: Iterable<Fault> = []) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): WaitingFault {
    const id = `${++this.#added}`;
    const waiting = { ...fault, id, left: fault.count };
    this.#waiting.set(id, waiting);
    return waiting;
  }

  list(): readonly WaitingFault[] {
    return [...this.#waiting.values()];
  }

  /** False when there is none of that id. */
  remove(id: string): boolean {
    return this.#waiting.delete(id);
  }

  clear(): void {
    this.#waiting.clear();
  }

  strike(request: StruckRequest): Strike {
    const matching = this.list().filter((fault) => matches(fault, request));
    const clock = matching.find((fault) => fault.kind === 'clock');
    const delay = matching.find((fault) => fault.kind === 'delay');
    const answer = matching.find((fault) => fault.kind !== 'clock' && fault.kind !== 'delay');
    const borne = [clock, delay, answer].filter((fault) => fault !== undefined);
    for (const fault of borne) this.#count(fault);
    return {
      kinds: borne.map(({ kind }) => kind),
      clockSeconds: clock?.seconds ?? 0,
      delayMs: delay?.ms ?? 0,
      answer: answer ?? null,
    };
  }

  #count(fault: WaitingFault): void {
    if (fault.left === 'unlimited') return;
    if (fault.left === 1) this.#waiting.delete(fault.id);
    else this.#waiting.set(fault.id, { ...fault, left: fault.left - 1 });
  }
}

function matches(fault: Fault, { host, method, path }: StruckRequest): boolean {
  return (
    (fault.method === undefined || fault.method === method) &&
    matchesPattern(fault.host ?? '*', host) &&
    // Clients put a slash at the end.
    matchesPattern(fault.path ?? '*', path.replace(/(?<=.)\/+$/, ''))
  );
}

/** Whether a text has this pattern, in which `*` stands for any text; upper and lower case are the same. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  const last = rest.pop();
  if (last === undefined) return lower === first;
  if (!lower.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = lower.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return lower.length - at >= last.length && lower.endsWith(last);
}
