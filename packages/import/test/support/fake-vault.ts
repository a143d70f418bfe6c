import { createCipheriv, type KeyObject, randomBytes, sign } from 'node:crypto';
import { parseKid, parseVaultUrl, publicJwkOf, type TargetType } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { azureKty } from '../../src/azure-names.js';
import type { ServiceKey } from '../../src/service-key.js';
import type { ImportRequest, Vault } from '../../src/vault.js';

/** What the fake does instead of, before or after an import. */
export type Mishap = (work: () => ServiceKey) => ServiceKey;

/** A vault in memory, for what follows from its answers. Each call is counted by its name. */
export interface FakeVault extends Vault {
  readonly calls: Record<string, number>;
  /** What every import turns into. */
  imported: KeyObject;
  importMishap: Mishap;
  /** Thrown by the call of that name. */
  readonly failing: Map<keyof Vault, KeyferryError>;
  /** Puts a key there, enabled, as its owner would see it; returns the version. */
  put(name: string, key: KeyObject, more?: Partial<ServiceKey>): string;
  stateOf(name: string): { version: string; enabled: boolean | null }[];
}

export function fakeVault(url: string, imported: KeyObject, { emulator = true } = {}): FakeVault {
  const address = parseVaultUrl(url);
  const keys = new Map<string, Map<string, { key: KeyObject; shown: ServiceKey }>>();
  const find = (name: string, version?: string) => {
    const versions = keys.get(name);
    const entry = version === undefined ? [...(versions?.values() ?? [])].at(-1) : versions?.get(version);
    if (entry === undefined) throw new KeyferryError('SERVICE_NOT_FOUND', { reason: name });
    return entry;
  };
  const usable = (name: string, version: string) => {
    const { key, shown } = find(name, version);
    if (shown.attributes.enabled !== true) throw new KeyferryError('SERVICE_FORBIDDEN', { reason: 'KeyDisabled' });
    return key;
  };
  const put: FakeVault['put'] = (name, key, more = {}) => {
    const version = randomBytes(16).toString('hex');
    const publicKey = key.type === 'secret' ? null : publicJwkOf(key);
    const type: TargetType = publicKey?.kty ?? 'oct';
    const shown: ServiceKey = {
      kid: parseKid(`${address.url}/keys/${name}/${version}`),
      kty: azureKty(type),
      type,
      publicKey,
      keyOps: [],
      attributes: { enabled: true, exp: null, nbf: null, hsmPlatform: null },
      ...more,
    };
    keys.set(name, (keys.get(name) ?? new Map()).set(version, { key, shown }));
    return version;
  };
  const calls: Record<string, number> = {};
  const failing: FakeVault['failing'] = new Map();
  const counted = async <T>(name: keyof Vault, work: () => T): Promise<T> => {
    calls[name] = (calls[name] ?? 0) + 1;
    const failure = failing.get(name);
    if (failure !== undefined) throw failure;
    return work();
  };
  const fake: FakeVault = {
    address,
    emulator,
    calls,
    imported,
    failing,
    importMishap: (work) => work(),
    put,
    stateOf: (name) =>
      [...(keys.get(name) ?? [])].map(([version, { shown }]) => ({ version, enabled: shown.attributes.enabled })),
    key: (name, version) => counted('key', () => find(name, version).shown),
    versions: (name) => counted('versions', () => [...(keys.get(name)?.keys() ?? [])]),
    createKek: (name) => counted('createKek', () => find(name, put(name, imported)).shown),
    importKey: (name, { keyOps }: ImportRequest) =>
      counted('importKey', () =>
        fake.importMishap(() => {
          const attributes = { enabled: false, exp: null, nbf: null, hsmPlatform: null };
          return find(name, put(name, fake.imported, { keyOps, attributes })).shown;
        }),
      ),
    names: () => counted('names', () => [...keys.keys()]),
    attestation: () => counted('attestation', () => null),
    deleteKey: (name) => counted('deleteKey', () => void keys.delete(name)),
    setEnabled: (name, version, enabled) =>
      counted('setEnabled', () => {
        const entry = find(name, version);
        entry.shown = { ...entry.shown, attributes: { ...entry.shown.attributes, enabled } };
        return entry.shown;
      }),
    sign: (name, version) => counted('sign', () => sign('sha256', randomBytes(32), usable(name, version))),
    encryptZeroBlock: (name, version, bits) =>
      counted('encryptZeroBlock', () => {
        const cipher = createCipheriv(`aes-${bits as 256}-ecb`, usable(name, version).export(), null);
        return cipher.setAutoPadding(false).update(Buffer.alloc(16));
      }),
  };
  return fake;
}
