import { ERROR_CODES, type ErrorCode } from './codes.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** Facts by name; a list where there may be many. */
export type ErrorValues = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface KeyferryErrorDetails {
  /** What was found and what was expected, in one line. Never a PIN, never a key byte. */
  readonly reason: string;
  /** The command to run next, where the place that failed knows it; else the table's. */
  readonly hint?: string;
  /** The same facts for programs: shown by --json. Never a PIN, never a key byte. */
  readonly values?: ErrorValues;
  /** The error underneath, for those who debug; it is never printed. */
  readonly cause?: unknown;
}

/** The one error that crosses package borders: a code of the closed list, its cause and a hint. */
export class KeyferryError extends Error {
  override readonly name = 'KeyferryError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
  readonly values: ErrorValues;

  constructor(code: ErrorCode, details: KeyferryErrorDetails) {
    super(`${ERROR_CODES[code].title}: ${details.reason}`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.hint = details.hint ?? ERROR_CODES[code].mend;
    this.values = details.values ?? {};
  }

  get exitCode(): ExitCode {
    return EXIT[ERROR_CODES[this.code].exit];
  }
}
