import type {
  CreateRsaKeyOptions,
  CryptographyClient,
  ImportKeyOptions,
  KeyOperation,
  KeyVaultKey,
  UpdateKeyPropertiesOptions,
} from '@azure/keyvault-keys';
import { type OpenClient, type Patience, waitingOut429 } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';

/** What an import asks for beside the blob. */
export interface Wanted extends Pick<ImportKeyOptions, 'enabled' | 'notBefore' | 'expiresOn'> {
  /** As the service spells it: RSA-HSM, EC-HSM, oct-HSM; RSA to ask for a key in software. */
  readonly kty: string;
  /** P-256, P-384, P-521 or P-256K, for EC only. */
  readonly crv?: string;
  readonly keyOps?: readonly string[];
}

/** What the cases ask of a vault, each through the SDK; a 429 with Retry-After is waited out. */
export interface Endpoint {
  readonly kind: 'vault' | 'managed-hsm';
  readonly host: string;
  /** True once an answer said that it came from keyferry-vault. */
  readonly emulator: boolean;
  createRsa(name: string, options: CreateRsaKeyOptions): Promise<KeyVaultKey>;
  /** Sent once, but for a 429. */
  importBlob(name: string, blob: Uint8Array, wanted: Wanted): Promise<KeyVaultKey>;
  get(name: string, version?: string): Promise<KeyVaultKey>;
  /** Every version, enabled or not, in no order; none for a name that does not exist. */
  versions(name: string): Promise<string[]>;
  update(name: string, version: string, change: UpdateKeyPropertiesOptions): Promise<KeyVaultKey>;
  /** Deletes all versions, and comes back when that is done. */
  delete(name: string): Promise<void>;
  /** Asks the service itself, whatever the key may do; a client that knows the key would refuse or do it alone. */
  use<T>(key: KeyVaultKey, work: (service: CryptographyClient) => Promise<T>): Promise<T>;
}

/**
 * After the signal of `patience` nothing is sent any more; what was sent before is let come to its end, since the service may
 * carry it out in any case. It stands in `underWay` until then.
 * @throws what `waitingOut429` and the exchange throw.
 */
export function endpointOf(opened: OpenClient, patience: Patience, underWay: Set<Promise<unknown>>): Endpoint {
  const { client, address } = opened;
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    patience.signal.throwIfAborted();
    const asking = waitingOut429(work, patience);
    underWay.add(asking);
    try {
      return await asking;
    } finally {
      underWay.delete(asking);
    }
  };
  return {
    kind: address.kind,
    host: address.host,
    get emulator() {
      return opened.emulator;
    },
    createRsa: (name, options) => asked(() => client.createRsaKey(name, options)),
    importBlob: (name, blob, { kty, crv, keyOps, ...attributes }) =>
      asked(() =>
        client.importKey(
          name,
          {
            kty,
            t: blob,
            ...(crv === undefined ? {} : { crv }),
            ...(keyOps === undefined ? {} : { keyOps: keyOps as KeyOperation[] }),
          },
          { hardwareProtected: kty.endsWith('-HSM'), ...attributes },
        ),
      ),
    get: (name, version) => asked(() => client.getKey(name, version === undefined ? {} : { version })),
    versions: (name) => asked(() => versionsOf(opened, name)),
    update: (name, version, change) => asked(() => client.updateKeyProperties(name, version, change)),
    delete: async (name) => void (await (await asked(() => client.beginDeleteKey(name))).pollUntilDone()),
    use: (key, work) => {
      const { name, id, properties } = key;
      return asked(() =>
        work(
          opened.cryptographyClient({
            name,
            ...(id === undefined ? {} : { id }),
            properties: { name, vaultUrl: properties.vaultUrl },
          }),
        ),
      );
    },
  };
}

async function versionsOf({ client }: OpenClient, name: string): Promise<string[]> {
  const versions: string[] = [];
  try {
    for await (const { version } of client.listPropertiesOfKeyVersions(name)) versions.push(version ?? '');
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'SERVICE_NOT_FOUND') return [];
    throw error;
  }
  return versions;
}
