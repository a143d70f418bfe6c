export type { CodeEntry } from './code-entry.js';
export { ERROR_CODES, type ErrorCode, isErrorCode } from './codes.js';
export { describeError, explainCode } from './describe.js';
export { EXIT, type ExitCode, type ExitName } from './exit-codes.js';
export { type ErrorValues, KeyferryError, type KeyferryErrorDetails } from './keyferry-error.js';
