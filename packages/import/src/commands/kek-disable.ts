import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { confirmByName } from '../confirm-name.js';
import { kekVersions } from '../kek-versions.js';
import { modeLines } from '../mode.js';
import { keyName, keyVersion, SERVICE_OPTIONS, vaultOf } from '../options.js';

const resultSchema = z.strictObject({
  name: z.string(),
  emulator: z.boolean(),
  /** The kids that are disabled now and were not before. */
  disabled: z.array(z.string()),
  /** Those that were disabled already. */
  already: z.array(z.string()),
});

export const kekDisableCommand = defineCommand({
  name: 'kek disable',
  summary: 'disable a key exchange key: blobs that were made for it cannot be imported any more',
  details:
    'All its versions unless one is named. A key that may do anything else than import is left alone. It can be enabled again ' +
    'in the vault, so whoever may do that can still import an old blob; kek delete and a purge are for good.',
  options: {
    ...SERVICE_OPTIONS,
    version: { type: 'string', describe: 'this version only' },
    yes: { type: 'boolean', default: false, describe: 'do not ask' },
  },
  examples: [
    [
      'keyferry-import kek disable --vault-url https://prod.vault.azure.net --name payroll-kek',
      'asks for its name first',
    ],
  ],
  result: resultSchema,
  text: ({ emulator, disabled, already }) =>
    [
      ...modeLines({ mode: null, emulator }),
      ...disabled.map((kid) => `disabled    ${kid}`),
      ...already.map((kid) => `was so      ${kid}`),
    ].join('\n'),
  async run(args, terminal, signal) {
    const name = keyName(args.name);
    const version = args.version === undefined ? undefined : keyVersion(args.version);
    const vault = await vaultOf(args, terminal, signal);
    const keys = await kekVersions(vault, name, version);
    const still = keys.filter(({ attributes }) => attributes.enabled !== false);
    const already = keys.filter((key) => !still.includes(key));
    if (still.length > 0) {
      const what = `${still.length} version(s) of the KEK ${name} in ${vault.address.url} will be disabled`;
      await confirmByName(terminal, name, what, args.yes);
    }
    for (const { kid } of still) {
      signal.throwIfAborted();
      await vault.setEnabled(kid.name, kid.version, false);
    }
    const kids = (those: typeof keys) => those.map(({ kid }) => kid.text);
    return { result: { name, emulator: vault.emulator, disabled: kids(still), already: kids(already) } };
  },
});
