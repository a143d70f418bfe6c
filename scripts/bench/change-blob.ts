/**
 * Started by every-change.ts with the number of a share and how many shares there are: does its share of all changes to one
 * small blob, and prints as JSON how many there were and in which of them the engines do not agree.
 */
import { makeBlob } from '../../conformance/src/oracle/index.js';
import { bothOn, changed, everyChange, stageOf } from '../../conformance/test/support/changes.js';
import { bytesFor, HSM_KID, plaintextOf, testKek } from '../../conformance/test/support/keys.js';

export interface Agreement {
  readonly changes: number;
  readonly disagreements: readonly string[];
}

const [nth, shares] = process.argv.slice(2).map(Number);
if (nth === undefined || shares === undefined) throw new Error('give the number of a share, and how many there are');

const randomness = { aesKey: bytesFor('AES key', 32), seed: bytesFor('seed', 20) };
const parts = { kek: testKek(2048), kid: HSM_KID, target: plaintextOf('aes-128'), generator: 'test', ...randomness };
const blob = makeBlob(parts);
const disagreements: string[] = [];
let changes = 0;
let place = 0;
for (const change of everyChange(blob.length)) {
  if (place++ % shares !== nth) continue;
  changes += 1;
  const { node, oracle, alike } = bothOn(2048, changed(blob, change));
  if (!alike) disagreements.push(`${change.kind} ${change.at}: node ${stageOf(node)}, oracle ${stageOf(oracle)}`);
}
console.log(JSON.stringify({ changes, disagreements } satisfies Agreement));
