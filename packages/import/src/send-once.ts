import { setTimeout as wait } from 'node:timers/promises';
import { provesNothingHappened } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import type { Journal } from '@keyferry/files';
import { compareKeys } from './compare.js';
import type { ImportAct } from './import-journal.js';
import type { ImportPlan } from './import-plan.js';
import { type Candidate, newVersions, reconcile } from './reconcile.js';
import type { ServiceKey } from './service-key.js';
import type { Vault } from './vault.js';

/** What an import that is under way works with. */
export interface Sending {
  readonly vault: Vault;
  readonly plan: ImportPlan;
  readonly journal: Journal<ImportAct>;
  /** Path of the journal, for the operator. */
  readonly journalFile: string;
  /** Milliseconds before each further look for a version that has not come up yet. */
  readonly pauses: readonly number[];
  readonly signal: AbortSignal;
}

/**
 * Sends the blob, exactly once, and returns the version that came of it, disabled. When the answer is lost, it looks
 * for the version instead. The journal holds the versions of before, so that a later run can look too.
 *
 * @throws what the service refused with; IMPORTED_KEY_MISMATCH; OUTCOME_UNKNOWN; INTERRUPTED, after which the outcome is
 * open as well.
 */
export async function sendOnce(sending: Sending, before: readonly string[]): Promise<ServiceKey> {
  const { vault, plan, journal } = sending;
  const { sha256 } = plan.blob;
  const sent = { vault: plan.vault.url, name: plan.name, blobSha256: sha256, versions: [...before] };
  await journal.append({ act: 'sending', at: now(), ...sent });
  try {
    const key = await vault.importKey(plan.name, plan.request);
    if (before.includes(key.kid.version)) {
      throw new KeyferryError('SERVICE_NOT_JSON', {
        reason: `the answer to the import names ${key.kid.text}, which was there before`,
      });
    }
    await journal.append({ act: 'arrived', at: now(), version: key.kid.version });
    return key;
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code.startsWith('OUTPUT_')) {
      throw error;
    }
    if (provesNothingHappened(error)) {
      await journal.append({ act: 'refused', at: now(), code: error.code });
      throw error;
    }
    sending.signal.throwIfAborted();
    return await findArrived(sending, before, error);
  }
}

/**
 * Finds the version that an import made whose answer nobody has, among those that came up since. Sends nothing.
 * @throws IMPORTED_KEY_MISMATCH, OUTCOME_UNKNOWN.
 */
export async function findArrived(
  sending: Sending,
  before: readonly string[],
  lost: KeyferryError | null,
): Promise<ServiceKey> {
  const { journal, plan } = sending;
  const found = await lookFor(sending, before, lost);
  const decision = reconcile(found.map(({ candidate }) => candidate));
  if (decision.outcome === 'unknown') {
    throw unknown(sending, lost, decision.reason);
  }
  const key = found.find(({ candidate }) => candidate.version === decision.version)?.key;
  if (decision.outcome === 'different' || key === undefined) {
    await journal.append({ act: 'different', at: now(), version: decision.version });
    throw new KeyferryError('IMPORTED_KEY_MISMATCH', {
      reason: `the only new version of ${plan.name} is another key: ${found[0]?.reason}`,
      values: { version: decision.version },
    });
  }
  await journal.append({ act: 'arrived', at: now(), version: decision.version });
  return key;
}

interface Found {
  readonly candidate: Candidate;
  readonly key: ServiceKey;
  readonly reason: string;
}

async function lookFor(sending: Sending, before: readonly string[], lost: KeyferryError | null): Promise<Found[]> {
  const { vault, plan, pauses, signal } = sending;
  try {
    let versions = newVersions(before, await vault.versions(plan.name));
    for (const pause of pauses) {
      if (versions.length > 0) break;
      await wait(pause, undefined, { signal });
      versions = newVersions(before, await vault.versions(plan.name));
    }
    return await Promise.all(
      versions.map(async (version) => {
        const key = await vault.key(plan.name, version);
        const { equal, reason } = compareKeys(plan.expected, key);
        return { candidate: { version, equal }, key, reason };
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw unknown(sending, lost, error instanceof KeyferryError ? error.reason : String(error));
  }
}

function unknown({ journalFile, plan }: Sending, lost: KeyferryError | null, reason: string): KeyferryError {
  const first =
    lost === null ? 'an earlier run sent the blob and had no answer' : `the answer was lost (${lost.reason})`;
  return new KeyferryError('OUTCOME_UNKNOWN', {
    reason: `${first}; ${reason}`,
    hint:
      `run the same command again: it looks and sends nothing. If the vault still has no new version of ${plan.name} ` +
      `after some minutes, or you have dealt with those that are there, delete ${journalFile} and import anew`,
    values: { journal: journalFile },
    ...(lost === null ? {} : { cause: lost }),
  });
}

function now(): string {
  return new Date().toISOString();
}
