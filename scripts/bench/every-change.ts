import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark } from './benchmark.js';
import type { Agreement } from './change-blob.js';

const SHARES = 2;
const program = fileURLToPath(new URL('change-blob.ts', import.meta.url));

/** No measure of time: it takes minutes, which is too long for a test. */
export const everyChange: Benchmark = {
  id: 'every-change',
  about:
    'changes of one small blob (every bit, cut, byte more and exchange) that both engines take or refuse alike, beside all',
  target: 1,
  async run() {
    const run = promisify(execFile);
    const parts = await Promise.all(
      Array.from({ length: SHARES }, async (_, nth) => {
        const words = ['--import=tsx', program, String(nth), String(SHARES)];
        const { stdout } = await run(process.execPath, words, { maxBuffer: 1 << 26 });
        return JSON.parse(stdout) as Agreement;
      }),
    );
    const changes = parts.reduce((sum, part) => sum + part.changes, 0);
    const others = parts.flatMap(({ disagreements }) => disagreements);
    return {
      ratios: [(changes - others.length) / changes],
      notes: [`${changes} changes, ${others.length} disagreements`, ...others.slice(0, 10)],
    };
  },
};
