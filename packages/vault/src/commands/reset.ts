import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { dataFolder } from '../data/folder.js';
import { lockFolder } from '../data/lock.js';
import { contentsOf, emptyFolder } from '../data/reset.js';

export const reset = defineCommand({
  name: 'reset',
  summary: 'Remove all keys and the token of a data folder that no emulator serves',
  details:
    'The folder itself stays, empty. One that keyferry-vault did not make, or that holds other things, is refused.',
  options: {
    data: { type: 'string', demandOption: true, describe: 'the data folder' },
    yes: { type: 'boolean', default: false, describe: 'do not ask' },
  },
  examples: [
    ['keyferry-vault reset --data ./vault', 'asks for the name of the folder first'],
    ['keyferry-vault reset --data ./vault --yes', 'in a script'],
  ],
  result: z.object({
    data: z.string(),
    keyVersions: z.int().describe('how many versions of keys were removed'),
  }),
  text: ({ data, keyVersions }) => `reset: ${keyVersions} key versions were removed from ${data}`,
  async run({ data, yes }, terminal) {
    const folder = dataFolder(data);
    const lock = await lockExisting(folder.path);
    try {
      const { keyVersions } = await contentsOf(folder);
      if (!yes) {
        const name = basename(folder.path);
        const answer = await terminal.ask(`${keyVersions} key versions will be lost. Type "${name}" to remove them:`);
        if (answer !== name) {
          throw new KeyferryError('CANCELLED', {
            reason: `expected "${name}", found "${answer}"; nothing was removed`,
          });
        }
      }
      await emptyFolder(folder);
      return { result: { data, keyVersions } };
    } finally {
      await lock.release();
    }
  },
});

async function lockExisting(path: string): Promise<{ release(): Promise<void> }> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return lockFolder(path);
  throw new KeyferryError('DATA_FOLDER', { reason: `expected a data folder, found none: ${path}` });
}
