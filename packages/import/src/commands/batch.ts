import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { BATCH_JOURNAL } from '../batch/batch-journal.js';
import { batchResultSchema, describeBatch } from '../batch/batch-result.js';
import { runBatch } from '../batch/run-batch.js';
import { readSource } from '../batch/source.js';
import { listOf, PAUSES, tagsOf, VAULT_OPTIONS, vaultOf } from '../options.js';

/** A vault takes 300 imports in 10 seconds: this many at the same time come near to that, and more do not help. */
const CONCURRENCY = { usual: 8, most: 32 };

export const batchCommand = defineCommand({
  name: 'batch',
  summary: 'import many blobs into the vault of their KEKs, and prove that the right keys arrived',
  details:
    'SOURCE is a folder of NAME.byok with their manifests, or a plan in JSON (keyferry/import-plan/1) or CSV. The batch is ' +
    'checked whole before the first key is sent. A journal keeps what was sent: run again after an interruption, it finds out ' +
    'what became of that, and goes on. What was sent is not sent again while its outcome is unknown.',
  positionals: { source: { type: 'string', demandOption: true, describe: 'a folder, PLAN.json or PLAN.csv' } },
  options: {
    ...VAULT_OPTIONS,
    out: { type: 'string', describe: 'folder of the receipts and the journal; that of the source unless given' },
    journal: { type: 'string', describe: `journal; ${BATCH_JOURNAL} in the folder of --out unless given` },
    concurrency: {
      type: 'number',
      default: CONCURRENCY.usual,
      requiresArg: true,
      describe: `keys under way at the same time, at most ${CONCURRENCY.most}; fewer while the vault throttles`,
    },
    'allowed-signers': {
      type: 'string',
      describe:
        'who may sign, in the form of ssh-keygen: every manifest must then have a signature, NAME.manifest.json.sig',
    },
    ops: { type: 'string', array: true, describe: 'what the keys may do, where the plan does not say it' },
    tag: { type: 'string', array: true, describe: 'name=value that all keys shall carry' },
    'not-before': { type: 'string', describe: 'instant before which the keys do nothing' },
    expires: { type: 'string', describe: 'instant at which the keys expire, where the plan does not say it' },
    'new-version': { type: 'boolean', default: false, describe: 'add versions to names that exist' },
    practice: { type: 'boolean', default: false, describe: 'allow practice keys in a real vault' },
    'retire-kek': { type: 'boolean', default: false, describe: 'disable the KEKs when all keys have arrived' },
    'stop-on-error': { type: 'boolean', default: false, describe: 'begin nothing more after a key that fails' },
    again: { type: 'boolean', default: false, describe: 'import once more what is finished' },
    'resend-after': {
      type: 'number',
      requiresArg: true,
      describe: 'seconds since it was sent, after which a key that has not come up is sent again',
    },
    resend: {
      type: 'string',
      array: true,
      describe: 'name of a key with an unknown outcome that you have settled: it is sent again',
    },
    'dry-run': { type: 'boolean', default: false, describe: 'check everything, ask the vault, and send nothing' },
    force: { type: 'boolean', default: false, describe: 'replace receipts of other blobs' },
  },
  examples: [
    ['keyferry-import batch /media/stick --vault-url https://prod.vault.azure.net --dry-run', 'what would be sent'],
    [
      'keyferry-import batch plan.csv --vault-url https://prod.vault.azure.net --out receipts --retire-kek',
      'by a plan',
    ],
  ],
  result: batchResultSchema,
  text: describeBatch,
  async run(args, terminal, signal) {
    const concurrency = wholeNumber('--concurrency', args.concurrency, CONCURRENCY.most);
    const resendAfter = args.resendAfter === undefined ? null : timeOf('--resend-after', args.resendAfter);
    const tags = tagsOf(args.tag);
    const source = await readSource(args.source);
    const out = args.out ?? source.folder;
    const journal = args.journal ?? join(out, BATCH_JOURNAL);
    return await runBatch(
      {
        ...args,
        source,
        out,
        journal,
        concurrency,
        resendAfter,
        tags,
        ops: listOf(args.ops),
        resend: args.resend ?? [],
        pauses: PAUSES,
      },
      (asking, onThrottled) => vaultOf(args, terminal, asking, onThrottled),
      terminal,
      signal,
    );
  },
});

function wholeNumber(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new KeyferryError('USAGE', { reason: `${option}: expected a number from 1 to ${most}, found ${value}` });
}

/** Seconds to milliseconds. */
function timeOf(option: string, seconds: number): number {
  if (seconds >= 1 && seconds <= 30 * 86_400) return Math.ceil(seconds * 1000);
  throw new KeyferryError('USAGE', { reason: `${option}: expected seconds from 1 to 30 days, found ${seconds}` });
}
