import { tokenWith } from './bench-token.js';
import type { Benchmark } from './benchmark.js';
import { type Programs, programsOn, type Ran } from './programs.js';
import { summaryOf } from './statistics.js';

const [FEW, MANY, ALL] = [10, 1000, 10_000];
/** A batch of all keys takes about half a minute, and so does the bare loop. */
const MOST_RUNS = 3;
const MEBIBYTES = 150;

/** Runs of three sizes on one token with 10,000 keys, so that only the number of keys differs. */
interface Sizes {
  readonly few: Ran;
  readonly many: Ran;
  readonly all: Ran;
}

interface Round {
  readonly batch: Sizes;
  readonly bare: Sizes;
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
  const few = { batch: await batch(FEW), bare: await bare(FEW) };
  const many = { batch: await batch(MANY), bare: await bare(MANY) };
  const all = { batch: await batch(ALL), bare: await bare(ALL) };
  return {
    batch: { few: few.batch, many: many.batch, all: all.batch },
    bare: { few: few.bare, many: many.bare, all: all.bare },
    idle: await idle(),
  };
}

/** Processor time of one more key, in ms: between few keys and many, and between many and all. */
function costsOf({ few, many, all }: Sizes): { readonly first: number; readonly last: number } {
  return {
    first: (1000 * (many.cpuSeconds - few.cpuSeconds)) / (MANY - FEW),
    last: (1000 * (all.cpuSeconds - many.cpuSeconds)) / (ALL - MANY),
  };
}

export const batchFlat: Benchmark = {
  id: 'batch-flat',
  about:
    `processor time of one more key beside the bare loop's, between ${FEW} and ${MANY} keys and between ${MANY} and ${ALL}: ` +
    'what grows in the module grows in both',
  target: 0.9,
  async run() {
    const costs = (await rounds()).map(({ batch, bare }) => ({ batch: costsOf(batch), bare: costsOf(bare) }));
    return {
      ratios: costs.map(({ batch, bare }) => batch.first / bare.first / (batch.last / bare.last)),
      notes: costs.map(
        ({ batch, bare }) =>
          `keyferry-wrap batch ${batch.first.toFixed(2)} ms, then ${batch.last.toFixed(2)} ms a key; ` +
          `bare loop ${bare.first.toFixed(2)} ms, then ${bare.last.toFixed(2)} ms`,
      ),
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
    const used = (await rounds()).map(({ batch, bare, idle }) => {
      const module = bare.all.mebibytes - idle.mebibytes;
      return { batch: batch.all.mebibytes, module, ours: batch.all.mebibytes - module };
    });
    const median = (part: 'batch' | 'module' | 'ours') => summaryOf(used.map((each) => each[part])).median.toFixed(0);
    return {
      ratios: used.map(({ ours }) => MEBIBYTES / ours),
      notes: [`${median('batch')} MiB in all, ${median('module')} of them the module's: ${median('ours')} are ours`],
    };
  },
};
