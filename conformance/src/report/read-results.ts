import { KeyferryError } from '@keyferry/errors';
import { readJsonFile } from '../read-json-file.js';
import { isInShard } from '../runner/select.js';
import { countOutcomes, verdictOf } from './count-outcomes.js';
import { OUTCOMES, type Results, resultsSchema } from './results.js';

/** The largest results.json that is read, in bytes: tens of thousands of cases. */
export const MAX_RESULTS_BYTES = 32 * 1024 * 1024;

/**
 * Reads a results.json, whose counts, verdict, places and shards must agree with its cases. RESULTS_INVALID, FILE_NOT_UTF8,
 * JSON_INVALID, JSON_DUPLICATE_MEMBER, and the errors of reading a file.
 */
export async function readResults(path: string): Promise<Results> {
  const results = await readJsonFile(path, {
    schema: resultsSchema,
    maxBytes: MAX_RESULTS_BYTES,
    invalid: 'RESULTS_INVALID',
  });
  const fault = disagreement(results);
  if (fault !== null) throw new KeyferryError('RESULTS_INVALID', { reason: `${path}: ${fault}` });
  return results;
}

/** What does not agree in results that have the schema; null where all does. */
export function disagreement({ counts, verdict, cases, run }: Results): string | null {
  const counted = countOutcomes(cases);
  const wrong = OUTCOMES.find((outcome) => counted[outcome] !== counts[outcome]);
  if (wrong !== undefined) return `counts: ${counts[wrong]} ${wrong}, but there are ${counted[wrong]} such cases`;
  const found = verdictOf(counted, run);
  if (found !== verdict) return `verdict: ${verdict}, but the cases come to ${found}`;
  if (new Set(cases.map(({ id }) => id)).size < cases.length) return 'cases: two have the same id';
  const disordered = cases.some(({ index }, place) => index <= (cases[place - 1]?.index ?? -1));
  if (disordered) return 'cases: they are not in the order of their index';
  if ((cases.at(-1)?.index ?? -1) >= run.suiteCases) return 'cases: one has an index beyond the suite';
  const { shards } = run;
  if (shards === null) return null;
  const { indexes, of } = shards;
  if (indexes.length === 0 || indexes.some((index, place) => index <= (indexes[place - 1] ?? 0) || index > of)) {
    return `run.shards: expected indexes from 1 to ${of} in their order`;
  }
  const stray = cases.find(({ id }) => !indexes.some((index) => isInShard(id, { index, of })));
  return stray === undefined ? null : `cases: ${stray.id} is in none of these shards`;
}
