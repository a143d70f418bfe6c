import { deletedKeyNotFound, keyNotFound, nameIsDeleted } from '../rules/missing-keys.js';
import { KeyIndex, type KeyLife, type Stretch } from './key-index.js';
import type { KeyRecord, WholeKey } from './record.js';

export interface RecordStore {
  /** Makes a record durable: when it resolves, the record survives a crash; when it rejects, a new one is not there. */
  write(record: KeyRecord, options: { readonly isNew: boolean }): Promise<void>;
  /** Removes records for good, one after the other. */
  remove(records: readonly KeyRecord[]): Promise<void>;
}

/**
 * All key versions of all vaults, in memory, each written before it is seen. Changes of one key (all versions of a name)
 * happen one after the other.
 */
export class Records {
  readonly #versions = new Map<string, KeyRecord>();
  readonly #index = new KeyIndex();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #store: RecordStore;
  #sequence = 0;

  constructor(records: Iterable<KeyRecord>, store: RecordStore) {
    this.#store = store;
    for (const record of [...records].sort((a, b) => a.sequence - b.sequence)) this.#keep(record);
  }

  /** Every record, deleted keys included, in no special order. */
  all(): IterableIterator<KeyRecord> {
    return this.#versions.values();
  }

  /** Oldest first; those of a deleted key are seen only by asking for `deleted`. */
  versions(host: string, name: string, life: KeyLife = 'live'): readonly KeyRecord[] {
    return this.#index.versions(host, name, life);
  }

  newest(host: string, name: string): KeyRecord | undefined {
    return this.versions(host, name).at(-1);
  }

  version(host: string, name: string, version: string): KeyRecord | undefined {
    const record = this.#versions.get(version.toLowerCase());
    return record !== undefined && this.versions(host, name).includes(record) ? record : undefined;
  }

  /** A stretch of the list of a vault's keys: the newest version of each, by name. */
  newestOfEach(host: string, life: KeyLife, stretch: Stretch): readonly KeyRecord[] {
    return this.#index.newest(host, life, stretch);
  }

  /** Adds a version: on return it is on disk, and only then anybody sees it. 409 when the key is deleted. */
  add(draft: Omit<KeyRecord, 'sequence' | 'schema' | 'wholeKey'>): Promise<KeyRecord> {
    return this.#inTurn(draft.host, draft.name, () => {
      if (this.versions(draft.host, draft.name, 'deleted').length > 0) throw nameIsDeleted(draft.name);
      return this.#write({ schema: 'keyferry/vault-key/1', ...draft, sequence: ++this.#sequence });
    });
  }

  /** Changes a version. 404 when its key has been deleted meanwhile. */
  change(record: KeyRecord, change: (current: KeyRecord) => Promise<KeyRecord>): Promise<KeyRecord> {
    const { host, name, version } = record;
    return this.#inTurn(host, name, async () => {
      const current = this.version(host, name, version);
      if (current === undefined) throw keyNotFound(`${name}/${version}`);
      return this.#write(await change(current));
    });
  }

  /** What is kept for all versions of a live key together. */
  wholeKey(host: string, name: string): WholeKey {
    return this.versions(host, name)[0]?.wholeKey ?? {};
  }

  /** Changes what is kept for all versions of a live key together, by one write. 404 when there is no such key. */
  changeWholeKey(host: string, name: string, change: (current: WholeKey) => WholeKey): Promise<WholeKey> {
    return this.#inTurn(host, name, async () => {
      const [first] = this.versions(host, name);
      if (first === undefined) throw keyNotFound(name);
      const wholeKey = change(first.wholeKey ?? {});
      await this.#write({ ...first, wholeKey });
      return wholeKey;
    });
  }

  /** Brings a deleted key back with all its versions; the answer is the newest. 404 when there is none. */
  recover(host: string, name: string): Promise<KeyRecord> {
    return this.#inTurn(host, name, async () => {
      const versions = this.versions(host, name, 'deleted');
      const [first] = versions;
      if (first === undefined) throw deletedKeyNotFound(name);
      const { deletion: _, ...wholeKey } = first.wholeKey ?? {};
      const written = await this.#write({ ...first, wholeKey });
      return versions.length === 1 ? written : (versions.at(-1) ?? written);
    });
  }

  /**
   * Removes a deleted key for good, and destroys its objects in the token. One write commits it: whatever comes in
   * between, the next start does the rest. 404 when there is no such deleted key.
   */
  purge(host: string, name: string, destroy: (objectId: string) => Promise<void>): Promise<void> {
    return this.#inTurn(host, name, async () => {
      const versions = this.versions(host, name, 'deleted');
      const [first, ...others] = versions;
      if (first === undefined) throw deletedKeyNotFound(name);
      const purgedUpTo = versions.at(-1)?.sequence ?? first.sequence;
      await this.#store.write({ ...first, wholeKey: { ...first.wholeKey, purgedUpTo } }, { isNew: false });
      this.#index.remove(host, name);
      for (const { version } of versions) this.#versions.delete(version);
      for (const { objectId } of versions) await destroy(objectId);
      await this.#store.remove([...others, first]);
    });
  }

  #inTurn<T>(host: string, name: string, work: () => Promise<T>): Promise<T> {
    const key = `${host}/${name.toLowerCase()}`;
    const run = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    const settled = run
      .catch(() => undefined)
      .finally(() => {
        if (this.#turns.get(key) === settled) this.#turns.delete(key);
      });
    this.#turns.set(key, settled);
    return run;
  }

  async #write(record: KeyRecord): Promise<KeyRecord> {
    await this.#store.write(record, { isNew: !this.#versions.has(record.version) });
    this.#keep(record);
    return record;
  }

  #keep(record: KeyRecord): void {
    this.#sequence = Math.max(this.#sequence, record.sequence);
    this.#versions.set(record.version, record);
    this.#index.put(record);
  }
}
