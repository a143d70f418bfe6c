import type { SuiteCase } from '../suite/suite-case.js';
import { ATTACK_CASES } from './cases/attacks.js';
import { GUARD_CASES } from './cases/guards.js';
import { INITIAL_VALUE_CASES } from './cases/initial-values.js';
import { KEY_WRAP_CASES } from './cases/key-wrap.js';
import { LEAVING_CASES } from './cases/leaving.js';
import { MODEL_CASES } from './cases/model.js';
import { OAEP_CASES } from './cases/oaep.js';
import { ONE_WAY_CASES } from './cases/one-way.js';
import { PKCS8_CASES } from './cases/pkcs8.js';
import { PRIVATE_OBJECT_CASES } from './cases/private-objects.js';
import { RSA_AES_KEY_WRAP_CASES } from './cases/rsa-aes-key-wrap.js';
import { TEMPLATE_CASES } from './cases/templates.js';
import { TRUST_CASES } from './cases/trust.js';
import { USAGE_CASES } from './cases/usage.js';
import { VENDOR_CASES } from './cases/vendor.js';
import type { CaseTable } from './module-case.js';

/** All cases of a PKCS#11 module with what they do, in the order of reports. */
export const MODULE_CASE_TABLE: CaseTable = {
  ...INITIAL_VALUE_CASES,
  ...ONE_WAY_CASES,
  ...LEAVING_CASES,
  ...USAGE_CASES,
  ...GUARD_CASES,
  ...PRIVATE_OBJECT_CASES,
  ...TRUST_CASES,
  ...TEMPLATE_CASES,
  ...KEY_WRAP_CASES,
  ...VENDOR_CASES,
  ...PKCS8_CASES,
  ...OAEP_CASES,
  ...RSA_AES_KEY_WRAP_CASES,
  ...ATTACK_CASES,
  ...MODEL_CASES,
};

/** The same as every subject lists them. */
export const MODULE_CASES: readonly SuiteCase[] = Object.entries(MODULE_CASE_TABLE).map(
  ([id, { title, level, clause, why, since }]) => ({ id, title, level, clause, why, since, cell: null }),
);
