import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { readEndpoint } from '../data/endpoint.js';
import { environmentFor, shellExports, UNSET_VARIABLES } from '../environment.js';

const resultSchema = z.object({
  set: z.record(z.string(), z.string()).describe('variables to set'),
  unset: z.array(z.string()).describe('variables to remove'),
});

export const env = defineCommand({
  name: 'env',
  summary: 'Print the environment in which any Azure client reaches a running emulator',
  details:
    'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are published constants of the emulator and no secrets. ' +
    'In this environment no other HTTPS host can be reached through the proxy.',
  options: {
    data: { type: 'string', demandOption: true, describe: 'the data folder of the emulator' },
  },
  examples: [['eval "$(keyferry-vault env --data ./vault)"', 'set it in this shell']],
  result: resultSchema,
  text: ({ set }) => shellExports(set),
  async run({ data }) {
    return { result: { set: environmentFor(await readEndpoint(data)), unset: [...UNSET_VARIABLES] } };
  },
});
