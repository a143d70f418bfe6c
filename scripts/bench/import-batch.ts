import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startScene, writeBlobs } from '../../packages/import/test/support/batch-scene.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import type { Benchmark } from './benchmark.js';
import { summaryOf } from './statistics.js';

const KEYS = 500;
/** The most of the time that the client may be at work itself. */
const SHARE = 0.25;
/** One batch takes a quarter of a minute, since the server lets no more through. */
const MOST_RUNS = 3;
/** Milliseconds for which the server counts requests. */
const COUNTED = 10_000;

const program = fileURLToPath(new URL('../../node_modules/.bin/keyferry-import', import.meta.url));
const preload = `--import=${new URL('report-cpu.mjs', import.meta.url).href}`;

export const importBatch: Benchmark = {
  id: 'import-batch',
  about: `a quarter beside the share of the time that keyferry-import computes, for ${KEYS} keys into a vault that holds the published limits`,
  target: 1,
  async run(runs) {
    const shares: number[] = [];
    const seconds: number[] = [];
    for (let run = 0; run < Math.min(runs, MOST_RUNS); run += 1) {
      // A vault of its own: one that still counts the requests of the run before lets the next wait longer. And one that has
      // forgotten how its KEK was made, which is hours ago in a ceremony: the batch would get the rest of those ten seconds.
      const scene = await startScene(wholeFile, 'https://bench.vault.azure.net', { throttle: true });
      try {
        const folder = privateFolder(wholeFile);
        writeBlobs(folder, await scene.kek('kek'), KEYS, 'key');
        await wait(COUNTED);
        const used = await batch(folder, scene.url, { ...scene.service.env });
        shares.push(used.cpu / used.wall);
        seconds.push(used.wall);
      } finally {
        await scene.stop();
      }
    }
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    return {
      ratios: shares.map((share) => SHARE / share),
      notes: [`computes ${percent(summaryOf(shares).median)} of ${summaryOf(seconds).median.toFixed(1)} s`],
    };
  },
};

/** Seconds of the whole program, by the clock and by the processor. */
async function batch(folder: string, url: string, env: Record<string, string>): Promise<{ wall: number; cpu: number }> {
  const cpuFile = join(folder, 'cpu');
  const began = process.hrtime.bigint();
  const child = spawn(program, ['batch', folder, '--vault-url', url, '--json'], {
    env: { ...process.env, ...env, NODE_OPTIONS: preload, KEYFERRY_BENCH_CPU: cpuFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code] = await once(child, 'close');
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  if (code !== 0) throw new Error(`keyferry-import ended with ${code}: ${Buffer.concat(stderr)}`);
  return { wall, cpu: Number(readFileSync(cpuFile, 'utf8')) };
}
