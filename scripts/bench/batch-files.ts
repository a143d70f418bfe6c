import { wholeFile } from '../../test/support/folder.js';
import { makeOverlayToken } from '../../test/support/overlay.js';
import { provisionToken } from '../../test/support/provision.js';
import type { HsmUnderTest } from '../../test/support/token.js';
import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn, type Ran } from './programs.js';
import { pairUp, perKey, ratiosOf, summaryOf } from './statistics.js';

const KEYS = 1000;
/** Microseconds between a call and its answer: an HSM in the same room, by TCP. */
const ANSWER_TIME = 300;

export const batchFiles: Benchmark = {
  id: 'batch-files',
  about: `batch of ${KEYS} RSA-2048 keys beside a bare loop with the same calls, files and flushes; whole programs`,
  target: 0.9,
  run: async (runs) => beside(await tokenWith(KEYS), runs),
};

/** SoftHSM2 answers in the process itself, which makes what is done between two calls weigh more than with any HSM. */
export const batchNetwork: Benchmark = {
  id: 'batch-network',
  about: `the same with an HSM that is ${ANSWER_TIME} microseconds away`,
  target: 0.9,
  async run(runs) {
    const behaviour = { many: String(KEYS), 'answer-time': String(ANSWER_TIME), trace: [] };
    const hsm = await makeOverlayToken(wholeFile, behaviour, { label: 'bench network' });
    await provisionToken(hsm, [{ key: 'rsa-2048', label: 'key', id: Buffer.of(1) }]);
    return beside(hsm, runs);
  },
};

async function beside(token: HsmUnderTest, runs: number): ReturnType<Benchmark['run']> {
  const { batch, bare } = await programsOn(token, KEYS);
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
}
