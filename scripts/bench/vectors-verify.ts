import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.js';
import { time } from './programs.js';

const SECONDS = 60;
/** Each takes about half a minute. */
const MOST_RUNS = 3;

const program = fileURLToPath(new URL('../../node_modules/.bin/keyferry-conformance', import.meta.url));

export const vectorsVerify: Benchmark = {
  id: 'vectors-verify',
  about: `${SECONDS} s beside the time in which keyferry-conformance holds both engines against all published vectors, on 2 threads`,
  target: 1,
  async run(runs) {
    const taken: number[] = [];
    let last = '';
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) {
      const { seconds, stdout } = await time(program, ['vectors', 'verify', '--jobs', '2'], '', {});
      taken.push(seconds);
      last = stdout.trim().split('\n').at(-1) ?? '';
    }
    const notes = [last, `${taken.map((seconds) => seconds.toFixed(1)).join(', ')} s`];
    return { ratios: taken.map((seconds) => SECONDS / seconds), notes };
  },
};
