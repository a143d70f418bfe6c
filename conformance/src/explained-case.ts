import { CASES, diagnosesOf } from './cases.js';
import { DIAGNOSES, type DiagnosisId } from './diagnosis/diagnoses.js';
import { EVIDENCE_CHECKS } from './evidence/checks.js';
import { EXPLAINED_EVIDENCE_CHECKS } from './evidence/explained-checks.js';
import { EXPLAINED_MODULE_FAULTS } from './module/explained-faults.js';
import { MODULE_FAULTS, type ModuleFault } from './module/faults.js';
import { CHECKS, type CheckId } from './oracle/index.js';
import { PRODUCER_CHECKS } from './producer/checks.js';
import { EXPLAINED_PRODUCER_CHECKS } from './producer/explained-checks.js';
import { suiteCase } from './suite-cases.js';

/** What can be told of a check, of a fault or of a case of the suite. */
export interface ExplainedCase {
  readonly id: string;
  readonly kind: 'check' | 'fault' | 'case';
  readonly title: string;
  readonly level: 'must' | 'should' | 'may';
  readonly clause: string;
  readonly why: string;
  /** What to do when a check of a tool fails; null where it depends on the fault, and for a case. */
  readonly mend: string | null;
  /** The fault itself, or all that the check is known to find; none for a case. */
  readonly faults: readonly {
    readonly id: string;
    readonly title: string;
    readonly cause: string;
    readonly mend: string;
    readonly seen: string | null;
  }[];
}

/** What is looked at beside the blob: the tool itself, and its calls to an HSM. */
const TOOL_CHECKS = { ...PRODUCER_CHECKS, ...EVIDENCE_CHECKS };
const EXPLAINED_TOOL_CHECKS = { ...EXPLAINED_PRODUCER_CHECKS, ...EXPLAINED_EVIDENCE_CHECKS };
type ToolCheckId = keyof typeof TOOL_CHECKS;

/** The ids of checks and faults that are not of blobs. */
export const OTHER_IDS: readonly string[] = [...Object.keys(TOOL_CHECKS), ...Object.keys(MODULE_FAULTS)];

/** Explains an id of `list`, or one that reports show. Null where there is none of that name. */
export function explainCase(id: string): ExplainedCase | null {
  if (Object.hasOwn(CASES, id)) return explained(id as CheckId, id, CASES[id as CheckId].title, 'check');
  if (Object.hasOwn(DIAGNOSES, id)) {
    const { check, title } = DIAGNOSES[id as DiagnosisId];
    return explained(check, id, title, 'fault');
  }
  if (Object.hasOwn(TOOL_CHECKS, id)) {
    const { clause } = TOOL_CHECKS[id as ToolCheckId];
    return { id, kind: 'check', clause, ...EXPLAINED_TOOL_CHECKS[id as ToolCheckId], faults: [] };
  }
  return Object.hasOwn(MODULE_FAULTS, id) ? explainModuleFault(id as ModuleFault) : explainSuiteCase(id);
}

function explainModuleFault(id: ModuleFault): ExplainedCase {
  const { title, cause, mend } = MODULE_FAULTS[id];
  const faults = [{ id, title, cause, mend, seen: null }];
  return { id, kind: 'fault', title, level: 'must', ...EXPLAINED_MODULE_FAULTS[id], mend: null, faults };
}

function explainSuiteCase(id: string): ExplainedCase | null {
  const found = suiteCase(id);
  if (found === null) return null;
  const { title, level, clause, why } = found;
  return { id, kind: 'case', title, level, clause, why, mend: null, faults: [] };
}

function explained(check: CheckId, id: string, title: string, kind: ExplainedCase['kind']): ExplainedCase {
  const { why, binding } = CASES[check];
  const ids = kind === 'check' ? diagnosesOf(check) : [id as DiagnosisId];
  const faults = ids.map((fault) => {
    const { title, cause, mend, seen = null } = DIAGNOSES[fault];
    return { id: fault, title, cause, mend, seen };
  });
  return { id, kind, title, level: binding, clause: CHECKS[check].clause, why, mend: null, faults };
}
