import type { KeyOperation, SignatureAlgorithm } from '@azure/keyvault-keys';
import { type Cloud, type Curve, parseVaultUrl, type TargetType, type VaultAddress } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Login } from './logins.js';
import type { ServiceKey } from './service-key.js';

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

/** As the service shows it (KeyAttestation), binary members in base64url. Nothing here judges it. */
export interface Attestation {
  /** PEM in base64url. */
  readonly certificatePemFile: string | null;
  readonly privateKeyAttestation: string | null;
  readonly publicKeyAttestation: string | null;
  readonly version: string | null;
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
  /** The names of all keys, in the order of the service. */
  names(): Promise<readonly string[]>;
  /** What the HSM says about a key, with binary members in base64url; null when the service gives nothing. */
  attestation(name: string, version: string): Promise<Attestation | null>;
  /** All versions of a name go; the service can recover them until they are purged. */
  deleteKey(name: string): Promise<void>;
  setEnabled(name: string, version: string, enabled: boolean): Promise<ServiceKey>;
  /** The service's signature of a digest; for EC the two halves r || s. */
  sign(name: string, version: string, algorithm: SignatureAlgorithm, digest: Uint8Array): Promise<Buffer>;
  /** AES over one block of zeros: CBC with an initialisation vector of zeros is the bare block cipher. */
  encryptZeroBlock(name: string, version: string, bits: number): Promise<Buffer>;
}

export interface VaultOptions {
  readonly login: Login;
  /** The cloud that the operator means; null: the one of the URL. */
  readonly cloud: Cloud | null;
  /** Shows what a person must do to log in. */
  prompt(text: string): void;
  /** Milliseconds that one exchange may take. */
  readonly timeLimit: number;
  readonly signal: AbortSignal;
  /** Hears of every 429, also of one that is waited out, with the seconds of its Retry-After. */
  onThrottled(retryAfter: number | null): void;
}

/** Opens a vault by its URL; nothing is sent to it yet. @throws VAULT_URL_INVALID, USAGE, LOGIN_FAILED. */
export async function openVault(url: string, options: VaultOptions): Promise<Vault> {
  const address = parseVaultUrl(url);
  if (options.cloud !== null && options.cloud !== address.cloud) {
    throw new KeyferryError('USAGE', {
      reason: `--cloud: expected ${address.cloud}, where ${address.host} is, found ${options.cloud}`,
    });
  }
  // The SDK takes half a second to load: only commands that speak to a vault pay for it.
  const [{ KeyClient }, { clientOptions }, { credentialFor }, { operationsOf }] = await Promise.all([
    import('@azure/keyvault-keys'),
    import('./exchange.js'),
    import('./login.js'),
    import('./vault-operations.js'),
  ]);
  let emulator = false;
  const onEmulator = () => {
    emulator = true;
  };
  const { login, prompt, timeLimit, signal, onThrottled } = options;
  const { credential, underWay } = await credentialFor({ login, cloud: address.cloud, prompt });
  const client = new KeyClient(
    address.url,
    credential,
    clientOptions({ host: address.host, timeLimit, loginUnderWay: underWay, signal, onEmulator, onThrottled }),
  );
  return {
    address,
    get emulator() {
      return emulator;
    },
    ...operationsOf(client, address),
  };
}
