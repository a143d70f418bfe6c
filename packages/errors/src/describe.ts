import { ERROR_CODES, type ErrorCode } from './codes.js';
import { EXIT } from './exit-codes.js';
import type { KeyferryError } from './keyferry-error.js';

/** The three lines that a person reads. */
export function describeError(error: KeyferryError): string {
  return [
    `error[${error.code}]: ${ERROR_CODES[error.code].title}`,
    `cause: ${error.reason}`,
    `hint: ${error.hint}`,
  ].join('\n');
}

/** What `explain CODE` prints: works without network, HSM or files. */
export function explainCode(code: ErrorCode): string {
  const entry = ERROR_CODES[code];
  return [
    `${code} (exit ${EXIT[entry.exit]}, ${entry.exit})`,
    '',
    `What: ${entry.title}.`,
    `Why:  ${entry.why}`,
    `Mend: ${entry.mend}.`,
  ].join('\n');
}
