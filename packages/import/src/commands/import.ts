import { KeyferryError } from '@keyferry/errors';
import { checkOutputs } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { importFiles, readSources } from '../import-files.js';
import { planImport } from '../import-plan.js';
import { importResultSchema, importText, verdictOf } from '../import-result.js';
import { expiryAfter, keyName, listOf, SERVICE_OPTIONS, tagsOf, timeLimit } from '../options.js';
import { runImport } from '../run-import.js';
import { openVault } from '../vault.js';

/** The service may still be at work when the connection has gone. */
const PAUSES = [500, 1500];

export const importCommand = defineCommand({
  name: 'import',
  summary: 'import a blob into the vault of its KEK, and prove that the right key arrived',
  details:
    'Everything that can be checked is checked before anything is sent. The blob is sent once, as a disabled version; it ' +
    'is enabled after its public key (of an AES key: its check value) was compared. If the answer is lost, the command ' +
    'finds out what became of it, and never sends again by itself: run it again to look again.',
  positionals: {
    file: { type: 'string', demandOption: true, describe: 'the blob: NAME.byok' },
  },
  options: {
    ...SERVICE_OPTIONS,
    manifest: { type: 'string', describe: 'NAME.manifest.json beside the blob unless given' },
    'without-manifest': { type: 'boolean', default: false, describe: 'import a blob of which nothing else is known' },
    kty: { choices: ['RSA', 'EC', 'oct'], describe: 'type of the key, with --without-manifest' },
    crv: { choices: ['P-256', 'P-384', 'P-521', 'secp256k1'], describe: 'curve of the key, with --kty EC' },
    'confirm-target': { type: 'string', describe: 'thumbprint of the target key, from a second source' },
    'public-key': { type: 'string', describe: 'public key of the target (PEM, DER or JWK), from a second source' },
    ops: {
      type: 'string',
      array: true,
      describe: 'what the key may do, such as sign,verify; all that its type can unless given',
    },
    tag: { type: 'string', array: true, describe: 'name=value that the key shall carry' },
    expires: { type: 'string', describe: 'instant at which the key expires, such as 2027-01-31T00:00:00Z' },
    'new-version': { type: 'boolean', default: false, describe: 'add a version to a name that exists' },
    practice: { type: 'boolean', default: false, describe: 'allow a practice key in a real vault' },
    'retire-kek': { type: 'boolean', default: false, describe: 'disable the KEK afterwards' },
    receipt: { type: 'string', describe: 'NAME.receipt.json beside the blob unless given' },
    force: { type: 'boolean', default: false, describe: 'replace the receipt' },
  },
  examples: [
    [
      'keyferry-import import payroll.byok --vault-url https://prod.vault.azure.net --name payroll --confirm-target 9f2c...',
      'the thumbprint comes from the operator of the HSM',
    ],
    [
      'keyferry-import import other.byok --vault-url https://prod.vault.azure.net --name other --without-manifest --kty EC --crv P-256',
      'a blob of another tool',
    ],
  ],
  result: importResultSchema,
  text: importText,
  async run(args, terminal, signal) {
    refuseContradictions(args);
    const files = importFiles(args);
    const plan = planImport(await readSources(files, args.publicKey), {
      vaultUrl: args.vaultUrl,
      name: keyName(args.name),
      type: args.kty ?? null,
      crv: args.crv ?? null,
      confirmTarget: args.confirmTarget ?? null,
      ops: listOf(args.ops),
      tags: tagsOf(args.tag),
      expiresOn: args.expires === undefined ? null : expiryAfter(new Date(), args.expires),
    });
    for (const { text } of plan.byok.findings) terminal.warn(text);
    await checkOutputs([files.receipt], { force: args.force });
    const vault = await openVault(args.vaultUrl, { login: args.auth, timeLimit: timeLimit(args.timeout), signal });
    const { receipt, resumed } = await runImport({
      vault,
      plan,
      files,
      options: args,
      pauses: PAUSES,
      terminal,
      signal,
    });
    if (args.retireKek) {
      signal.throwIfAborted();
      await vault.setEnabled(plan.byok.kid.name, plan.byok.kid.version, false);
    }
    const verdict = verdictOf(receipt);
    return { result: { verdict, receiptFile: files.receipt, kekRetired: args.retireKek, resumed, receipt } };
  },
});

interface Exclusive {
  readonly manifest: string | undefined;
  readonly withoutManifest: boolean;
  readonly kty: string | undefined;
  readonly crv: string | undefined;
  readonly confirmTarget: string | undefined;
  readonly publicKey: string | undefined;
}

function refuseContradictions(args: Exclusive): void {
  const { manifest, withoutManifest, kty, crv, confirmTarget, publicKey } = args;
  const contradiction = withoutManifest
    ? manifest !== undefined && '--manifest and --without-manifest exclude each other'
    : (kty ?? crv) !== undefined && '--kty and --crv are for --without-manifest; else the manifest says them';
  const twice = confirmTarget !== undefined && publicKey !== undefined;
  const reason = contradiction || (twice && '--confirm-target and --public-key exclude each other');
  if (reason) {
    throw new KeyferryError('USAGE', { reason });
  }
}
