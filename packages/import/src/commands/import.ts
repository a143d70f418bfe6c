import { KeyferryError } from '@keyferry/errors';
import { checkOutputs } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { importFiles, readReleasePolicy, readSources } from '../import-files.js';
import { planImport } from '../import-plan.js';
import { importResultSchema, importText, verdictOf } from '../import-result.js';
import { keyName, listOf, PATIENCE, SERVICE_OPTIONS, tagsOf, validityOf, vaultOf } from '../options.js';
import { runImport } from '../run-import.js';
import type { ReleasePolicy } from '../vault.js';

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
    kty: { choices: ['RSA', 'EC', 'oct'], describe: 'type of the key; what the manifest says unless given' },
    crv: { choices: ['P-256', 'P-384', 'P-521', 'secp256k1'], describe: 'curve of an EC key; likewise' },
    'confirm-target': { type: 'string', describe: 'thumbprint of the target key, from a second source' },
    'public-key': { type: 'string', describe: 'public key of the target (PEM, DER or JWK), from a second source' },
    ops: {
      type: 'string',
      array: true,
      describe: 'what the key may do, such as sign,verify; all that its type can unless given',
    },
    tag: { type: 'string', array: true, describe: 'name=value that the key shall carry' },
    'not-before': { type: 'string', describe: 'instant before which the key does nothing' },
    expires: { type: 'string', describe: 'instant at which the key expires, such as 2027-01-31T00:00:00Z' },
    disabled: { type: 'boolean', default: false, describe: 'leave the key disabled after it was compared' },
    exportable: { type: 'boolean', default: false, describe: 'allow the service to release the key under its policy' },
    'release-policy': { type: 'string', describe: 'JSON file that says to whom; it is passed on as it is' },
    'immutable-policy': { type: 'boolean', default: false, describe: 'the release policy can never be changed' },
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
      ...validityOf(new Date(), args),
      exportable: args.exportable,
      release: await releaseOf(args),
    });
    for (const { text } of plan.byok.findings) terminal.warn(text);
    await checkOutputs([files.receipt], { force: args.force });
    const vault = await vaultOf(args, terminal, signal);
    const { receipt, resumed } = await runImport({
      vault,
      plan,
      files,
      options: args,
      pauses: PAUSES,
      patience: PATIENCE,
      say: terminal.say,
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
  readonly confirmTarget: string | undefined;
  readonly publicKey: string | undefined;
  readonly exportable: boolean;
  readonly releasePolicy: string | undefined;
  readonly immutablePolicy: boolean;
}

async function releaseOf({ releasePolicy, immutablePolicy }: Exclusive): Promise<ReleasePolicy | null> {
  return releasePolicy === undefined
    ? null
    : { policy: await readReleasePolicy(releasePolicy), immutable: immutablePolicy };
}

function refuseContradictions(args: Exclusive): void {
  const { manifest, withoutManifest, confirmTarget, publicKey, exportable, releasePolicy, immutablePolicy } = args;
  const reason =
    (manifest !== undefined && withoutManifest && '--manifest and --without-manifest exclude each other') ||
    (confirmTarget !== undefined &&
      publicKey !== undefined &&
      '--confirm-target and --public-key exclude each other') ||
    (releasePolicy !== undefined && !exportable && '--release-policy needs --exportable') ||
    (immutablePolicy && releasePolicy === undefined && '--immutable-policy needs --release-policy');
  if (reason) {
    throw new KeyferryError('USAGE', { reason });
  }
}
