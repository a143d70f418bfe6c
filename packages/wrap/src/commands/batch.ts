import { join } from 'node:path';
import { tryFolders } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { moduleOptions, pinOptions, tokenOptions, tokenUri, withToken } from '@keyferry/token';
import { openBatchJournal } from '../batch/batch-journal.js';
import { batchResultSchema, describeBatch } from '../batch/batch-result.js';
import { noteDuplicates } from '../batch/check-plan.js';
import { confirmKeks, readKeks } from '../batch/plan-keks.js';
import { Problems } from '../batch/problems.js';
import { readPlanFile } from '../batch/read-plan.js';
import { runBatch } from '../batch/run-batch.js';
import { refuseBoth } from '../mode.js';
import { wrappingOptions } from '../wrapping/run.js';

export const batchCommand = defineCommand({
  name: 'batch',
  summary: 'wrap many keys after one login, as a plan names them',
  details:
    'PLAN is JSON (keyferry/plan/1) or CSV with the columns key, kek, kid, out. It is checked whole before the first key ' +
    'moves. A journal keeps what is finished: run again after an interruption, it goes on where it stopped.',
  positionals: { plan: { type: 'string', demandOption: true, describe: 'PLAN.json or PLAN.csv' } },
  options: {
    ...tokenOptions,
    ...moduleOptions,
    ...pinOptions,
    ...wrappingOptions,
    practice: { type: 'boolean', default: false, describe: 'mark everything as practice' },
    'confirm-thumbprint': {
      type: 'string',
      array: true,
      describe: 'thumbprint of a KEK, from a second source; once for each KEK',
    },
    out: { type: 'string', demandOption: true, describe: 'folder for blobs and manifests' },
    journal: { type: 'string', describe: 'journal of the plan; default PLAN.journal.jsonl in the folder of --out' },
    'stop-on-error': { type: 'boolean', default: false, describe: 'end with the first key that fails' },
    again: { type: 'boolean', default: false, describe: 'wrap once more what the journal calls finished' },
    force: { type: 'boolean', default: false, describe: 'replace files that are not of this plan' },
  },
  examples: [
    [
      'keyferry-wrap batch plan.csv --token prod --module /usr/lib/hsm.so --out /media/stick',
      'asks for the thumbprints of the KEKs and for the PIN',
    ],
  ],
  result: batchResultSchema,
  text: describeBatch,
  async run(args, terminal, signal) {
    refuseBoth(args);
    const uri = tokenUri(args.token);
    const plan = await readPlanFile(args.plan);
    await tryFolders([join(args.out, 'x')]);
    const journal = await openBatchJournal(args.journal ?? join(args.out, `${plan.name}.journal.jsonl`));
    try {
      const problems = new Problems();
      noteDuplicates(plan.entries, problems);
      const kekOf = await readKeks(plan, problems);
      await confirmKeks(plan.entries, kekOf, args.confirmThumbprint ?? [], terminal);
      const request = { plan: args.plan, entries: plan.entries, kekOf, problems, journal, folder: args.out, args };
      return await withToken(uri, args, terminal, (open) => runBatch(request, open, terminal, signal), {
        writable: args.trustedWrappingKey !== undefined,
      });
    } finally {
      await journal.close();
    }
  },
});
