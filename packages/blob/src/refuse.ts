import { type ErrorCode, KeyferryError } from '@keyferry/errors';

/** How a reader says no: it knows what is wrong and perhaps what helps; its caller knows which code that makes. */
export type Refuse = (reason: string, hint?: string) => never;

/** A refusal with a fixed code. */
export function refuseWith(code: ErrorCode): Refuse {
  return (reason, hint) => {
    throw new KeyferryError(code, hint === undefined ? { reason } : { reason, hint });
  };
}

/** The same refusal, with words before the reason that say where. */
export function refuseIn(place: string, refuse: Refuse): Refuse {
  return (reason, hint) => refuse(`${place}: ${reason}`, hint);
}
