import { parentPort } from 'node:worker_threads';
import { judgeTests } from './judge-test.js';
import type { Judged, Piece } from './work.js';

/** Judges one piece after the other, as they come. */
parentPort?.on('message', ({ piece, work }: { piece: number; work: Piece }) => {
  const disagreements = judgeTests(work.group, work.from, work.to);
  parentPort?.postMessage({ piece, disagreements } satisfies Judged);
});
