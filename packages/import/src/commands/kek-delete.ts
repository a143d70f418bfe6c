import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { confirmByName } from '../confirm-name.js';
import { kekVersions } from '../kek-versions.js';
import { modeLines } from '../mode.js';
import { keyName, SERVICE_OPTIONS, vaultOf } from '../options.js';

const resultSchema = z.strictObject({
  name: z.string(),
  emulator: z.boolean(),
  /** The kids of all versions, which are deleted together. */
  deleted: z.array(z.string()),
});

export const kekDeleteCommand = defineCommand({
  name: 'kek delete',
  summary: 'delete a key exchange key with all its versions',
  details:
    'A key that may do anything else than import is left alone. The service keeps what was deleted for the retention time ' +
    'of the vault; until it is purged it can be recovered, and its name is taken.',
  options: { ...SERVICE_OPTIONS, yes: { type: 'boolean', default: false, describe: 'do not ask' } },
  examples: [
    [
      'keyferry-import kek delete --vault-url https://prod.vault.azure.net --name payroll-kek',
      'asks for its name first',
    ],
  ],
  result: resultSchema,
  text: ({ emulator, deleted }) =>
    [...modeLines({ mode: null, emulator }), ...deleted.map((kid) => `deleted     ${kid}`)].join('\n'),
  async run(args, terminal, signal) {
    const name = keyName(args.name);
    const vault = await vaultOf(args, terminal, signal);
    const keys = await kekVersions(vault, name, undefined);
    const what = `the KEK ${name} in ${vault.address.url} will be deleted, with ${keys.length} version(s)`;
    await confirmByName(terminal, name, what, args.yes);
    signal.throwIfAborted();
    await vault.deleteKey(name);
    return { result: { name, emulator: vault.emulator, deleted: keys.map(({ kid }) => kid.text) } };
  },
});
