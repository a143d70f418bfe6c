/**
 * Writes fixtures/vectors: the test vectors and their JSON Schemas. Without clock and randomness: the same code makes the
 * same bytes. With --check nothing is written, and the exit status is 1 when a file differs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vectorSchemas } from '../conformance/src/vectors/format.js';
import { compositeFamily } from './vectors/composite-family.js';
import { fileText } from './vectors/draft.js';
import { encodingFamily } from './vectors/encoding-family.js';
import { envelopeFamily } from './vectors/envelope-family.js';
import { kwpFamily } from './vectors/kwp-family.js';
import { oaepFamily } from './vectors/oaep-family.js';

const folder = fileURLToPath(new URL('../fixtures/vectors/', import.meta.url));

/** Path below fixtures/vectors -> content. */
function generated(): Map<string, string> {
  const families = [envelopeFamily(), oaepFamily(), kwpFamily(), compositeFamily(), encodingFamily()];
  return new Map([
    ...families.map((family): [string, string] => [`${family.schema}.json`, fileText(family)]),
    ...Object.entries(vectorSchemas()).map(([name, schema]): [string, string] => [
      `schemas/${name}`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  ]);
}

function written(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
}

const files = generated();
if (process.argv.includes('--check')) {
  const there = written();
  const stale = there.filter((name) => !files.has(name));
  const changed = [...files].filter(
    ([name, text]) => !there.includes(name) || readFileSync(join(folder, name), 'utf8') !== text,
  );
  for (const name of [...stale, ...changed.map(([changedName]) => changedName)]) {
    console.error(`fixtures/vectors/${name} does not follow from the code; run: pnpm run vectors`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(join(folder, 'schemas'), { recursive: true });
  for (const name of written()) if (!files.has(name)) rmSync(join(folder, name));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
}
