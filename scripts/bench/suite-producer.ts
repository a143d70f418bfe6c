import { fileURLToPath } from 'node:url';
import { wholeFile } from '../../test/support/folder.js';
import { makeToken, type TestToken } from '../../test/support/softhsm.js';
import type { Benchmark } from './benchmark.js';
import { time } from './programs.js';
import { summaryOf } from './statistics.js';

const program = fileURLToPath(new URL('../../node_modules/.bin/keyferry-conformance', import.meta.url));
const adapter = fileURLToPath(new URL('../../conformance/adapters/keyferry-wrap.mjs', import.meta.url));

/** Each takes up to a minute. */
const MOST_RUNS = 5;
const SECONDS = 60;
const SHARDS = 4;
/** Of the whole; what all shards have to do for themselves is the rest. */
const MOST_OF_THE_WHOLE = 0.35;

let token: Promise<TestToken> | null = null;

/** Seconds of one run of all cases, or of a shard, against keyferry-wrap on SoftHSM2, which bears one lane. */
async function judge(words: readonly string[]): Promise<number> {
  token ??= makeToken(wholeFile, { label: 'bench' });
  const { env, module, label, pinFile } = await token;
  const tool = { KEYFERRY_WRAP_MODULE: module, KEYFERRY_WRAP_TOKEN: label, KEYFERRY_WRAP_PIN_FILE: pinFile };
  const all = ['producer', '--adapter', adapter, '--seed', '1', '--quiet', ...words];
  return (await time(program, all, '', { ...env, ...tool })).seconds;
}

export const suiteProducer: Benchmark = {
  id: 'suite-producer',
  about: `${SECONDS} s beside the time of all cases of a producer against keyferry-wrap on SoftHSM2`,
  target: 1,
  async run(runs) {
    const taken: number[] = [];
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) taken.push(await judge([]));
    return { ratios: taken.map((seconds) => SECONDS / seconds), notes: [inSeconds(taken)] };
  },
};

export const suiteShards: Benchmark = {
  id: 'suite-shards',
  about: `${MOST_OF_THE_WHOLE} of the time of all cases beside that of the slowest of ${SHARDS} shards, each on this machine alone`,
  target: 1,
  async run(runs) {
    const notes: string[] = [];
    const ratios: number[][] = Array.from({ length: SHARDS }, () => []);
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) {
      const parts: number[] = [];
      let whole = 0;
      for (let shard = 1; shard <= SHARDS; shard += 1) {
        // In the middle, so that a machine that grows slower or faster does so for both.
        if (shard === 1 + SHARDS / 2) whole = await judge([]);
        parts.push(await judge(['--shard', `${shard}/${SHARDS}`]));
      }
      for (const [shard, seconds] of parts.entries()) ratios[shard]?.push((MOST_OF_THE_WHOLE * whole) / seconds);
      notes.push(`whole ${inSeconds([whole])}, shards ${inSeconds(parts)}`);
    }
    // The one that is slowest as a rule, not the one that was disturbed.
    const [slowest = []] = ratios.sort((a, b) => summaryOf(a).median - summaryOf(b).median);
    return { ratios: slowest, notes };
  },
};

function inSeconds(values: readonly number[]): string {
  return `${values.map((seconds) => seconds.toFixed(1)).join(', ')} s`;
}
