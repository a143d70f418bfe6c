import { type CheckId, type Expectation, type Judgement, judgeBlob, type TestKek } from '../oracle/index.js';
import type { DiagnosisId } from './diagnoses.js';
import { gatherEvidence } from './evidence.js';
import { EXPLANATIONS } from './explanations.js';
import { rememberBlocks } from './remembering-kek.js';

export interface DiagnosedJudgement extends Judgement {
  /** Each fault that was found, once, in the order of the checks. None for a blob without fail and warning. */
  readonly diagnoses: readonly { readonly id: DiagnosisId; readonly check: CheckId }[];
}

/**
 * Judges a blob, and where a check fails or warns searches for the fault behind it. A right blob is judged only. The
 * search does a private operation for a handful of guesses at most, and begins none that would take them past 1.5 seconds
 * together, by the milliseconds of `now`.
 */
export function diagnoseBlob(
  file: Uint8Array,
  kek: TestKek,
  expectation?: Expectation,
  now?: () => number,
): DiagnosedJudgement {
  const remembering = rememberBlocks(kek, now);
  try {
    const judgement = judgeBlob(file, remembering, expectation);
    const faults = judgement.findings.filter(({ level }) => level === 'fail' || level === 'warn');
    if (faults.length === 0) return { ...judgement, diagnoses: [] };

    const { evidence, wipe } = gatherEvidence(file, remembering);
    const named = new Map<DiagnosisId, CheckId>();
    try {
      for (const { id, level } of faults) {
        if (id === 'blob/key-consistency/rsa/primes') continue;
        const diagnosis = EXPLANATIONS[id](evidence, level);
        if (!named.has(diagnosis)) named.set(diagnosis, id);
      }
    } finally {
      wipe();
    }
    return { ...judgement, diagnoses: [...named].map(([id, check]) => ({ id, check })) };
  } finally {
    remembering.forget();
  }
}
