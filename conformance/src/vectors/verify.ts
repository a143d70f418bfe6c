import { Worker } from 'node:worker_threads';
import type { Test, Vectors } from './format.js';
import { type Disagreement, judgeTests } from './judge-test.js';
import { type Judged, type Piece, piecesOf } from './work.js';

/** A test in which an engine disagrees with its file. */
export interface FailedTest extends Disagreement {
  readonly tcId: number;
  readonly comment: string;
}

/** Holds both engines against files of vectors, on so many threads. By file, in the order of the tests. */
export async function verifyVectors(
  files: readonly Vectors[],
  options: { readonly jobs: number; readonly signal?: AbortSignal },
): Promise<(readonly FailedTest[])[]> {
  const pieces = piecesOf(files);
  const failed: FailedTest[][] = files.map(() => []);
  const collect = ({ piece, disagreements }: Judged) => {
    const work = pieces[piece];
    if (work === undefined) throw new RangeError(`no piece ${piece}`);
    const tests: readonly Test[] = work.group.tests.slice(work.from, work.to);
    for (const [index, { tcId, comment }] of tests.entries()) {
      for (const one of disagreements[index] ?? []) failed[work.file]?.push({ tcId, comment, ...one });
    }
  };
  if (options.jobs === 1) {
    for (const [piece, { group, from, to }] of pieces.entries()) {
      options.signal?.throwIfAborted();
      collect({ piece, disagreements: judgeTests(group, from, to) });
      // Lets a signal be noticed.
      await new Promise(setImmediate);
    }
  } else await onThreads(pieces, options, collect);
  return failed.map((tests) => tests.sort((a, b) => a.tcId - b.tcId));
}

async function onThreads(
  pieces: readonly Piece[],
  { jobs, signal }: { readonly jobs: number; readonly signal?: AbortSignal },
  collect: (judged: Judged) => void,
): Promise<void> {
  let next = 0;
  const threads = Array.from({ length: Math.min(jobs, pieces.length) }, async () => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop);
    try {
      while (next < pieces.length) {
        signal?.throwIfAborted();
        const piece = next++;
        worker.postMessage({ piece, work: pieces[piece] });
        collect(await answerOf(worker));
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      await worker.terminate();
    }
  });
  const ended = await Promise.allSettled(threads);
  signal?.throwIfAborted();
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

function answerOf(worker: Worker): Promise<Judged> {
  return new Promise((resolve, reject) => {
    const exited = () => reject(new Error('a thread ended before it answered'));
    worker.once('exit', exited);
    worker.once('error', reject);
    worker.once('message', (judged: Judged) => {
      worker.off('exit', exited);
      worker.off('error', reject);
      resolve(judged);
    });
  });
}
