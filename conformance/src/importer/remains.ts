import type { OpenClient, Patience } from '@keyferry/azure';
import { waitingOut429 } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import { runOf } from './names.js';

/** What is left of keys after they were removed as far as the vault permits. */
export interface Removal {
  /** How many are gone, deleted at least. */
  readonly removed: number;
  /** Deleted, but kept by the vault: it did not let them be purged. */
  readonly kept: readonly string[];
  /** Until when the vault keeps the last of them; null when it does not say. */
  readonly keptUntil: Date | null;
  /** What it said when one was to be purged; null when none is kept. */
  readonly keptBecause: string | null;
}

/** Looks again for keys that came while the others were removed, this often. */
const MOST_LOOKS = 3;
const AT_ONCE = 4;
/** Milliseconds between two looks at a key that is being deleted. */
const INTERVAL = 500;

/** The names of the keys that runs have made and that are still there. */
export async function namesOfRuns({ client }: OpenClient, isOurs: (runId: string) => boolean): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of client.listPropertiesOfKeys()) {
    const runId = runOf(name);
    if (runId !== null && isOurs(runId)) names.push(name);
  }
  return names;
}

/**
 * Deletes the keys of runs, and purges them where that is permitted; what was deleted before is purged as well.
 * @throws TEST_KEYS_LEFT when some could not be deleted.
 */
export async function removeRuns(
  opened: OpenClient,
  isOurs: (runId: string) => boolean,
  patience: Patience,
): Promise<Removal> {
  const { client } = opened;
  const asked = <T>(work: () => Promise<T>) => waitingOut429(work, patience);
  const failures: string[] = [];
  let left: string[] = [];
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    left = await asked(() => namesOfRuns(opened, isOurs));
    if (left.length === 0) break;
    await eachOf(left, async (name) => {
      try {
        await (await asked(() => client.beginDeleteKey(name, { intervalInMs: INTERVAL }))).pollUntilDone();
      } catch (error) {
        failures.push(`${name}: ${reasonOf(error)}`);
      }
    });
  }
  if (left.length > 0) left = await asked(() => namesOfRuns(opened, isOurs));
  const { purged, ...rest } = await purgeRuns(opened, isOurs, asked);
  if (left.length > 0) {
    throw new KeyferryError('TEST_KEYS_LEFT', {
      reason: `${left.length} in ${opened.address.host}: ${left.join(', ')} (${failures.at(-1) ?? 'no reason is known'})`,
    });
  }
  return { removed: purged + rest.kept.length, ...rest };
}

async function purgeRuns(
  { client }: OpenClient,
  isOurs: (runId: string) => boolean,
  asked: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Omit<Removal, 'removed'> & { purged: number }> {
  const deleted = await asked(async () => {
    const found: { name: string; until: Date | null }[] = [];
    for await (const { name, properties } of client.listDeletedKeys()) {
      const runId = runOf(name);
      if (runId !== null && isOurs(runId)) found.push({ name, until: properties.scheduledPurgeDate ?? null });
    }
    return found;
  });
  const kept: string[] = [];
  let keptUntil: Date | null = null;
  let keptBecause: string | null = null;
  await eachOf(deleted, async ({ name, until }) => {
    try {
      await asked(() => client.purgeDeletedKey(name));
    } catch (error) {
      if (!(error instanceof KeyferryError)) throw error;
      kept.push(name);
      keptBecause = error.reason;
      if (until !== null && (keptUntil === null || until > keptUntil)) keptUntil = until;
    }
  });
  return { purged: deleted.length - kept.length, kept, keptUntil, keptBecause };
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

function reasonOf(error: unknown): string {
  if (error instanceof KeyferryError) return error.reason;
  return error instanceof Error ? error.message : String(error);
}
