import { type ErrorCode, KeyferryError } from '@keyferry/errors';

/** How a reader says no: it knows what is wrong, its caller knows under which code that counts. */
export type Refuse = (reason: string) => never;

/** A refusal with a fixed code, and a hint where the table's is not the best one. */
export function refuseWith(code: ErrorCode, hint?: string): Refuse {
  return (reason) => {
    throw new KeyferryError(code, hint === undefined ? { reason } : { reason, hint });
  };
}

/** The same refusal, with words before the reason that say where. */
export function refuseIn(place: string, refuse: Refuse): Refuse {
  return (reason) => refuse(`${place}: ${reason}`);
}
