import type {
  ImportKeyOptions,
  JsonWebKey,
  KeyClient,
  KeyOperation,
  KeyVaultKey,
  SignatureAlgorithm,
} from '@azure/keyvault-keys';
import { type Curve, parseVaultUrl, type TargetType, type VaultAddress } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { azureCrv, azureKty } from './azure-names.js';
import type { Login } from './logins.js';
import { readServiceKey, type ServiceKey } from './service-key.js';

/** Labels that the operator wants a key to carry in the service. */
export type Tags = Readonly<Record<string, string>>;

export interface KekRequest {
  readonly bits: 2048 | 3072 | 4096;
  readonly expiresOn: Date | null;
  readonly tags: Tags;
}

export interface ImportRequest {
  readonly type: TargetType;
  /** For EC only. */
  readonly crv: Curve | null;
  readonly keyOps: readonly KeyOperation[];
  /** The .byok file, byte for byte. */
  readonly blob: Uint8Array;
  readonly notBefore: Date | null;
  readonly expiresOn: Date | null;
  /** Whether the key may leave the service again, under a release policy. */
  readonly exportable: boolean;
  readonly release: ReleasePolicy | null;
  readonly tags: Tags;
}

/** Who may take the key out again (Secure Key Release). */
export interface ReleasePolicy {
  /** JSON in UTF-8, as the operator wrote it; the service judges it. */
  readonly policy: Uint8Array;
  /** It can never be changed. */
  readonly immutable: boolean;
}

/**
 * One vault or Managed HSM. Every method ends with a KeyferryError of the service (SERVICE_*, VAULT_UNREACHABLE,
 * TLS_UNTRUSTED, LOGIN_FAILED) or INTERRUPTED when it fails.
 */
export interface Vault {
  readonly address: VaultAddress;
  /** True once an answer said that it came from keyferry-vault. */
  readonly emulator: boolean;
  /** The newest version unless one is named. */
  key(name: string, version?: string): Promise<ServiceKey>;
  /** All versions of a name, enabled or not; none for a name that does not exist. */
  versions(name: string): Promise<readonly string[]>;
  /** Makes an RSA-HSM key for import alone. Sent once. */
  createKek(name: string, request: KekRequest): Promise<ServiceKey>;
  /** Imports a blob as a new, disabled version. Sent once: an error may hide that it was done. */
  importKey(name: string, request: ImportRequest): Promise<ServiceKey>;
  setEnabled(name: string, version: string, enabled: boolean): Promise<ServiceKey>;
  /** The service's signature of a digest; for EC the two halves r || s. */
  sign(name: string, version: string, algorithm: SignatureAlgorithm, digest: Uint8Array): Promise<Buffer>;
  /** AES over one block of zeros: CBC with an initialisation vector of zeros is the bare block cipher. */
  encryptZeroBlock(name: string, version: string, bits: number): Promise<Buffer>;
}

export interface VaultOptions {
  readonly login: Login;
  /** Milliseconds that one exchange may take. */
  readonly timeLimit: number;
  readonly signal: AbortSignal;
}

/** Opens a vault by its URL; nothing is sent yet. @throws VAULT_URL_INVALID, LOGIN_FAILED. */
export async function openVault(url: string, options: VaultOptions): Promise<Vault> {
  const address = parseVaultUrl(url);
  // The SDK takes half a second to load: only commands that speak to a vault pay for it.
  const [{ KeyClient }, { clientOptions }, { credentialFor }] = await Promise.all([
    import('@azure/keyvault-keys'),
    import('./exchange.js'),
    import('./login.js'),
  ]);
  let emulator = false;
  const onEmulator = () => {
    emulator = true;
  };
  const { login, timeLimit, signal } = options;
  const credential = await credentialFor(login, address.cloud);
  const client = new KeyClient(
    address.url,
    credential,
    clientOptions({ host: address.host, timeLimit, signal, onEmulator }),
  );
  return {
    address,
    get emulator() {
      return emulator;
    },
    ...operationsOf(client, address),
  };
}

function operationsOf(client: KeyClient, address: VaultAddress): Omit<Vault, 'address' | 'emulator'> {
  const asKey = async (name: string, asked: () => Promise<KeyVaultKey>) =>
    readServiceKey(await understood(asked), address, name);
  return {
    key: (name, version) => asKey(name, () => client.getKey(name, version === undefined ? {} : { version })),

    versions: (name) => understood(() => versionsOf(client, name)),

    createKek: (name, { bits, expiresOn, tags }) =>
      asKey(name, () =>
        client.createRsaKey(name, {
          hsm: true,
          keySize: bits,
          keyOps: ['import'],
          tags,
          ...(expiresOn === null ? {} : { expiresOn }),
        }),
      ),

    importKey: (name, request) => asKey(name, () => client.importKey(name, ...importWords(request))),

    setEnabled: (name, version, enabled) => asKey(name, () => client.updateKeyProperties(name, version, { enabled })),

    sign: async (name, version, algorithm, digest) => {
      const crypto = client.getCryptographyClient(name, { keyVersion: version });
      return Buffer.from((await understood(() => crypto.sign(algorithm, digest))).result);
    },

    encryptZeroBlock: async (name, version, bits) => {
      const crypto = client.getCryptographyClient(name, { keyVersion: version });
      const algorithm = `A${bits as 128 | 192 | 256}CBC` as const;
      const parameters = { algorithm, plaintext: new Uint8Array(16), iv: new Uint8Array(16) };
      return Buffer.from((await understood(() => crypto.encrypt(parameters))).result);
    },
  };
}

/** The key and its properties as the SDK wants them; always disabled. */
function importWords(request: ImportRequest): [JsonWebKey, ImportKeyOptions] {
  const { type, crv, keyOps, blob, notBefore, expiresOn, exportable, release, tags } = request;
  return [
    { kty: azureKty(type), ...(crv === null ? {} : { crv: azureCrv(crv) }), keyOps: [...keyOps], t: blob },
    {
      hardwareProtected: true,
      enabled: false,
      tags,
      ...(notBefore === null ? {} : { notBefore }),
      ...(expiresOn === null ? {} : { expiresOn }),
      ...(exportable ? { exportable } : {}),
      ...(release === null ? {} : { releasePolicy: { encodedPolicy: release.policy, immutable: release.immutable } }),
    },
  ];
}

async function versionsOf(client: KeyClient, name: string): Promise<string[]> {
  const versions: string[] = [];
  try {
    for await (const { version } of client.listPropertiesOfKeyVersions(name)) {
      versions.push(version ?? '');
    }
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'SERVICE_NOT_FOUND') {
      return [];
    }
    throw error;
  }
  return versions;
}

/** The guard has translated what it saw; what the SDK stumbles over beyond that is JSON that no vault would send. */
async function understood<T>(asked: () => Promise<T>): Promise<T> {
  try {
    return await asked();
  } catch (error) {
    if (error instanceof KeyferryError) {
      throw error;
    }
    throw new KeyferryError('SERVICE_NOT_JSON', {
      reason: `the SDK cannot read the answer: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}
