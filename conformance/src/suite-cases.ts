import { IMPORTER_CASES } from './importer/cases.js';
import { MODULE_CASES } from './module/cases.js';
import { PRODUCER_CASES } from './producer/cases.js';
import type { SubjectKind } from './suite/subject.js';
import type { SuiteCase } from './suite/suite-case.js';

/** Every case that a subject of each kind can be put to, in the order of reports; a producer's are those of the whole matrix. */
export const SUITE_CASES = {
  producer: PRODUCER_CASES,
  importer: IMPORTER_CASES,
  module: MODULE_CASES,
} as const satisfies Partial<Record<SubjectKind, readonly SuiteCase[]>>;

/** Null where there is none of that name. */
export function suiteCase(id: string): SuiteCase | null {
  return (
    Object.values(SUITE_CASES)
      .flat()
      .find((one) => one.id === id) ?? null
  );
}
