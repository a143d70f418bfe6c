import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn, type Ran } from './programs.js';
import { pairUp, perKey, ratiosOf, summaryOf } from './statistics.js';

const KEYS = 1000;

export const batchFiles: Benchmark = {
  id: 'batch-files',
  about: `batch of ${KEYS} RSA-2048 keys beside a bare loop with the same calls, files and flushes; whole programs`,
  target: 0.9,
  async run(runs) {
    const { batch, bare } = await programsOn(await tokenWith(KEYS), KEYS);
    const used: Record<'batch' | 'bare', number[]> = { batch: [], bare: [] };
    const secondsOf = async (way: keyof typeof used, ran: Promise<Ran>) => {
      const { seconds, cpuSeconds } = await ran;
      used[way].push((1000 * cpuSeconds) / KEYS);
      return seconds;
    };
    const pairs = await pairUp(
      runs,
      () => secondsOf('batch', batch(KEYS)),
      () => secondsOf('bare', bare(KEYS)),
    );
    // The first is the warm-up of pairUp.
    const median = (way: keyof typeof used) => summaryOf(used[way].slice(1)).median.toFixed(2);
    return {
      ratios: ratiosOf(pairs),
      notes: [
        ...perKey(pairs, KEYS, 'keyferry-wrap batch', 'bare loop'),
        `of processor time, on all threads: ${median('batch')} ms a key, bare loop ${median('bare')} ms`,
      ],
    };
  },
};
