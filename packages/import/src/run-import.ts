import { existsSync } from 'node:fs';
import { waitingOut429 } from '@keyferry/azure';
import { type Kek, type Receipt, writeReceipt } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { type Journal, openJournal, writeOutputs } from '@keyferry/files';
import type { ImportFiles } from './import-files.js';
import { checkSameImport, type ImportAct, type OpenImport, openImport, parseImportAct } from './import-journal.js';
import { checkKekOfPlan } from './import-kek.js';
import type { ImportPlan } from './import-plan.js';
import { receiptOf } from './import-result.js';
import { kekOfService, usableKek } from './kek.js';
import { modeOf } from './mode.js';
import { findArrived, type Sending, sendOnce } from './send-once.js';
import type { ServiceKey } from './service-key.js';
import { settle } from './settle.js';
import type { Vault } from './vault.js';

export interface ImportOptions {
  readonly newVersion: boolean;
  /** Leave the key disabled, although it is the right one. */
  readonly disabled: boolean;
  readonly practice: boolean;
  readonly force: boolean;
}

export interface ImportRun {
  readonly vault: Vault;
  readonly plan: ImportPlan;
  readonly files: ImportFiles;
  readonly options: ImportOptions;
  /** Milliseconds before each further look for what became of an import without answer. */
  readonly pauses: readonly number[];
  /** Milliseconds that may be waited in all when the vault throttles; 0: a 429 ends the import. */
  readonly patience: number;
  /** Words for people while it goes on. */
  say(note: string): void;
  readonly signal: AbortSignal;
}

/** What a check needs of it. A plan without a name is for no name in particular. */
export interface CheckRun extends Pick<ImportRun, 'vault' | 'plan'> {
  readonly options: Pick<ImportOptions, 'newVersion' | 'practice'>;
}

export interface ImportEnd {
  readonly receipt: Receipt;
  readonly resumed: boolean;
}

/** Imports one key as planned, with a journal of its own: see importWithJournal. */
export async function runImport(run: ImportRun): Promise<ImportEnd> {
  const { journal: file } = run.files;
  // Unless there is a journal already, no file is made before all checks have passed.
  const found = existsSync(file) ? null : await checkService(run);
  const journal = await openJournal(file, parseImportAct);
  try {
    // Whoever used the journal in between has changed what was found.
    return await importWithJournal(run, journal, journal.entries.length === 0 ? found : null);
  } finally {
    await journal.close();
  }
}

/**
 * Imports as planned: asks for the KEK and holds it against the plan, checks the mode and the name (`found` is what that
 * gave, if it was done just now), journals the versions of the name, sends once, compares, enables, writes the receipt.
 * When an earlier run left this import open in the journal, it sends nothing and finishes that one.
 */
export async function importWithJournal(
  run: ImportRun,
  journal: Journal<ImportAct>,
  found: Found | null,
): Promise<ImportEnd> {
  const open = openImport(journal.entries);
  if (open !== null) {
    return { receipt: await resume(run, journal, open), resumed: true };
  }
  const { kek, versions } = found ?? (await checkService(run));
  let before = versions;
  const send = async () => {
    const known = before ?? (await versionsBefore(run));
    before = null;
    return sendOnce(sendingOf(run, journal), known);
  };
  const key = await waitingOut429(send, { limit: run.patience, say: run.say, signal: run.signal });
  return { receipt: await finish(run, journal, kek, key), resumed: false };
}

/** What the service has: the KEK of the blob, and the versions of the name, or null when it was not asked for them. */
export interface Found {
  readonly kek: Kek;
  readonly versions: readonly string[] | null;
}

/** Asks the service for the KEK of the blob, and whether mode and name stand in the way. Sends nothing. */
export async function checkService(run: CheckRun): Promise<Found> {
  const { vault, plan } = run;
  const { kid } = plan.byok;
  const { kek } = usableKek(await vault.key(kid.name, kid.version), new Date());
  checkKekOfPlan(kek, plan);
  modeOfRun(run);
  return { kek, versions: plan.name === '' ? null : await versionsBefore(run) };
}

async function versionsBefore({ vault, plan, options }: CheckRun): Promise<readonly string[]> {
  const versions = await vault.versions(plan.name);
  if (versions.length > 0 && !options.newVersion) {
    throw new KeyferryError('KEY_EXISTS', {
      reason: `expected no key ${plan.name} in ${plan.vault.url}, found one with ${versions.length} version(s)`,
      values: { versions: versions.length },
    });
  }
  return versions;
}

/** An earlier run may have been killed anywhere between sending and its receipt. */
async function resume(run: ImportRun, journal: Journal<ImportAct>, open: OpenImport): Promise<Receipt> {
  const { vault, plan, files } = run;
  checkSameImport(open, { vault: plan.vault.url, name: plan.name, blobSha256: plan.blob.sha256 }, files.journal);
  run.say(`an earlier run sent this blob at ${open.sent.at}; finding out what became of it, sending nothing`);
  const { kid } = plan.byok;
  // The KEK may have been retired since: that no longer matters.
  const { kek } = kekOfService(await vault.key(kid.name, kid.version), new Date());
  checkKekOfPlan(kek, plan);
  modeOfRun(run);
  const key =
    open.arrived === null
      ? await findArrived(sendingOf(run, journal), open.sent.versions, null)
      : await vault.key(plan.name, open.arrived);
  return await finish(run, journal, kek, key);
}

async function finish(run: ImportRun, journal: Journal<ImportAct>, kek: Kek, key: ServiceKey): Promise<Receipt> {
  const { vault, plan, files, options, signal } = run;
  const { version } = key.kid;
  const at = () => new Date().toISOString();
  try {
    const verified = await settle(vault, plan.expected, key, { leaveDisabled: options.disabled, signal });
    const { emulator } = vault;
    const receipt = receiptOf({
      plan,
      mode: modeOfRun(run),
      emulator,
      kek,
      key,
      verified,
      enabled: !options.disabled,
      now: new Date(),
    });
    await writeOutputs([{ path: files.receipt, bytes: writeReceipt(receipt) }], { force: options.force });
    await journal.append({ act: 'done', at: at(), version });
    return receipt;
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'IMPORTED_KEY_MISMATCH') {
      await journal.append({ act: 'different', at: at(), version });
    }
    throw error;
  }
}

function modeOfRun({ vault, plan, options }: CheckRun) {
  return modeOf({ manifest: plan.manifest?.mode ?? null, emulator: vault.emulator, practice: options.practice });
}

function sendingOf({ vault, plan, files, pauses, signal }: ImportRun, journal: Journal<ImportAct>): Sending {
  return { vault, plan, journal, journalFile: files.journal, pauses, signal };
}
