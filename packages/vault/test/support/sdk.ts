import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type ConnectionOptions, connect } from 'node:tls';
import { ClientSecretCredential } from '@azure/identity';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { STUB_CLIENT } from '../../src/identity/credentials.js';
import type { TestVault } from './vault.js';

/** The real SDK of Azure, as its users have it; only the way to the listener is given to it. */
export interface Sdk {
  keys(url: string): KeyClient;
  cryptography(kid: string): CryptographyClient;
}

export function sdkFor({ vault }: TestVault): Sdk {
  const ca = readFileSync(vault.endpoint.caFile, 'utf8');
  const agent = new Agent({ keepAlive: true });
  // Whatever host is asked for is the one listener, under the host's own name.
  Object.assign(agent, {
    createConnection: ({ servername }: ConnectionOptions) =>
      connect({ host: '127.0.0.1', port: vault.endpoint.tlsPort, ca, ...(servername !== undefined && { servername }) }),
  });
  const policy = {
    name: 'to-the-emulator',
    sendRequest: <R, N extends (request: R) => unknown>(request: R, next: N) =>
      next(Object.assign(request as object, { agent }) as R),
  };
  const options = { additionalPolicies: [{ policy, position: 'perRetry' }] } as object;
  const { tenantId, clientId, clientSecret } = STUB_CLIENT;
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, options);
  return {
    keys: (url) => new KeyClient(url, credential, options),
    cryptography: (kid) => new CryptographyClient(kid, credential, options),
  };
}

/** All that an iterator of the SDK gives. */
export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
