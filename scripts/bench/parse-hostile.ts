/**
 * Started by parsers-bound.ts with --expose-gc and the name of one parser: gives it every hostile input, and prints as JSON
 * the most time of the processor in milliseconds, and the most memory in MiB that the process had in use beyond what it has
 * without parsing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostileInputs, LARGEST } from './hostile-inputs.js';
import { PARSERS } from './parsers.js';

export interface Worst {
  readonly parser: string;
  readonly milliseconds: number;
  readonly slowest: string;
  readonly mebibytes: number;
}

const [, parse] = PARSERS.find(([name]) => name === process.argv[2]) ?? [];
const collect = globalThis.gc;
if (parse === undefined || collect === undefined) throw new Error('give the name of a parser, and --expose-gc');
const kibibytes = (name: 'VmHWM' | 'VmRSS') =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const inputs = [LARGEST, LARGEST / 4, 65536, 16384, 8192, 4096].flatMap((size) =>
  hostileInputs(size).map(([name, input]) => [`${name}, ${size} bytes`, input] as const),
);
collect();
// Sets the peak back to what is in use now (proc(5), clear_refs).
writeFileSync('/proc/self/clear_refs', '5');
const before = kibibytes('VmRSS');
let [milliseconds, slowest] = [0, ''];
for (const [name, input] of inputs) {
  // The best of three: what is compiled or collected meanwhile is not the parser's.
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    collect();
    const began = processorTime();
    parse(input);
    best = Math.min(best, processorTime() - began);
  }
  if (best > milliseconds) [milliseconds, slowest] = [best, name];
}
const mebibytes = Math.max(0, kibibytes('VmHWM') - before) / 1024;
console.log(JSON.stringify({ parser: process.argv[2] ?? '', milliseconds, slowest, mebibytes } satisfies Worst));
