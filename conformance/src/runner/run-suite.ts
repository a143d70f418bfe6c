import type { CaseOutcome } from '../report/results.js';
import type { Lane, Subject } from '../suite/subject.js';
import type { SuiteCase } from '../suite/suite-case.js';
import { SubjectCrash, type Verdict } from '../suite/verdict.js';
import { seedOf } from './select.js';

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
  /** Of one case. */
  readonly timeoutSeconds: number;
  /** When it aborts, the cases under way are given up, and what was run is returned. */
  readonly signal: AbortSignal;
  onCase(ran: RanCase, done: number): void;
}

/** Runs the cases on as many lanes as there may be, and returns what came of them in the order of `cases`. */
export async function runCases(subject: Subject, options: RunOptions): Promise<RanCase[]> {
  const { cases, signal } = options;
  const ran: (RanCase | undefined)[] = cases.map(() => undefined);
  let next = 0;
  let done = 0;
  const work = async () => {
    let lane: Lane | null = null;
    try {
      while (next < cases.length && !signal.aborted) {
        const index = next++;
        const suiteCase = cases[index] as SuiteCase;
        lane ??= await subject.openLane();
        const result = await runCase(lane, suiteCase, options);
        if (result === null) return;
        ran[index] = result;
        options.onCase(result, ++done);
        if (['error', 'timeout', 'crash'].includes(result.outcome)) {
          await lane.close();
          lane = null;
        }
      }
    } finally {
      await lane?.close();
    }
  };
  const lanes = Math.max(1, Math.min(options.jobs, subject.mostLanes, cases.length));
  await Promise.all(Array.from({ length: lanes }, work));
  return ran.filter((result) => result !== undefined);
}

/** Null when the run was interrupted meanwhile. */
async function runCase(lane: Lane, suiteCase: SuiteCase, { seed, timeoutSeconds, signal }: RunOptions) {
  const began = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutSeconds * 1000);
  const ended = (outcome: RanCase['outcome'], verdict: Verdict | null, reason: string | null): RanCase => ({
    case: suiteCase,
    outcome,
    verdict,
    reason,
    seconds: Math.round(performance.now() - began) / 1000,
  });
  try {
    const verdict = await lane.run(suiteCase.id, {
      signal: AbortSignal.any([signal, limit.signal]),
      seed: seedOf(suiteCase.id, seed),
    });
    return ended(outcomeOf(verdict), verdict, verdict.kind === 'judged' ? null : verdict.reason);
  } catch (error) {
    if (signal.aborted) return null;
    if (limit.signal.aborted) return ended('timeout', null, `no end within ${timeoutSeconds} s`);
    const reason = error instanceof Error ? error.message : String(error);
    return ended(error instanceof SubjectCrash ? 'crash' : 'error', null, reason);
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf(verdict: Verdict): 'pass' | 'warn' | 'fail' | 'not-applicable' | 'skipped' {
  if (verdict.kind !== 'judged') return verdict.kind;
  const has = (level: string) => verdict.findings.some((finding) => finding.level === level);
  if (has('fail')) return 'fail';
  if (has('warn')) return 'warn';
  if (has('pass')) return 'pass';
  throw new Error('a verdict without a finding that was checked');
}
