import { KeyferryError } from '@keyferry/errors';
import { shown } from './shown.js';

/** What stands behind a host name: a Key Vault or a Managed HSM pool. */
export type VaultKind = 'vault' | 'managed-hsm';
/** Whose cloud it is: worldwide, US government, or China (21Vianet). */
export type Cloud = 'public' | 'usgov' | 'china';

/** Where a vault lives. */
export interface VaultAddress {
  /** `https://` and the host, without a slash at its end. */
  readonly url: string;
  /** The whole host name, lower case. */
  readonly host: string;
  /** The first label of the host name: the name of the vault or pool. */
  readonly name: string;
  readonly kind: VaultKind;
  readonly cloud: Cloud;
}

/** Every domain in which the service has vaults. */
const DOMAINS: readonly (readonly [domain: string, kind: VaultKind, cloud: Cloud])[] = [
  ['vault.azure.net', 'vault', 'public'],
  ['managedhsm.azure.net', 'managed-hsm', 'public'],
  ['vault.usgovcloudapi.net', 'vault', 'usgov'],
  ['managedhsm.usgovcloudapi.net', 'managed-hsm', 'usgov'],
  ['vault.azure.cn', 'vault', 'china'],
  ['managedhsm.azure.cn', 'managed-hsm', 'china'],
];

/** One label of a lower-case host name (RFC 1123 section 2.1): at most 63 letters, digits and inner hyphens. */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(${LABEL})\\.(${DOMAINS.map(([domain]) => domain.replaceAll('.', '\\.')).join('|')})$`);

/** As a pattern: `https://` and the host of any vault. */
export const VAULT_URL_PATTERN = new RegExp(`^https://${HOST.source.slice(1)}`);

/** The vault of a host name: exactly one label before a known domain; null for any other host. */
export function vaultOfHost(host: string): VaultAddress | null {
  const [, name, domain] = HOST.exec(host) ?? [];
  const entry = DOMAINS.find(([known]) => known === domain);
  if (name === undefined || entry === undefined) return null;
  return { url: `https://${host}`, host, name, kind: entry[1], cloud: entry[2] };
}

/** Reads the URL of a vault or Managed HSM, with or without a slash at its end. VAULT_URL_INVALID. */
export function parseVaultUrl(text: string): VaultAddress {
  const host = /^https:\/\/([a-z0-9.-]+)\/?$/.exec(text)?.[1];
  const vault = host === undefined ? null : vaultOfHost(host);
  if (vault === null) {
    throw new KeyferryError('VAULT_URL_INVALID', {
      reason: `expected https://NAME.vault.azure.net, https://NAME.managedhsm.azure.net or their like in the US government and China clouds, found ${shown(text)}`,
    });
  }
  return vault;
}
