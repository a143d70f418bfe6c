import { randomBytes } from 'node:crypto';
import { type ClientOptions, type OpenClient, openClient, type Patience } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import type { Lane, Subject } from '../suite/subject.js';
import { IMPORTER_CASE_TABLE, IMPORTER_CASES } from './cases.js';
import { type Endpoint, endpointOf } from './endpoint.js';
import type { Scene } from './importer-case.js';
import { type KekSize, SharedKeks } from './keks.js';
import { MARKER, nameOf } from './names.js';
import { namesOfRuns, type Removal, removeRuns } from './remains.js';
import { TargetKeys } from './targets.js';

export interface ImporterOptions extends Pick<ClientOptions, 'login' | 'cloud' | 'prompt' | 'timeLimit' | 'signal'> {
  /** https://NAME.vault.azure.net or https://NAME.managedhsm.azure.net. */
  readonly url: string;
  /** The operator says that the vault may be used without a marker in it. */
  readonly owned: boolean;
  /** Removes first what earlier runs have left. */
  readonly clean: boolean;
  /** Under KEKs of which sizes right blobs are made. */
  readonly kekSizes: readonly KekSize[];
  /** Tells people what they should know of the vault. */
  say(note: string): void;
}

/** Milliseconds that a vault which throttles is waited for. */
const PATIENCE = 120_000;
const MOST_LANES = 4;

/**
 * A vault as a subject. Nothing is made in it before it is known to be for tests.
 * @throws VAULT_NOT_FOR_TESTS, and what `openClient` and the service throw.
 */
export async function openImporter(options: ImporterOptions): Promise<Subject> {
  const { url, owned, clean, kekSizes, say, signal } = options;
  const opened = await openClient(url, { ...options, onThrottled: () => {} });
  // What may make a key is not cut off when the run is interrupted, and what removes them must not be.
  const lasting = opened.again(new AbortController().signal);
  const patience = (until: AbortSignal): Patience => ({ limit: PATIENCE, say, signal: until });

  const underWay = new Set<Promise<unknown>>();
  await checkMarker(endpointOf(opened, patience(signal), underWay), owned);
  await lookForRemains(opened, clean, patience(signal), say);

  const runId = randomBytes(4).toString('hex');
  const named = (words: string) => nameOf(runId, words);
  const targets = new TargetKeys();
  const keks = new SharedKeks(endpointOf(lasting, patience(signal), underWay), named);
  return {
    facts: {
      kind: 'importer',
      name: opened.address.host,
      version: null,
      sha256: null,
      features: {
        service: opened.address.kind === 'vault' ? 'Key Vault' : 'Managed HSM',
        emulator: opened.emulator ? 'keyferry-vault' : 'no',
        'KEK sizes': kekSizes.join(', '),
      },
    },
    cases: IMPORTER_CASES.filter(({ cell }) => cell === null || kekSizes.some((size) => cell.kek === `RSA-${size}`)),
    mostLanes: MOST_LANES,
    async openLane() {
      const ending = new AbortController();
      const endpoint = endpointOf(lasting, patience(ending.signal), underWay);
      return laneOf({ endpoint, keks, targets, nameOf: named }, ending);
    },
    async close() {
      await Promise.allSettled(underWay);
      const removal = await removeRuns(lasting, (id) => id === runId, patience(new AbortController().signal));
      tellKept(removal, say);
    },
  };
}

function laneOf(scene: Omit<Scene, 'seed'>, ending: AbortController): Lane {
  return {
    async run(id, { signal, seed }) {
      const end = () => ending.abort(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      try {
        signal.throwIfAborted();
        const suiteCase = IMPORTER_CASE_TABLE[id];
        if (suiteCase === undefined) throw new Error(`there is no case ${id}`);
        return await suiteCase.run({ ...scene, seed });
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    async close() {
      ending.abort();
    },
  };
}

/** A vault without the marker may be somebody's: it is refused, unless the operator knows better. */
async function checkMarker(endpoint: Endpoint, owned: boolean): Promise<void> {
  try {
    await endpoint.get(MARKER);
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code !== 'SERVICE_NOT_FOUND') throw error;
    if (owned) return;
    throw new KeyferryError('VAULT_NOT_FOR_TESTS', {
      reason: `expected a key ${MARKER} in ${endpoint.host}, found none`,
    });
  }
}

async function lookForRemains(
  opened: OpenClient,
  clean: boolean,
  patience: Patience,
  say: (note: string) => void,
): Promise<void> {
  if (clean) {
    const removal = await removeRuns(opened, () => true, patience);
    say(`removed ${removal.removed} keys of earlier runs`);
    return tellKept(removal, say);
  }
  const names = await namesOfRuns(opened, () => true);
  if (names.length === 0) return;
  say(`${names.length} keys of other runs are there, such as ${names[0]}: if none is under way, --clean removes them`);
}

function tellKept({ kept, keptUntil, keptBecause }: Removal, say: (note: string) => void): void {
  if (kept.length === 0) return;
  const until = keptUntil === null ? '' : ` until ${keptUntil.toISOString().slice(0, 10)}`;
  say(`${kept.length} keys are deleted, and the vault keeps them${until}; to purge them it said: ${keptBecause}`);
}
