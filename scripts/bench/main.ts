/**
 * How fast the programs are beside what they cannot be faster than: `pnpm bench [--only ID] [--runs N] [--json FILE]`. Exit
 * 1 when a target is missed. No test runs this; it wants a quiet machine.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { batchFiles, batchNetwork } from './batch-files.js';
import { batchFlat, batchMemory } from './batch-size.js';
import { type Result, resultOf } from './benchmark.js';
import { everyChange } from './every-change.js';
import { importBatch } from './import-batch.js';
import { importAz, importStart } from './import-programs.js';
import { judgeForge, judgeNode } from './judge.js';
import { opensslRecipe } from './openssl-recipe.js';
import { parsersMemory, parsersTime } from './parsers-bound.js';
import { suiteProducer, suiteShards } from './suite-producer.js';
import { vaultImport, vaultSign } from './vault-rates.js';
import { vaultFlat, vaultStart } from './vault-size.js';
import { vaultSoak } from './vault-soak.js';
import { vectorsVerify } from './vectors-verify.js';
import { wrapCalls } from './wrap-calls.js';

const BENCHMARKS = [
  ...[wrapCalls, batchFiles, batchNetwork, batchFlat, batchMemory, opensslRecipe],
  ...[importStart, importAz, importBatch],
  ...[judgeForge, judgeNode, vectorsVerify, parsersTime, parsersMemory, everyChange],
  ...[suiteProducer, suiteShards],
  ...[vaultImport, vaultSign, vaultFlat, vaultStart, vaultSoak],
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '7' },
    json: { type: 'string' },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is a number of pairs; found ${values.runs}`);
const ids = BENCHMARKS.map(({ id }) => id);
const unknown = values.only?.find((id) => !ids.includes(id));
if (unknown !== undefined) throw new Error(`--only is one of ${ids.join(', ')}; found ${unknown}`);

// Each folder and server of a benchmark is removed when this process ends.
process.setMaxListeners(0);

const results: Result[] = [];
for (const benchmark of BENCHMARKS) {
  if (values.only !== undefined && !values.only.includes(benchmark.id)) continue;
  const reason = benchmark.unavailable?.() ?? null;
  if (reason !== null) {
    console.log(`${benchmark.id.padEnd(14)} skipped: ${reason}`);
    continue;
  }
  const { ratios, notes } = await benchmark.run(runs);
  const result = resultOf(benchmark, ratios);
  results.push(result);
  const verdict =
    result.met === null ? '' : result.met ? `  target ${result.target}: met` : `  target ${result.target}: MISSED`;
  console.log(`${result.id.padEnd(14)} ${result.ratio}  spread ${result.spread}${verdict}`);
  for (const note of [benchmark.about, ...notes]) console.log(`               ${note}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ results }, null, 2)}\n`);
}
if (results.some(({ met }) => met === false)) process.exitCode = 1;
