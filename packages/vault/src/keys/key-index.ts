import type { KeyRecord } from './record.js';

/** Whether a key serves, or is deleted and may be recovered. */
export type KeyLife = 'live' | 'deleted';

/** A stretch of a list that is ordered by name: so many keys after this name, which need not exist (any more). */
export interface Stretch {
  readonly after?: string | undefined;
  readonly count: number;
}

interface Vault {
  /** By name in lower case: the versions, oldest first. */
  readonly keys: Map<string, readonly KeyRecord[]>;
  /** The names in order, in lower case. */
  readonly names: Readonly<Record<KeyLife, string[]>>;
}

/** The versions of all keys, by vault and name. Names are case-preserving and case-insensitive, as in the service. */
export class KeyIndex {
  readonly #vaults = new Map<string, Vault>();

  /** Oldest first; empty when there is no such key in this state. */
  versions(host: string, name: string, life: KeyLife): readonly KeyRecord[] {
    const versions = this.#vaults.get(host)?.keys.get(name.toLowerCase()) ?? [];
    return lifeOf(versions) === life ? versions : [];
  }

  /** The newest version of each key, by name. The time that it takes does not grow with the number of keys. */
  newest(host: string, life: KeyLife, { after, count }: Stretch): readonly KeyRecord[] {
    const vault = this.#vaults.get(host);
    if (vault === undefined) return [];
    const names = vault.names[life];
    const start = after === undefined ? 0 : placeOf(names, `${after.toLowerCase()}\0`);
    return names.slice(start, start + count).flatMap((name) => vault.keys.get(name)?.slice(-1) ?? []);
  }

  /** Adds a version, or replaces the record of one. New versions come in the order of their sequence. */
  put(record: KeyRecord): void {
    const vault = this.#vaults.get(record.host) ?? { keys: new Map(), names: { live: [], deleted: [] } };
    this.#vaults.set(record.host, vault);
    const name = record.name.toLowerCase();
    const before: readonly KeyRecord[] = vault.keys.get(name) ?? [];
    const isNew = !before.some(({ version }) => version === record.version);
    const versions = isNew
      ? [...before, record]
      : before.map((other) => (other.version === record.version ? record : other));
    vault.keys.set(name, versions);
    const life = lifeOf(versions);
    if (before.length > 0 && lifeOf(before) === life) return;
    if (before.length > 0) removeName(vault.names[lifeOf(before)], name);
    vault.names[life].splice(placeOf(vault.names[life], name), 0, name);
  }

  remove(host: string, name: string): void {
    const vault = this.#vaults.get(host);
    const versions = vault?.keys.get(name.toLowerCase());
    if (vault === undefined || versions === undefined) return;
    vault.keys.delete(name.toLowerCase());
    removeName(vault.names[lifeOf(versions)], name.toLowerCase());
  }
}

function lifeOf([first]: readonly KeyRecord[]): KeyLife {
  return first?.wholeKey?.deletion === undefined ? 'live' : 'deleted';
}

/** The place of the first name that is not before this one. */
function placeOf(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function removeName(names: string[], name: string): void {
  const at = placeOf(names, name);
  if (names[at] === name) names.splice(at, 1);
}
