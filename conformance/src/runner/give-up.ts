/** How a piece of work ended, or that it was not waited for any longer. */
export type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'given up' };

/**
 * Waits for work that is to stop when `signal` aborts: from then on it has so many more seconds of grace. What becomes of work
 * that was given up is not heeded any more.
 */
export async function untilGivenUp<T>(work: Promise<T>, signal: AbortSignal, graceSeconds: number): Promise<Ended<T>> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const givenUp = new Promise<Ended<T>>((resolve) => {
    onAbort = () => {
      timer = setTimeout(() => resolve({ kind: 'given up' }), graceSeconds * 1000);
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([
      work.then(
        (value): Ended<T> => ({ kind: 'done', value }),
        (error): Ended<T> => ({ kind: 'failed', error }),
      ),
      givenUp,
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A signal that aborts with `signal`, and by itself after so many seconds; `end` takes the clock away. */
export function timeLimit(signal: AbortSignal, seconds: number) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), seconds * 1000);
  return {
    signal: AbortSignal.any([signal, limit.signal]),
    isOver: () => limit.signal.aborted,
    end: () => clearTimeout(timer),
  };
}

/** What an error says in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
