import { CASES, diagnosesOf } from './cases.js';
import { DIAGNOSES, type DiagnosisId } from './diagnosis/diagnoses.js';
import { CHECKS, type CheckId } from './oracle/index.js';
import { suiteCase } from './suite-cases.js';

/** What can be told of a check, of a fault, which belongs to one, or of a case of the suite. */
export interface ExplainedCase {
  readonly id: string;
  readonly kind: 'check' | 'fault' | 'case';
  readonly title: string;
  readonly level: 'must' | 'should' | 'may';
  readonly clause: string;
  readonly why: string;
  /** The fault itself, or all that the check is known to find; none for a case. */
  readonly faults: readonly {
    readonly id: string;
    readonly title: string;
    readonly cause: string;
    readonly mend: string;
    readonly seen: string | null;
  }[];
}

/** Explains an id of `list`. Null where there is none of that name. */
export function explainCase(id: string): ExplainedCase | null {
  if (Object.hasOwn(CASES, id)) return explained(id as CheckId, id, CASES[id as CheckId].title, 'check');
  if (!Object.hasOwn(DIAGNOSES, id)) return explainSuiteCase(id);
  const { check, title } = DIAGNOSES[id as DiagnosisId];
  return explained(check, id, title, 'fault');
}

function explainSuiteCase(id: string): ExplainedCase | null {
  const found = suiteCase(id);
  if (found === null) return null;
  const { title, level, clause, why } = found;
  return { id, kind: 'case', title, level, clause, why, faults: [] };
}

function explained(check: CheckId, id: string, title: string, kind: ExplainedCase['kind']): ExplainedCase {
  const { why, binding } = CASES[check];
  const ids = kind === 'check' ? diagnosesOf(check) : [id as DiagnosisId];
  const faults = ids.map((fault) => {
    const { title, cause, mend, seen = null } = DIAGNOSES[fault];
    return { id: fault, title, cause, mend, seen };
  });
  return { id, kind, title, level: binding, clause: CHECKS[check].clause, why, faults };
}
