import { provesNothingHappened, waitingOut429 } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { azCreateKek, azResultSchema, PRINT_AZ } from '../az.js';
import { fetchKek } from '../kek.js';
import { kekFiles, kekResult, kekResultSchema, kekText, writeKek } from '../kek-output.js';
import { keyName, lifetimeFrom, nameFrom, PATIENCE, tagsOf, VAULT_OPTIONS, vaultOf } from '../options.js';
import type { ServiceKey } from '../service-key.js';
import type { KekRequest, Vault } from '../vault.js';

export const kekCreateCommand = defineCommand({
  name: 'kek create',
  summary: 'create a key exchange key in the vault, and write its public part for the air-gapped side',
  details:
    'The KEK is an RSA-HSM key that may do nothing but import. It is fetched and checked after it was made; ' +
    'DIR/NAME.kek.json and DIR/NAME.pem are what the other side needs.',
  options: {
    ...VAULT_OPTIONS,
    ...PRINT_AZ,
    name: {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: 'name of the KEK; {date}, {time} (UTC) and {random} in it are filled in',
    },
    size: { type: 'number', choices: [2048, 3072, 4096], default: 4096, describe: 'bits of the modulus' },
    'expires-in': { type: 'string', describe: 'how long it lives, such as 90m, 24h or 7d; for ever unless given' },
    tag: { type: 'string', array: true, describe: 'name=value that the key shall carry' },
    'new-version': { type: 'boolean', default: false, describe: 'add a version to a name that exists' },
    out: { type: 'string', demandOption: true, describe: 'folder for NAME.kek.json and NAME.pem' },
    force: { type: 'boolean', default: false, describe: 'replace the output files' },
  },
  examples: [
    [
      'keyferry-import kek create --vault-url https://prod.vault.azure.net --name payroll-kek --expires-in 7d --out /media/stick',
      'a KEK of 4096 bits for a week',
    ],
    [
      'keyferry-import kek create --vault-url https://prod.vault.azure.net --name payroll-{date}-{random} --expires-in 24h --tag ticket=4711 --out .',
      'such as payroll-20261123-9f2c41d7, for a day',
    ],
  ],
  result: z.union([kekResultSchema, azResultSchema]),
  text: (result) => ('az' in result ? result.az : kekText(result)),
  async run(args, terminal, signal) {
    const name = keyName(nameFrom(args.name, new Date()));
    const expiresOn = args.expiresIn === undefined ? null : lifetimeFrom(new Date(), args.expiresIn);
    const request = { bits: args.size as KekRequest['bits'], expiresOn, tags: tagsOf(args.tag) };
    if (args.printAz) return { result: { az: azCreateKek(args.vaultUrl, name, request) } };
    const vault = await vaultOf(args, terminal, signal);
    const files = await kekFiles(args.out, name, args.force);
    if (!args.newVersion && (await vault.versions(name)).length > 0) {
      throw new KeyferryError('KEY_EXISTS', {
        reason: `expected no key ${name} in ${vault.address.url}, found one`,
        hint: `to hand out the one that is there: keyferry-import kek fetch; else choose another name, or add --new-version`,
      });
    }
    const made = await waitingOut429(() => create(vault, name, request), {
      limit: PATIENCE,
      say: terminal.say,
      signal,
    });
    terminal.say(`created ${made.kid.text}`);
    const fetched = await fetchKek(vault, name, made.kid.version, (text) => terminal.warn(text));
    await writeKek(files, fetched, args.force);
    return { result: kekResult(fetched.kek, files, vault.emulator) };
  },
});

/** Sent once: when the answer is lost, a KEK that nobody knows of may be there. */
async function create(vault: Vault, name: string, request: KekRequest): Promise<ServiceKey> {
  try {
    return await vault.createKek(name, request);
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code === 'INTERRUPTED' || provesNothingHappened(error)) {
      throw error;
    }
    throw new KeyferryError('OUTCOME_UNKNOWN', {
      reason: `the answer to the creation of ${name} was lost (${error.reason})`,
      hint: `see whether it is there: keyferry-import kek fetch --vault-url ${vault.address.url} --name ${name} --out DIR`,
      cause: error,
    });
  }
}
