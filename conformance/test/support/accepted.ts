import { type ErrorCode, KeyferryError } from '@keyferry/errors';

/** What a reader returns, or the code with which it refuses; anything else that it throws is a crash and passes on. */
export function acceptedOrCode<T>(read: () => T): { readonly value: T } | { readonly code: ErrorCode } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof KeyferryError && error.code !== 'INTERNAL') return { code: error.code };
    throw error;
  }
}
