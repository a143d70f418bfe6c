import type { CodeEntry } from './code-entry.js';
import { batchCodes } from './codes/batch.js';
import { conformanceCodes } from './codes/conformance.js';
import { fileCodes } from './codes/files.js';
import { generalCodes } from './codes/general.js';
import { hsmCodes } from './codes/hsm.js';
import { serviceCodes } from './codes/service.js';
import { suiteCodes } from './codes/suite.js';
import { transferCodes } from './codes/transfer.js';
import { vaultCodes } from './codes/vault.js';
import { wrappingCodes } from './codes/wrapping.js';

const tables = {
  ...generalCodes,
  ...fileCodes,
  ...transferCodes,
  ...hsmCodes,
  ...wrappingCodes,
  ...batchCodes,
  ...serviceCodes,
  ...vaultCodes,
  ...conformanceCodes,
  ...suiteCodes,
};

/** Every code that a Keyferry program can end with. The list is closed. */
export type ErrorCode = keyof typeof tables;

/** The one table that maps a code to its exit status and its texts. */
export const ERROR_CODES: Readonly<Record<ErrorCode, CodeEntry>> = tables;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
