import { join } from 'node:path';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { azFetchKek, azResultSchema, PRINT_AZ } from '../az.js';
import { fetchKek } from '../kek.js';
import { kekFiles, kekResult, kekResultSchema, kekText, writeKek } from '../kek-output.js';
import { keyName, keyVersion, SERVICE_OPTIONS, vaultOf } from '../options.js';

export const kekFetchCommand = defineCommand({
  name: 'kek fetch',
  summary: 'fetch the public part of a key exchange key, if it keeps every rule',
  details:
    'A KEK of another size, with other operations than import, disabled or expired is refused, and no file is written.',
  options: {
    ...SERVICE_OPTIONS,
    ...PRINT_AZ,
    version: { type: 'string', describe: 'version of the KEK; the newest unless given' },
    out: { type: 'string', demandOption: true, describe: 'folder for NAME.kek.json and NAME.pem' },
    force: { type: 'boolean', default: false, describe: 'replace the output files' },
  },
  examples: [
    [
      'keyferry-import kek fetch --vault-url https://prod.vault.azure.net --name payroll-kek --out /media/stick',
      'the newest version',
    ],
  ],
  result: z.union([kekResultSchema, azResultSchema]),
  text: (result) => ('az' in result ? result.az : kekText(result)),
  async run(args, terminal, signal) {
    const name = keyName(args.name);
    const version = args.version === undefined ? undefined : keyVersion(args.version);
    if (args.printAz) {
      return { result: { az: azFetchKek(args.vaultUrl, name, version, join(args.out, `${name}.pem`)) } };
    }
    const vault = await vaultOf(args, terminal, signal);
    const files = await kekFiles(args.out, name, args.force);
    const fetched = await fetchKek(vault, name, version, (text) => terminal.warn(text));
    await writeKek(files, fetched, args.force);
    return { result: kekResult(fetched.kek, files, vault.emulator) };
  },
});
