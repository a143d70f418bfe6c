import { setImmediate } from 'node:timers/promises';

/**
 * Ends with the interruption that came while calls of the HSM kept the event loop waiting. Signals are heard when the
 * loop polls, and the turn in which this is called may have polled already. Errors: INTERRUPTED.
 */
export async function hearSignals(signal: AbortSignal): Promise<void> {
  await setImmediate();
  await setImmediate();
  signal.throwIfAborted();
}
