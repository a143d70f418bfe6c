import { STUB_CLIENT } from './identity/credentials.js';

/** Variables that would lead DefaultAzureCredential to another identity or another authority. */
export const UNSET_VARIABLES = [
  'AZURE_ADDITIONALLY_ALLOWED_TENANTS',
  'AZURE_AUTHORITY_HOST',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_PASSWORD',
  'AZURE_REGIONAL_AUTHORITY_NAME',
  'AZURE_TOKEN_CREDENTIALS',
  'AZURE_USERNAME',
] as const;

/** With these variables any Azure client reaches the emulator under the real host names, and nothing else. */
export function environmentFor(endpoint: {
  readonly proxyUrl: string;
  readonly caFile: string;
}): Record<string, string> {
  const { proxyUrl, caFile } = endpoint;
  return {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: '',
    no_proxy: '',
    NODE_EXTRA_CA_CERTS: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    CURL_CA_BUNDLE: caFile,
    AZURE_TENANT_ID: STUB_CLIENT.tenantId,
    AZURE_CLIENT_ID: STUB_CLIENT.clientId,
    AZURE_CLIENT_SECRET: STUB_CLIENT.clientSecret,
  };
}

/** Lines for `eval` in a POSIX shell. */
export function shellExports(environment: Readonly<Record<string, string>>): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [...exports, ...UNSET_VARIABLES.map((name) => `unset ${name}`)].join('\n');
}

/** A word for a POSIX shell, whatever is in it. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
