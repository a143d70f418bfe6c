import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn } from './programs.js';
import { pairUp, perKey, ratiosOf } from './statistics.js';

const KEYS = 1000;

export const batchFiles: Benchmark = {
  id: 'batch-files',
  about: `batch of ${KEYS} RSA-2048 keys beside a bare loop with the same calls, files and flushes; whole programs`,
  target: 0.9,
  async run(runs) {
    const { batch, bare } = await programsOn(await tokenWith(KEYS), KEYS);
    const pairs = await pairUp(
      runs,
      async () => (await batch(KEYS)).seconds,
      async () => (await bare()).seconds,
    );
    return { ratios: ratiosOf(pairs), notes: perKey(pairs, KEYS, 'keyferry-wrap batch', 'bare loop') };
  },
};
