import { basename, isAbsolute, join } from 'node:path';
import type { ImportPlanEntry, Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { type ImportFiles, importFiles, readSources } from '../import-files.js';
import { checkKekOfPlan } from '../import-kek.js';
import { type ImportPlan, planImport } from '../import-plan.js';
import { kekOfService, usableKek } from '../kek.js';
import { verifyManifestSignature } from '../manifest-signature.js';
import { modeOf } from '../mode.js';
import { keyName, validityOf } from '../options.js';
import { foldedName } from '../own-receipt.js';
import type { Tags, Vault } from '../vault.js';
import type { BatchJournal, BatchKey } from './batch-journal.js';
import { Problems } from './problems.js';
import type { Source } from './source.js';
import { type StandingRules, standingOf, type Todo } from './standing.js';

/** A key of the batch, checked as far as that goes without the service. */
export interface Item {
  readonly entry: ImportPlanEntry;
  readonly files: ImportFiles;
  readonly plan: ImportPlan;
  readonly key: BatchKey;
  readonly todo: Todo;
}

/** What holds for every key of which the plan does not say something else. */
export interface BatchChoices extends StandingRules {
  readonly vaultUrl: string;
  /** Folder of the receipts. */
  readonly out: string;
  /** Who may sign manifests, in the form of ssh-keygen. */
  readonly allowedSigners: string | undefined;
  readonly ops: readonly string[] | undefined;
  readonly tags: Tags;
  readonly notBefore: string | undefined;
  readonly expires: string | undefined;
}

/** Checks every key as `import` would, and that none collides with another. Sends nothing. @throws PLAN_REFUSED. */
export async function checkOffline(
  { folder, entries }: Source,
  journal: BatchJournal,
  choices: BatchChoices,
  { step, signal }: { step(done: number): void; readonly signal: AbortSignal },
): Promise<Item[]> {
  const problems = new Problems();
  const items: Item[] = [];
  const seen = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    signal.throwIfAborted();
    step(index);
    const where = entry.place;
    const item = await problems.check(where, () => itemOf(entry, folder, journal, choices));
    if (item === null) continue;
    const { key, files } = item;
    for (const [what, id] of [
      ['name', `name ${foldedName(key.name)}`],
      ['blob', `blob ${key.blobSha256}`],
      ['receipt', `file ${foldedName(files.receipt)}`],
    ] as const) {
      const first = seen.get(id);
      if (first === undefined) seen.set(id, where);
      else problems.add(where, 'PLAN_DUPLICATE', `the same ${what} as ${first}`);
    }
    items.push(item);
  }
  for (const name of choices.resend) {
    const found = items.find(({ key }) => key.name === name);
    if (found?.todo.act === 'send-again' || (found === undefined && items.length < entries.length)) continue;
    problems.add('--resend', 'USAGE', `expected the name of a key whose outcome is unknown, found ${name}`);
  }
  problems.throwIfAny();
  return items;
}

async function itemOf(
  entry: ImportPlanEntry,
  folder: string,
  journal: BatchJournal,
  choices: BatchChoices,
): Promise<Item> {
  const at = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const blob = at(entry.blob);
  const stem = basename(blob, '.byok');
  const files = importFiles({
    file: blob,
    manifest: entry.manifest === null ? undefined : at(entry.manifest),
    withoutManifest: false,
    receipt: join(choices.out, `${stem}.receipt.json`),
  });
  const sources = await readSources(files, entry.publicKey === null ? undefined : at(entry.publicKey));
  const signedBy = await signersOf(files, sources.manifest, choices.allowedSigners);
  const plan = planImport(
    { ...sources, signedBy },
    {
      vaultUrl: choices.vaultUrl,
      name: entry.name ?? nameFrom(stem),
      type: null,
      crv: null,
      confirmTarget: entry.confirmTarget,
      ops: entry.ops ?? choices.ops,
      tags: { ...choices.tags, ...entry.tags },
      ...validityOf(new Date(), { notBefore: choices.notBefore, expires: entry.expires ?? choices.expires }),
      exportable: false,
      release: null,
    },
  );
  const key = { vault: plan.vault.url, name: plan.name, blobSha256: plan.blob.sha256 };
  return { entry, files, plan, key, todo: await standingOf(key, files, journal, choices) };
}

/** With --allowed-signers every manifest must be signed; the signature lies beside it, as ssh-keygen writes it. */
async function signersOf(
  files: ImportFiles,
  manifest: Uint8Array | null,
  allowedSigners: string | undefined,
): Promise<string[]> {
  if (manifest === null || allowedSigners === undefined) return [];
  return [await verifyManifestSignature(manifest, { signature: `${files.manifest}.sig`, allowedSigners })];
}

function nameFrom(stem: string): string {
  try {
    return keyName(stem);
  } catch (error) {
    throw new KeyferryError('USAGE', {
      reason: `expected a file name that can be the name of a key: 1 to 127 letters, digits and hyphens, found ${JSON.stringify(stem)}; a plan can give another`,
      cause: error,
    });
  }
}

/** What has to be asked, or done, in the vault. */
export function isOpen({ todo }: Item): boolean {
  return todo.act === 'send' || todo.act === 'send-again' || todo.act === 'look';
}

function isToSend({ todo }: Item): boolean {
  return todo.act === 'send' || todo.act === 'send-again';
}

/**
 * Asks the vault for every KEK, once each, and holds it against every blob; then for the names that are taken. Changes
 * nothing. The KEK of each key that is open is returned, by its kid.
 * @throws PLAN_REFUSED; errors of the service, which are no fault of a single key.
 */
export async function checkInVault(
  vault: Vault,
  items: readonly Item[],
  { newVersion, practice }: { readonly newVersion: boolean; readonly practice: boolean },
): Promise<Map<string, Kek>> {
  const problems = new Problems();
  const keks = new Map<string, Kek>();
  const open = items.filter(isOpen);
  const kids = new Map(open.map(({ plan }) => [plan.byok.kid.text, plan.byok.kid]));
  for (const kid of kids.values()) {
    const shown = await foundKek(problems, kid.text, () => vault.key(kid.name, kid.version));
    if (shown === null) continue;
    const isNeeded = open.some((item) => isToSend(item) && item.plan.byok.kid.text === kid.text);
    // For what was sent already it no longer matters whether the KEK has been retired since.
    const kek = await problems.check(kid.text, () => (isNeeded ? usableKek : kekOfService)(shown, new Date()).kek);
    if (kek !== null) keks.set(kid.text, kek);
  }
  for (const { entry, plan } of open) {
    const kek = keks.get(plan.byok.kid.text);
    if (kek === undefined) continue;
    await problems.check(entry.place, () => {
      checkKekOfPlan(kek, plan);
      modeOf({ manifest: plan.manifest?.mode ?? null, emulator: vault.emulator, practice });
    });
  }
  if (!newVersion && open.some(isToSend)) {
    const taken = new Set((await vault.names()).map(foldedName));
    for (const { entry, plan } of open.filter(isToSend)) {
      if (taken.has(foldedName(plan.name))) {
        problems.add(entry.place, 'KEY_EXISTS', `expected no key ${plan.name} in ${plan.vault.url}, found one`);
      }
    }
  }
  problems.throwIfAny();
  return keks;
}

/** A KEK that is not there is a problem of its blobs; a vault that does not answer is not. */
async function foundKek<T>(problems: Problems, kid: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code !== 'SERVICE_NOT_FOUND') throw error;
    problems.add(kid, error.code, error.reason);
    return null;
  }
}
