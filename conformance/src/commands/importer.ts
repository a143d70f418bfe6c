import { LOGIN_OPTIONS } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { KEK_SIZES, type KekSize } from '../importer/keks.js';
import { resultsSchema } from '../report/results.js';
import { runSuite, SUITE_OPTIONS, textOfResults } from './suite-command.js';

/** Milliseconds that one exchange with the vault may take, with login. */
const TIME_LIMIT = 30_000;

export const importerCommand = defineCommand({
  name: 'importer',
  summary: 'judge an endpoint that imports key transfer blobs: what it takes, what it refuses, and what a KEK can do',
  details:
    'It makes KEKs and target keys in the vault, imports right and wrong blobs, and removes all keys that it made; their names ' +
    'begin with keyferry-conformance-, and no other key is touched. It runs only in a vault that has a key named ' +
    'keyferry-conformance-marker, or with --i-own-this-vault.',
  options: {
    url: {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: 'https://NAME.vault.azure.net or https://NAME.managedhsm.azure.net',
    },
    ...LOGIN_OPTIONS,
    'i-own-this-vault': { type: 'boolean', default: false, describe: 'use it though it has no marker' },
    clean: {
      type: 'boolean',
      default: false,
      describe: 'first remove the keys that earlier runs left; not while another run is under way',
    },
    'kek-size': {
      type: 'number',
      array: true,
      choices: KEK_SIZES,
      default: [2048],
      describe: 'bits of the KEKs for right blobs; all wrong blobs are made under 2048 bits',
    },
    ...SUITE_OPTIONS,
  },
  examples: [
    ['keyferry-conformance importer --url https://test.vault.azure.net', 'all cases'],
    [
      'keyferry-conformance importer --url https://test.managedhsm.azure.net --kek-size 2048 --kek-size 4096',
      'with AES keys, and KEKs of two sizes',
    ],
    [
      "keyferry-conformance importer --url https://test.vault.azure.net --run 'importer/kid/*' --clean",
      'some of them, after removing what a killed run left',
    ],
  ],
  result: resultsSchema,
  text: textOfResults,
  async run(args, terminal, signal) {
    const kekSizes = (args.kekSize as KekSize[]).filter((size, index, all) => all.indexOf(size) === index);
    if (kekSizes.length === 0) throw new KeyferryError('USAGE', { reason: '--kek-size: expected a size, found none' });
    const { openImporter } = await import('../importer/open-importer.js');
    const open = () =>
      openImporter({
        url: args.url,
        login: args.auth,
        cloud: args.cloud ?? null,
        owned: args.iOwnThisVault,
        clean: args.clean,
        kekSizes,
        timeLimit: TIME_LIMIT,
        signal,
        // A person cannot log in without having read it, so it is shown also with --quiet.
        prompt: (text) => terminal.warn(text),
        say: (note) => terminal.say(note),
      });
    return runSuite(open, args, terminal, signal);
  },
});
