import { wholeFile } from '../../test/support/folder.js';
import { makeOverlayToken } from '../../test/support/overlay.js';
import { provisionToken } from '../../test/support/provision.js';
import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { programsOn } from './programs.js';
import { summaryOf } from './statistics.js';

/** The list of the token's objects takes as long as a thousand keys: with fewer between two sizes its chance would be measured. */
const [FEW, HALF, ALL] = [10, 5000, 10_000];
/** A batch of all keys takes the better part of a minute, and so does the bare loop. */
const MOST_RUNS = 3;
const MEBIBYTES = 150;

/** On one token with 10,000 keys, so that only the number of keys differs. */
export const batchFlat: Benchmark = {
  id: 'batch-flat',
  about: `processor time of one more key between ${FEW} keys and ${HALF}, beside that between ${HALF} and ${ALL}`,
  target: 0.9,
  async run(runs) {
    const { batch, bare } = await programsOn(await tokenWith(ALL), ALL);
    const costs: { first: number; last: number }[] = [];
    const used: { batch: number; bare: number }[] = [];
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) {
      const [few, half, all] = [await batch(FEW), await batch(HALF), await batch(ALL)];
      costs.push({
        first: (1000 * (half.cpuSeconds - few.cpuSeconds)) / (HALF - FEW),
        last: (1000 * (all.cpuSeconds - half.cpuSeconds)) / (ALL - HALF),
      });
      used.push({ batch: all.mebibytes, bare: (await bare(ALL)).mebibytes });
    }
    const median = (way: 'batch' | 'bare') => summaryOf(used.map((each) => each[way])).median.toFixed(0);
    return {
      ratios: costs.map(({ first, last }) => first / last),
      notes: [
        ...costs.map(({ first, last }) => `${first.toFixed(2)} ms, then ${last.toFixed(2)} ms a key`),
        `${median('batch')} MiB in use, bare loop ${median('bare')}: SoftHSM2 holds what is in its token in memory`,
      ],
    };
  },
};

/**
 * SoftHSM2 keeps all objects of a token in the memory of the process, and wants more than the 150 MiB for 10,000 keys with
 * their public objects. An HSM does not: here the overlay gives out one key of SoftHSM2 as ten thousand.
 */
export const batchMemory: Benchmark = {
  id: 'batch-memory',
  about: `${MEBIBYTES} MiB beside the most memory that a batch of ${ALL} keys had in use, with a module that holds no keys in memory`,
  target: 1,
  async run(runs) {
    const hsm = await makeOverlayToken(wholeFile, { many: String(ALL), trace: [] }, { label: 'bench many' });
    await provisionToken(hsm, [{ key: 'rsa-2048', label: 'key', id: Buffer.of(1) }]);
    const { batch } = await programsOn(hsm, ALL);
    const used: number[] = [];
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) used.push((await batch(ALL)).mebibytes);
    return {
      ratios: used.map((mebibytes) => MEBIBYTES / mebibytes),
      notes: [`${summaryOf(used).median.toFixed(0)} MiB`],
    };
  },
};
