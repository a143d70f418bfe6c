import type { Endpoint } from './data/endpoint.js';
import { CLIENT_IDS, CLIENT_SECRET, type ClientName, TENANT_ID } from './identity/credentials.js';

/** How a client proves who it is: by a secret, by the token file of a workload, or as a managed identity of App Service. */
export const IDENTITIES = ['secret', 'workload', 'managed'] as const;
export type Identity = (typeof IDENTITIES)[number];

/** Variables that could lead DefaultAzureCredential to another identity or another authority. */
const STEERING_VARIABLES = [
  'AZURE_ADDITIONALLY_ALLOWED_TENANTS',
  'AZURE_AUTHORITY_HOST',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_PASSWORD',
  'AZURE_POD_IDENTITY_AUTHORITY_HOST',
  'AZURE_REGIONAL_AUTHORITY_NAME',
  'AZURE_TENANT_ID',
  'AZURE_TOKEN_CREDENTIALS',
  'AZURE_USERNAME',
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'IDENTITY_SERVER_THUMBPRINT',
  'IMDS_ENDPOINT',
  'MSI_ENDPOINT',
  'MSI_SECRET',
] as const;

export interface Environment {
  readonly set: Readonly<Record<string, string>>;
  /** Variables that must not be set beside them. */
  readonly unset: readonly string[];
}

/** With these variables any Azure client reaches the emulator under the real host names, and nothing else. */
export function environmentFor(
  endpoint: Endpoint,
  { client = 'admin', identity = 'secret' }: { readonly client?: ClientName; readonly identity?: Identity } = {},
): Environment {
  const { proxyUrl, caFile } = endpoint;
  const set = {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: '',
    no_proxy: '',
    NODE_EXTRA_CA_CERTS: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    CURL_CA_BUNDLE: caFile,
    AZURE_CLIENT_ID: CLIENT_IDS[client],
    ...proofOf(identity, endpoint),
  };
  return { set, unset: STEERING_VARIABLES.filter((name) => !Object.hasOwn(set, name)) };
}

function proofOf(identity: Identity, { adminUrl, federatedTokenFile }: Endpoint): Record<string, string> {
  switch (identity) {
    case 'secret':
      return { AZURE_TENANT_ID: TENANT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET };
    case 'workload':
      return { AZURE_TENANT_ID: TENANT_ID, AZURE_FEDERATED_TOKEN_FILE: federatedTokenFile };
    case 'managed':
      return {
        IDENTITY_ENDPOINT: `${adminUrl}/identity/token`,
        IDENTITY_HEADER: CLIENT_SECRET,
        // The endpoint is on loopback: some clients would ask the proxy for it.
        NO_PROXY: new URL(adminUrl).hostname,
        no_proxy: new URL(adminUrl).hostname,
      };
  }
}

/** Lines for `eval` in a POSIX shell. */
export function shellExports({ set, unset }: Environment): string {
  const exports = Object.entries(set).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [...exports, ...unset.map((name) => `unset ${name}`)].join('\n');
}

/** A word for a POSIX shell, whatever is in it. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
