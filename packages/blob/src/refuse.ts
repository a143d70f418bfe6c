import { type ErrorCode, type ErrorValues, KeyferryError } from '@keyferry/errors';

/** How a reader says no: it knows what is wrong and perhaps what helps; its caller knows which code that makes. */
export type Refuse = (reason: string, hint?: string) => never;

/** A refusal with a fixed code, and facts for programs that are the same each time. */
export function refuseWith(code: ErrorCode, values: ErrorValues = {}): Refuse {
  return (reason, hint) => {
    throw new KeyferryError(code, hint === undefined ? { reason, values } : { reason, hint, values });
  };
}

/** The same refusal, with words before the reason that say where. */
export function refuseIn(place: string, refuse: Refuse): Refuse {
  return (reason, hint) => refuse(`${place}: ${reason}`, hint);
}
