import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn, type Ran } from './programs.js';

const [FEW, MANY, ALL] = [10, 1000, 10_000];
/** One batch of all keys takes about half a minute. */
const MOST_RUNS = 3;
const MEBIBYTES = 150;

/** Batches of three sizes on one token with 10,000 keys, so that only the size of the batch differs. */
function batches(): Promise<readonly (readonly [few: Ran, many: Ran, all: Ran])[]> {
  made ??= makeBatches();
  return made;
}

let made: ReturnType<typeof makeBatches> | null = null;

async function makeBatches() {
  const { batch } = await programsOn(await tokenWith(ALL), ALL);
  const runs: [Ran, Ran, Ran][] = [];
  for (let run = 0; run < MOST_RUNS; run += 1) runs.push([await batch(FEW), await batch(MANY), await batch(ALL)]);
  return runs;
}

export const batchFlat: Benchmark = {
  id: 'batch-flat',
  about: `what one more key costs between ${FEW} and ${MANY} keys, beside the same between ${MANY} and ${ALL}`,
  target: 0.9,
  async run() {
    const costs = (await batches()).map(([few, many, all]) => ({
      first: (many.seconds - few.seconds) / (MANY - FEW),
      last: (all.seconds - many.seconds) / (ALL - MANY),
    }));
    return {
      ratios: costs.map(({ first, last }) => first / last),
      notes: costs.map(
        ({ first, last }) => `${(1000 * first).toFixed(2)} ms, then ${(1000 * last).toFixed(2)} ms a key`,
      ),
    };
  },
};

export const batchMemory: Benchmark = {
  id: 'batch-memory',
  about: `${MEBIBYTES} MiB beside the most memory that a batch of ${ALL} keys had in use`,
  target: 1,
  async run() {
    const used = (await batches()).map(([, , all]) => all.mebibytes);
    return { ratios: used.map((mebibytes) => MEBIBYTES / mebibytes), notes: [`${Math.max(...used).toFixed(0)} MiB`] };
  },
};
