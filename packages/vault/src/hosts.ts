/** The login host that the directory stub plays. */
export const LOGIN_HOST = 'login.microsoftonline.com';
export const MANAGEMENT_HOST = 'management.azure.com';

export type VaultKind = 'vault' | 'managed-hsm';

const DOMAINS: Readonly<Record<VaultKind, string>> = {
  vault: 'vault.azure.net',
  'managed-hsm': 'managedhsm.azure.net',
};

/** The domains that the certificate authority may name and the proxy may lead to, and no others. */
export const OWN_DOMAINS: readonly string[] = [...Object.values(DOMAINS), LOGIN_HOST, MANAGEMENT_HOST];

/** What the leaf certificate is issued for. */
export const SERVED_NAMES: readonly string[] = [
  ...Object.values(DOMAINS).map((domain) => `*.${domain}`),
  LOGIN_HOST,
  MANAGEMENT_HOST,
];

/** A vault or Managed HSM, told by its host name alone: any name is an (at first empty) one. */
export interface VaultHost {
  readonly role: 'keys';
  readonly kind: VaultKind;
  /** In lower case. */
  readonly host: string;
}

export type Host =
  | VaultHost
  | { readonly role: 'login'; readonly host: string }
  | { readonly role: 'management'; readonly host: string };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The host that a Host header or a CONNECT line names, without port; null for what is not served here. */
export function findHost(name: string): Host | null {
  const host = name.toLowerCase();
  if (host === LOGIN_HOST) return { role: 'login', host };
  if (host === MANAGEMENT_HOST) return { role: 'management', host };
  const dot = host.indexOf('.');
  const kind = kindOfDomain(host.slice(dot + 1));
  return kind !== null && LABEL.test(host.slice(0, dot)) ? { role: 'keys', kind, host } : null;
}

function kindOfDomain(domain: string): VaultKind | null {
  for (const kind of Object.keys(DOMAINS) as VaultKind[]) if (DOMAINS[kind] === domain) return kind;
  return null;
}

/** The resource that a token for this kind of vault names, as in the challenge. */
export function resourceOf(kind: VaultKind): string {
  return `https://${DOMAINS[kind]}`;
}
