import type { Lane } from '../suite/subject.js';
import type { SuiteCase } from '../suite/suite-case.js';
import { SubjectCrash, type Verdict } from '../suite/verdict.js';
import { timeLimit, untilGivenUp, wordsOf } from './give-up.js';
import type { RanCase, RunOptions } from './run-suite.js';
import { seedOf } from './select.js';

/** What came of a case on its lane. */
export interface CaseOnLane {
  /** Null when the run was interrupted meanwhile. */
  readonly ran: RanCase | null;
  /** The lane heeded its signal not even after the grace: something of it may still be going on. */
  readonly givenUp: boolean;
}

/**
 * Puts one case to the subject. A case that ends after its time is a timeout, whatever it says then: what a lane tells once it
 * was told to stop is no verdict.
 */
export async function runCase(lane: Lane, suiteCase: SuiteCase, options: RunOptions): Promise<CaseOnLane> {
  const { seed, timeoutSeconds, graceSeconds, signal } = options;
  const began = performance.now();
  const limit = timeLimit(signal, timeoutSeconds);
  const circumstances = { signal: limit.signal, seed: seedOf(suiteCase.id, seed) };
  const ended = await untilGivenUp(started(lane, suiteCase.id, circumstances), limit.signal, graceSeconds);
  limit.end();
  const seconds = Math.round(performance.now() - began) / 1000;
  const givenUp = ended.kind === 'given up';
  if (signal.aborted) return { ran: null, givenUp };
  const ran = { case: suiteCase, seconds };
  if (limit.isOver()) {
    const stubborn = givenUp ? `, nor within ${graceSeconds} s of being told to stop; its lane was given up` : '';
    const reason = `no end within ${timeoutSeconds} s${stubborn}`;
    return { ran: { ...ran, outcome: 'timeout', verdict: null, reason }, givenUp };
  }
  try {
    if (ended.kind !== 'done') throw ended.kind === 'failed' ? ended.error : new Error('given up before its time');
    const verdict = ended.value;
    const reason = verdict.kind === 'judged' ? null : verdict.reason;
    return { ran: { ...ran, outcome: outcomeOf(verdict), verdict, reason }, givenUp };
  } catch (error) {
    const outcome = error instanceof SubjectCrash ? 'crash' : 'error';
    return { ran: { ...ran, outcome, verdict: null, reason: wordsOf(error) }, givenUp };
  }
}

/** A lane that throws at once is as one whose promise fails. */
async function started(lane: Lane, ...[id, circumstances]: Parameters<Lane['run']>): Promise<Verdict> {
  return lane.run(id, circumstances);
}

function outcomeOf(verdict: Verdict): 'pass' | 'warn' | 'fail' | 'not-applicable' | 'skipped' {
  if (verdict.kind !== 'judged') return verdict.kind;
  const has = (level: string) => verdict.findings.some((finding) => finding.level === level);
  if (has('fail')) return 'fail';
  if (has('warn')) return 'warn';
  if (has('pass')) return 'pass';
  throw new Error('a verdict without a finding that was checked');
}
