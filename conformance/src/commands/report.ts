import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { checkOutputs } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { mergeResults } from '../report/merge-results.js';
import { readResults } from '../report/read-results.js';
import { resultsSchema } from '../report/results.js';
import { textOfResults } from '../report/results-text.js';
import { reportPaths, writeReports } from '../report/write-reports.js';
import { exitOf } from './suite-command.js';
import { SUITE_OPTIONS } from './suite-options.js';

export const reportCommand = defineCommand({
  name: 'report',
  summary: 'put the results of shards together, and write the reports of the whole',
  details:
    'Takes the results.json of every shard of one run, in any order: the suite, the subject, --seed, --timeout and --run must ' +
    'have been the same. One results.json of a whole run is taken too, to write its reports again. Exit status as of the run ' +
    'itself: 0: the subject conforms; 4: it does not, nothing was judged, or a shard was interrupted or had troubles.',
  positionals: {
    file: { type: 'string', array: true, demandOption: true, describe: 'the results.json of each shard' },
  },
  options: { out: SUITE_OPTIONS.out, force: SUITE_OPTIONS.force },
  examples: [
    ['keyferry-conformance report shard-*/results.json --out report', 'the reports of all shards together'],
    ['keyferry-conformance report shard-*/results.json --json', 'their results as one'],
  ],
  result: resultsSchema,
  text: textOfResults,
  async run({ file, out, force }, terminal, signal) {
    refuseInputs(file, out === undefined ? [] : reportPaths(out));
    await checkOutputs(out === undefined ? [] : reportPaths(out), { force });
    const found = [];
    for (const path of file) {
      signal.throwIfAborted();
      found.push(await readResults(path));
    }
    const result = mergeResults(found);
    await writeReports(result, { out, force }, terminal);
    return { result, exit: exitOf(result) === 'done' ? 'done' : 'verification' };
  },
});

/** The results of a shard cannot be had again. USAGE. */
function refuseInputs(inputs: readonly string[], reports: readonly string[]): void {
  const given = inputs.map((path) => resolve(path));
  const taken = reports.find((path) => given.includes(resolve(path)));
  if (taken === undefined) return;
  throw new KeyferryError('USAGE', {
    reason: `a report would be written over results that are read: ${taken}`,
    hint: 'give another folder after --out',
  });
}
