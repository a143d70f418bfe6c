import type { Lane, Subject } from '../suite/subject.js';
import { type Ended, timeLimit, untilGivenUp, wordsOf } from './give-up.js';

/** After so many lanes in a row that did not open, no more are tried. */
const MOST_FAILED_OPENINGS = 3;

export interface Lanes {
  /** A lane, or in words why there is none. */
  open(): Promise<{ readonly lane: Lane } | { readonly reason: string }>;
  /** Closes it within the grace, or leaves it; what went wrong is among the troubles. */
  close(lane: Lane): Promise<void>;
  /** Notes that a lane has something open that will perhaps never end. */
  abandon(trouble?: string): void;
  readonly troubles: readonly string[];
  readonly isAbandoned: () => boolean;
}

interface LaneLimits {
  readonly timeoutSeconds: number;
  readonly graceSeconds: number;
  readonly signal: AbortSignal;
}

/** The lanes to a subject, whose opening and closing take no longer than they may. */
export function lanesTo(subject: Subject, { timeoutSeconds, graceSeconds, signal }: LaneLimits): Lanes {
  const troubles: string[] = [];
  let abandoned = false;
  let failures = 0;
  let last = '';
  const abandon = (trouble?: string) => {
    abandoned = true;
    if (trouble !== undefined) troubles.push(trouble);
  };
  return {
    troubles,
    isAbandoned: () => abandoned,
    abandon,
    async open() {
      if (failures >= MOST_FAILED_OPENINGS) {
        return { reason: `not run: ${MOST_FAILED_OPENINGS} lanes in a row did not open; of the last one: ${last}` };
      }
      const limit = timeLimit(signal, timeoutSeconds);
      const opening = (async () => subject.openLane())();
      const ended = await untilGivenUp(opening, limit.signal, graceSeconds);
      limit.end();
      if (ended.kind === 'done') {
        failures = 0;
        return { lane: ended.value };
      }
      if (ended.kind === 'given up') {
        abandon(signal.aborted ? 'a lane was still being opened when the run was interrupted' : undefined);
        // Nobody waits for it any more: should it open after all, it is closed, and how that ends is told to nobody.
        opening.then((lane) => lane.close()).catch(() => {});
      }
      failures += 1;
      last = whyNot(ended, timeoutSeconds);
      return { reason: `its lane could not be opened: ${last}` };
    },
    async close(lane) {
      const closing = (async () => lane.close())();
      const ended = await untilGivenUp(closing, AbortSignal.abort(), graceSeconds);
      if (ended.kind === 'done') return;
      if (ended.kind === 'given up') abandoned = true;
      troubles.push(`a lane could not be closed: ${whyNot(ended, graceSeconds)}`);
    },
  };
}

/** Closes the subject; what went wrong in words, null for nothing. */
export async function closeSubject(
  subject: Subject,
  seconds: number,
): Promise<{ readonly trouble: string; readonly abandoned: boolean } | null> {
  const closing = (async () => subject.close())();
  const ended = await untilGivenUp(closing, AbortSignal.abort(), seconds);
  if (ended.kind === 'done') return null;
  return {
    trouble: `what the cases left could not be taken back: ${whyNot(ended, seconds)}`,
    abandoned: ended.kind === 'given up',
  };
}

function whyNot(ended: Exclude<Ended<unknown>, { kind: 'done' }>, seconds: number): string {
  return ended.kind === 'failed' ? wordsOf(ended.error) : `no end within ${seconds} s`;
}
