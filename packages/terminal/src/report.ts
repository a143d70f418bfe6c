import { describeError, ERROR_CODES, type ExitCode, KeyferryError } from '@keyferry/errors';
import { tinted, writeErr, writeOut } from './output.js';
import { printable, printableJson, printableLines } from './printable.js';

/**
 * Prints an error: three lines on stderr, and with --json one object on stdout. What was not foreseen is INTERNAL and
 * shows its stack. Returns the exit status.
 */
export function reportError(error: unknown, mode: { json: boolean }): ExitCode {
  const foreseen = error instanceof KeyferryError ? error : unforeseen(error);
  const [first, ...rest] = describeError(onOneLineEach(foreseen)).split('\n');
  if (mode.json) writeOut(printableJson({ error: errorObject(foreseen) }));
  const label = `error[${foreseen.code}]`;
  writeErr([`${tinted('error', label)}${first?.slice(label.length)}`, ...rest].join('\n'));
  if (foreseen.code === 'INTERNAL') writeErr(printableLines(stackOf(foreseen.cause ?? foreseen)));
  return foreseen.exitCode;
}

/** Three lines stay three, whatever the reason quotes. */
function onOneLineEach({ code, reason, hint }: KeyferryError): KeyferryError {
  return new KeyferryError(code, { reason: printable(reason), hint: printable(hint) });
}

/** The member `error` of what --json prints. */
function errorObject(error: KeyferryError) {
  return {
    code: error.code,
    message: ERROR_CODES[error.code].title,
    cause: error.reason,
    hint: error.hint,
    values: error.values,
  };
}

function unforeseen(error: unknown): KeyferryError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new KeyferryError('INTERNAL', { reason, cause: error });
}

/** Stacks only, never the members of an error: an HTTP error carries its request there. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `    ${String(error)}`;
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}
