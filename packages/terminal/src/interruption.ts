import { EXIT, KeyferryError } from '@keyferry/errors';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that a command can unwind: its reason is a KeyferryError
 * INTERRUPTED. A second one ends the process at once. `close` gives the signals back.
 */
export function watchSignals(): { signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new KeyferryError('INTERRUPTED', { reason: `by ${name}` }));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    close: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** What a command threw because it was interrupted becomes INTERRUPTED; everything else stays what it is. */
export function afterAbort(error: unknown, signal: AbortSignal): unknown {
  const isAbort = error instanceof Error && error.name === 'AbortError';
  return signal.aborted && isAbort ? signal.reason : error;
}
