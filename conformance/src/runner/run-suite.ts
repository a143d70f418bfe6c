import type { CaseOutcome } from '../report/results.js';
import type { Lane, Subject } from '../suite/subject.js';
import type { SuiteCase } from '../suite/suite-case.js';
import type { Verdict } from '../suite/verdict.js';
import { lanesTo } from './lanes.js';
import { runCase } from './run-case.js';

/** What came of a case before exceptions are looked at. */
export interface RanCase {
  readonly case: SuiteCase;
  readonly outcome: Exclude<CaseOutcome, 'xfail' | 'xpass'>;
  /** Null where no verdict was reached. */
  readonly verdict: Verdict | null;
  /** Why it is not-applicable, skipped, an error, a timeout or a crash. */
  readonly reason: string | null;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cases: readonly SuiteCase[];
  readonly seed: number;
  /** How many lanes at most; never more than the subject bears. */
  readonly jobs: number;
  /** Of one case, and of the opening of a lane. */
  readonly timeoutSeconds: number;
  /** How long a lane may take to stop once it was told to, and to close. */
  readonly graceSeconds: number;
  /** When it aborts, the cases under way are given up, and what was run is returned. */
  readonly signal: AbortSignal;
  onCase(ran: RanCase, done: number): void;
}

/** What a run came to. */
export interface SuiteRun {
  /** In the order of `cases`; fewer than these only when the run was interrupted. */
  readonly ran: readonly RanCase[];
  /** What went wrong outside the cases. */
  readonly troubles: readonly string[];
  /** A lane was given up that may still have something open. */
  readonly abandoned: boolean;
}

/** Runs the cases on as many lanes as there may be. What a subject throws is told, not thrown. */
export async function runCases(subject: Subject, options: RunOptions): Promise<SuiteRun> {
  const { cases, signal } = options;
  const lanes = lanesTo(subject, options);
  const ran: (RanCase | undefined)[] = cases.map(() => undefined);
  let next = 0;
  let done = 0;
  const tell = (index: number, result: RanCase) => {
    ran[index] = result;
    options.onCase(result, ++done);
  };

  const work = async () => {
    let lane: Lane | null = null;
    while (next < cases.length && !signal.aborted) {
      const index = next++;
      const suiteCase = cases[index] as SuiteCase;
      if (lane === null) {
        const opened = await lanes.open();
        if ('lane' in opened) lane = opened.lane;
        else if (!signal.aborted) tell(index, failedToOpen(suiteCase, opened.reason));
        if (lane === null || signal.aborted) continue;
      }
      const result = await runCase(lane, suiteCase, options);
      if (result.ran !== null) tell(index, result.ran);
      if (result.givenUp) {
        lanes.abandon(result.ran === null ? `${suiteCase.id} did not stop when the run was interrupted` : undefined);
      }
      if (result.ran === null || ['error', 'timeout', 'crash'].includes(result.ran.outcome)) {
        await lanes.close(lane);
        lane = null;
      }
    }
    if (lane !== null) await lanes.close(lane);
  };
  const most = Math.max(1, Math.min(options.jobs, subject.mostLanes, cases.length));
  await Promise.all(Array.from({ length: most }, work));
  return {
    ran: ran.filter((result) => result !== undefined),
    troubles: lanes.troubles,
    abandoned: lanes.isAbandoned(),
  };
}

function failedToOpen(suiteCase: SuiteCase, reason: string): RanCase {
  return { case: suiteCase, outcome: 'error', verdict: null, reason, seconds: 0 };
}
