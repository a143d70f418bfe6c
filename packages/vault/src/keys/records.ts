import type { KeyRecord } from './record.js';

/** Makes a record durable: when it resolves, the record survives a crash. */
export type WriteRecord = (record: KeyRecord) => Promise<void>;

/**
 * All key versions of all vaults, in memory, each written before it is seen.
 * Key names are case-preserving and case-insensitive, as in the service.
 */
export class Records {
  readonly #versions = new Map<string, KeyRecord>();
  /** Per vault: the versions of a name, oldest first. */
  readonly #vaults = new Map<string, Map<string, KeyRecord[]>>();
  readonly #changes = new Map<string, Promise<unknown>>();
  readonly #write: WriteRecord;
  #sequence = 0;

  constructor(records: Iterable<KeyRecord>, write: WriteRecord) {
    this.#write = write;
    for (const record of [...records].sort((a, b) => a.sequence - b.sequence)) this.#keep(record);
  }

  /** Every record, in no special order. */
  all(): IterableIterator<KeyRecord> {
    return this.#versions.values();
  }

  /** Oldest first. */
  versions(host: string, name: string): readonly KeyRecord[] {
    return this.#vaults.get(host)?.get(name.toLowerCase()) ?? [];
  }

  newest(host: string, name: string): KeyRecord | undefined {
    return this.versions(host, name).at(-1);
  }

  version(host: string, name: string, version: string): KeyRecord | undefined {
    return this.versions(host, name).find((record) => record.version === version.toLowerCase());
  }

  /** The newest version of each name of a vault, by name. */
  newestOfAll(host: string): readonly KeyRecord[] {
    const keys = [...(this.#vaults.get(host)?.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return keys.flatMap(([, versions]) => versions.slice(-1));
  }

  /** Adds a version: on return it is on disk, and only then anybody sees it. */
  async add(draft: Omit<KeyRecord, 'sequence' | 'schema'>): Promise<KeyRecord> {
    const record: KeyRecord = { schema: 'keyferry/vault-key/1', ...draft, sequence: ++this.#sequence };
    await this.#write(record);
    this.#keep(record);
    return record;
  }

  /** Changes a version; changes of the same version happen one after the other. */
  change(record: KeyRecord, change: (current: KeyRecord) => Promise<KeyRecord>): Promise<KeyRecord> {
    const before = this.#changes.get(record.version) ?? Promise.resolve();
    const run = before.then(async () => {
      const next = await change(this.#versions.get(record.version) ?? record);
      await this.#write(next);
      this.#keep(next);
      return next;
    });
    const settled = run
      .catch(() => undefined)
      .finally(() => {
        if (this.#changes.get(record.version) === settled) this.#changes.delete(record.version);
      });
    this.#changes.set(record.version, settled);
    return run;
  }

  #keep(record: KeyRecord): void {
    this.#sequence = Math.max(this.#sequence, record.sequence);
    this.#versions.set(record.version, record);
    const names = this.#vaults.get(record.host) ?? new Map<string, KeyRecord[]>();
    this.#vaults.set(record.host, names);
    const name = record.name.toLowerCase();
    const others = (names.get(name) ?? []).filter((other) => other.version !== record.version);
    names.set(
      name,
      [...others, record].sort((a, b) => a.sequence - b.sequence),
    );
  }
}
