import { isHsmError, type Session } from '@keyferry/pkcs11';
import type { Run } from '../wrapping/run.js';
import { type Prepared, prepareTransfer, type TransferRequest } from '../wrapping/transfer.js';
import type { FinderOf } from './token-objects.js';

const SESSION_COUNT = 0xb1;

/** Keys that are prepared in turn, each while the one before it is wrapped and written. */
export interface Ahead {
  /** The next of the requests; throws what preparing it threw. */
  next(): Promise<Prepared>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/**
 * Proves the public key of one key while the one before it is wrapped and written: a signature takes an HSM longer than
 * all else. It happens in a session of its own; a token that has no second session prepares each key in its turn.
 * Errors: HSM_ERROR.
 */
export function prepareAhead(
  run: Run,
  finderOf: FinderOf,
  requests: readonly TransferRequest[],
  signal: AbortSignal,
): Ahead {
  const second = secondSession(run);
  const own: Run = second === null ? run : { ...run, session: second, finder: finderOf(second) };
  let at = 0;
  let underWay: Promise<Prepared> | null = null;
  const begin = (): Promise<Prepared> | null => {
    const request = requests[at++];
    if (request === undefined) return null;
    const prepared = prepareTransfer(own, request, signal);
    prepared.catch(() => {}); // thrown by `next`, if anybody still asks for it
    return prepared;
  };
  return {
    async next() {
      const prepared = underWay ?? begin();
      underWay = null;
      if (prepared === null) throw new RangeError('there is no further key');
      try {
        return await prepared;
      } finally {
        if (second !== null) underWay = begin();
      }
    },
    async close() {
      await underWay?.catch(() => {});
      second?.close();
    },
  };
}

function secondSession({ token }: Run): Session | null {
  try {
    return token.openSession();
  } catch (error) {
    if (isHsmError(error, SESSION_COUNT)) return null;
    throw error;
  }
}
