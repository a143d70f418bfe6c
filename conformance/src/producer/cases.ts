import type { SuiteCase } from '../suite/suite-case.js';
import { WRAP_CASES } from './matrix.js';
import { REFUSE_CASES } from './refusals.js';

/** What a report shows of a case; the rest is how it is put to the tool. */
function shown({ id, title, level, clause, why, since, cell }: SuiteCase): SuiteCase {
  return { id, title, level, clause, why, since, cell };
}

/** All that a BYOK tool can be put to: the whole matrix, then what it must refuse. */
export const PRODUCER_CASES: readonly SuiteCase[] = [...WRAP_CASES, ...REFUSE_CASES].map(shown);
