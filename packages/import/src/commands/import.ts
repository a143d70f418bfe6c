import { KeyferryError } from '@keyferry/errors';
import { checkOutputs } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { azImport, azResultSchema, PRINT_AZ } from '../az.js';
import { refuseOpenInBatch } from '../batch/standing.js';
import { importFiles, readReleasePolicy } from '../import-files.js';
import { type ImportPlan, planImport } from '../import-plan.js';
import { importResultSchema, importText, verdictOf } from '../import-result.js';
import { keyName, PATIENCE, PAUSES, SERVICE_OPTIONS, tagsOf, validityOf, vaultOf } from '../options.js';
import { leftItsReceipt } from '../own-receipt.js';
import { runImport } from '../run-import.js';
import { refuseTargetContradictions, sourcesOf, TARGET_OPTIONS, targetChoices } from '../target-options.js';
import type { ReleasePolicy, Vault } from '../vault.js';

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
    ...PRINT_AZ,
    ...TARGET_OPTIONS,
    tag: { type: 'string', array: true, describe: 'name=value that the key shall carry' },
    'not-before': { type: 'string', describe: 'instant before which the key does nothing' },
    expires: { type: 'string', describe: 'instant at which the key expires, such as 2027-01-31T00:00:00Z' },
    disabled: { type: 'boolean', default: false, describe: 'leave the key disabled after it was compared' },
    exportable: { type: 'boolean', default: false, describe: 'allow the service to release the key under its policy' },
    'release-policy': { type: 'string', describe: 'JSON file that says to whom; it is passed on as it is' },
    'immutable-policy': { type: 'boolean', default: false, describe: 'the release policy can never be changed' },
    'new-version': { type: 'boolean', default: false, describe: 'add a version to a name that exists' },
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
  result: z.union([importResultSchema, azResultSchema]),
  text: (result) => ('az' in result ? result.az : importText(result)),
  async run(args, terminal, signal) {
    refuseTargetContradictions(args);
    const release = await releaseOf(args);
    const files = importFiles(args);
    const plan = planImport(await sourcesOf(files, args), {
      vaultUrl: args.vaultUrl,
      name: keyName(args.name),
      ...targetChoices(args),
      tags: tagsOf(args.tag),
      ...validityOf(new Date(), args),
      exportable: args.exportable,
      release,
    });
    if (args.printAz) {
      return { result: { az: azImport(plan.vault, plan.name, plan.request, { ...args, blob: files.blob }) } };
    }
    for (const { text } of plan.byok.findings) terminal.warn(text);
    const key = { vault: plan.vault.url, name: plan.name, blobSha256: plan.blob.sha256 };
    await refuseOpenInBatch(key, files.receipt);
    const force = args.force || (await leftItsReceipt(key, files));
    await checkOutputs([files.receipt], { force });
    const vault = await vaultOf(args, terminal, signal);
    const { receipt, resumed } = await runImport({
      vault,
      plan,
      files,
      options: { ...args, force },
      pauses: PAUSES,
      patience: PATIENCE,
      say: terminal.say,
      signal,
    });
    if (args.retireKek) await retireKek(vault, plan, signal);
    const verdict = verdictOf(receipt);
    return { result: { verdict, receiptFile: files.receipt, kekRetired: args.retireKek, resumed, receipt } };
  },
});

/** The KEK has done its work; that it could not be disabled must not sound as if the import had failed. */
async function retireKek(vault: Vault, { byok }: ImportPlan, signal: AbortSignal): Promise<void> {
  const { kid } = byok;
  signal.throwIfAborted();
  try {
    await vault.setEnabled(kid.name, kid.version, false);
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code === 'INTERRUPTED') throw error;
    const where = `--vault-url ${vault.address.url} --name ${kid.name} --version ${kid.version}`;
    throw new KeyferryError(error.code, {
      reason: `the import is done, with its receipt, but the KEK could not be disabled: ${error.reason}`,
      hint: `keyferry-import kek disable ${where}`,
      values: error.values,
      cause: error,
    });
  }
}

interface ReleaseArguments {
  readonly exportable: boolean;
  readonly releasePolicy: string | undefined;
  readonly immutablePolicy: boolean;
}

async function releaseOf({
  exportable,
  releasePolicy,
  immutablePolicy,
}: ReleaseArguments): Promise<ReleasePolicy | null> {
  const reason =
    (releasePolicy !== undefined && !exportable && '--release-policy needs --exportable') ||
    (immutablePolicy && releasePolicy === undefined && '--immutable-policy needs --release-policy');
  if (reason) {
    throw new KeyferryError('USAGE', { reason });
  }
  return releasePolicy === undefined
    ? null
    : { policy: await readReleasePolicy(releasePolicy), immutable: immutablePolicy };
}
