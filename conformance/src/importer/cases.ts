import type { SuiteCase } from '../suite/suite-case.js';
import { ACCEPT_CASES } from './cases/accept.js';
import { IMPORT_CASES } from './cases/import.js';
import { KEK_CASES } from './cases/kek.js';
import { KID_CASES } from './cases/kid.js';
import { REJECT_CASES } from './cases/reject.js';
import type { CaseTable } from './importer-case.js';

/** All cases of an importer with what they do, in the order of reports. */
export const IMPORTER_CASE_TABLE: CaseTable = {
  ...ACCEPT_CASES,
  ...REJECT_CASES,
  ...KEK_CASES,
  ...KID_CASES,
  ...IMPORT_CASES,
};

/** The same as every subject lists them. */
export const IMPORTER_CASES: readonly SuiteCase[] = Object.entries(IMPORTER_CASE_TABLE).map(
  ([id, { title, level, clause, why, cell = null }]) => ({ id, title, level, clause, why, since: '0.1.0', cell }),
);
