import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { type Programs, programsOn, type Ran } from './programs.js';
import { summaryOf } from './statistics.js';

/** The list of the token's objects takes as long as a thousand keys: with fewer between two sizes its chance would be measured. */
const [FEW, HALF, ALL] = [10, 5000, 10_000];
/** A batch of all keys takes the better part of a minute, and so does the bare loop. */
const MOST_RUNS = 3;
const MEBIBYTES = 150;

/** Runs on one token with 10,000 keys, so that only the number of keys differs. */
interface Round {
  readonly few: Ran;
  readonly half: Ran;
  readonly all: Ran;
  /** The bare loop over all keys. */
  readonly bare: Ran;
  readonly idle: Ran;
}

/** Made once for both benchmarks. */
function rounds(): Promise<readonly Round[]> {
  made ??= makeRounds();
  return made;
}

let made: ReturnType<typeof makeRounds> | null = null;

async function makeRounds(): Promise<Round[]> {
  const programs = await programsOn(await tokenWith(ALL), ALL);
  const made: Round[] = [];
  for (let run = 0; run < MOST_RUNS; run += 1) made.push(await makeRound(programs));
  return made;
}

async function makeRound({ batch, bare, idle }: Programs): Promise<Round> {
  return {
    few: await batch(FEW),
    half: await batch(HALF),
    all: await batch(ALL),
    bare: await bare(ALL),
    idle: await idle(),
  };
}

export const batchFlat: Benchmark = {
  id: 'batch-flat',
  about: `processor time of one more key between ${FEW} keys and ${HALF}, beside that between ${HALF} and ${ALL}`,
  target: 0.9,
  async run() {
    const costs = (await rounds()).map(({ few, half, all }) => ({
      first: (1000 * (half.cpuSeconds - few.cpuSeconds)) / (HALF - FEW),
      last: (1000 * (all.cpuSeconds - half.cpuSeconds)) / (ALL - HALF),
    }));
    return {
      ratios: costs.map(({ first, last }) => first / last),
      notes: costs.map(({ first, last }) => `${first.toFixed(2)} ms, then ${last.toFixed(2)} ms a key`),
    };
  },
};

/**
 * A PKCS#11 module in the process keeps what it knows of each object of the token, and that is not ours: SoftHSM2 wants
 * more than the 150 MiB for 10,000 keys with their public objects. It is what the bare loop has in use beyond Node itself.
 */
export const batchMemory: Benchmark = {
  id: 'batch-memory',
  about:
    `${MEBIBYTES} MiB beside the most memory that a batch of ${ALL} keys had in use without that of the module: ` +
    "the bare loop's, less that of Node itself",
  target: 1,
  async run() {
    const used = (await rounds()).map(({ all, bare, idle }) => {
      const module = bare.mebibytes - idle.mebibytes;
      return { batch: all.mebibytes, module, ours: all.mebibytes - module };
    });
    const median = (part: 'batch' | 'module' | 'ours') => summaryOf(used.map((each) => each[part])).median.toFixed(0);
    return {
      ratios: used.map(({ ours }) => MEBIBYTES / ours),
      notes: [`${median('batch')} MiB in all, ${median('module')} of them the module's: ${median('ours')} are ours`],
    };
  },
};
