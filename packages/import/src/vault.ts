import type { KeyOperation, SignatureAlgorithm } from '@azure/keyvault-keys';
import { type ClientOptions, openClient } from '@keyferry/azure';
import type { Curve, TargetType, VaultAddress } from '@keyferry/blob';
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

/** Opens a vault by its URL; nothing is sent to it yet. @throws VAULT_URL_INVALID, USAGE, LOGIN_FAILED. */
export async function openVault(url: string, options: ClientOptions): Promise<Vault> {
  const [opened, { operationsOf }] = await Promise.all([openClient(url, options), import('./vault-operations.js')]);
  return {
    address: opened.address,
    get emulator() {
      return opened.emulator;
    },
    ...operationsOf(opened.client, opened.address),
  };
}
