import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { readEndpoint } from '../data/endpoint.js';
import { environmentFor, IDENTITIES, type Identity, shellExports } from '../environment.js';
import { CLIENT_NAMES, type ClientName } from '../identity/credentials.js';

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
    client: {
      type: 'string',
      choices: CLIENT_NAMES,
      default: 'admin',
      describe: 'who the client is: it may do everything, or create KEKs and import, or use keys',
    },
    identity: {
      type: 'string',
      choices: IDENTITIES,
      default: 'secret',
      describe: 'how it logs in: by secret, by the token file of a workload, as a managed identity of App Service',
    },
  },
  examples: [
    ['eval "$(keyferry-vault env --data ./vault)"', 'set it in this shell'],
    ['eval "$(keyferry-vault env --data ./vault --client importer --identity workload)"', 'by workload identity'],
  ],
  result: resultSchema,
  text: shellExports,
  async run({ data, client, identity }) {
    const wanted = { client: client as ClientName, identity: identity as Identity };
    const { set, unset } = environmentFor(await readEndpoint(data), wanted);
    return { result: { set: { ...set }, unset: [...unset] } };
  },
});
