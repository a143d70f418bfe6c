import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.js';
import type { Worst } from './parse-hostile.js';
import { PARSERS } from './parsers.js';

const MILLISECONDS = 50;
const MEBIBYTES = 64;
/** A run gives each of some fifteen parsers nearly two hundred inputs three times. */
const MOST_RUNS = 3;

const program = fileURLToPath(new URL('parse-hostile.ts', import.meta.url));

/** Each parser in a process of its own. */
function measured(): readonly Worst[] {
  return PARSERS.map(([name]) => {
    const output = execFileSync(process.execPath, ['--expose-gc', '--import=tsx', program, name], { encoding: 'utf8' });
    return JSON.parse(output) as Worst;
  });
}

let known: (readonly Worst[])[] | null = null;

function worstOf(runs: number, member: 'milliseconds' | 'mebibytes'): readonly Worst[] {
  known ??= Array.from({ length: Math.min(runs, MOST_RUNS) }, measured);
  return known.map((parsers) => parsers.reduce((a, b) => (b[member] > a[member] ? b : a)));
}

export const parsersTime: Benchmark = {
  id: 'parsers-time',
  about: `${MILLISECONDS} ms beside the longest that a parser of blob or of the judge takes for an input of 1 MiB at most`,
  target: 1,
  async run(runs) {
    const worst = worstOf(runs, 'milliseconds');
    return {
      ratios: worst.map(({ milliseconds }) => MILLISECONDS / milliseconds),
      notes: worst.map(({ parser, milliseconds, slowest }) => `${milliseconds.toFixed(1)} ms: ${parser}: ${slowest}`),
    };
  },
};

export const parsersMemory: Benchmark = {
  id: 'parsers-memory',
  about: `${MEBIBYTES} MiB beside the most memory that any of them makes its process use more, over all inputs`,
  target: 1,
  async run(runs) {
    const worst = worstOf(runs, 'mebibytes');
    return {
      ratios: worst.map(({ mebibytes }) => MEBIBYTES / mebibytes),
      notes: worst.map(({ parser, mebibytes }) => `${mebibytes.toFixed(1)} MiB: ${parser}`),
    };
  },
};
