import type { Case } from './case/case.js';
import { ENVELOPE_CASES } from './case/envelope.js';
import { OPENING_CASES } from './case/opening.js';
import { TARGET_CASES } from './case/target.js';
import { DIAGNOSES, DIAGNOSIS_IDS, type DiagnosisId } from './diagnosis/diagnoses.js';
import type { CheckId } from './oracle/index.js';

/** Every check of a blob, as people read it. */
export const CASES: Readonly<Record<CheckId, Case>> = { ...ENVELOPE_CASES, ...OPENING_CASES, ...TARGET_CASES };

/** The faults that a check is known to find. */
export function diagnosesOf(check: CheckId): DiagnosisId[] {
  return DIAGNOSIS_IDS.filter((id) => DIAGNOSES[id].check === check);
}

/** The stage of a check: the second word of its id. */
export function stageOf(check: CheckId): string {
  return check.split('/')[1] ?? '';
}
