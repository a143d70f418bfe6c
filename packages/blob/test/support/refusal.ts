import { type ErrorCode, KeyferryError } from '@keyferry/errors';

/** The KeyferryError that the work ends with; any other error goes on, and none at all is a failure. */
export function refusal(work: () => unknown): KeyferryError {
  try {
    work();
  } catch (error) {
    if (error instanceof KeyferryError) return error;
    throw error;
  }
  throw new Error('expected a refusal, found none');
}

/** The code of that error. */
export function codeOf(work: () => unknown): ErrorCode {
  return refusal(work).code;
}

/** true if the work ends, well or by a KeyferryError; any other error goes on. */
export function endsWell(work: () => unknown): boolean {
  try {
    work();
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
  }
  return true;
}
