import { z } from 'zod';
import { exceptionsSchema } from './exceptions/format.js';
import { resultsSchema } from './report/results.js';

/** The files of the suite as JSON Schema (draft 2020-12), by name: results-1, exceptions-1. */
export function suiteFileSchemas(): Record<string, object> {
  return {
    'results-1': z.toJSONSchema(
      resultsSchema.meta({ title: 'results.json', description: 'What one run of the suite found, or all its shards.' }),
    ),
    'exceptions-1': z.toJSONSchema(exceptionsSchema),
  };
}
