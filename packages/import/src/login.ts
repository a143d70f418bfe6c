import type { TokenCredential } from '@azure/identity';
import type { Cloud } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Login } from './logins.js';
import { errorOfLogin } from './service-errors.js';

/** Where the identity service of each cloud lives; the public one is what the SDK takes unless AZURE_AUTHORITY_HOST says otherwise. */
const AUTHORITIES: Readonly<Record<Exclude<Cloud, 'public'>, string>> = {
  usgov: 'https://login.microsoftonline.us',
  china: 'https://login.chinacloudapi.cn',
};

/**
 * A credential whose every failure is a KeyferryError: LOGIN_FAILED or TLS_UNTRUSTED.
 * @throws LOGIN_FAILED when what the chosen login needs is not in the environment.
 */
export async function credentialFor(login: Login, cloud: Cloud): Promise<TokenCredential> {
  const credential = await azureCredential(login, cloud);
  return {
    async getToken(scopes, options) {
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        throw errorOfLogin(`--auth ${login}`, error);
      }
    },
  };
}

async function azureCredential(login: Login, cloud: Cloud): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const authorityHost = process.env.AZURE_AUTHORITY_HOST ?? (cloud === 'public' ? undefined : AUTHORITIES[cloud]);
  const options = authorityHost === undefined ? {} : { authorityHost };
  switch (login) {
    case 'default':
      return new identity.DefaultAzureCredential(options);
    case 'environment':
      return new identity.EnvironmentCredential(options);
    case 'client-secret':
      return new identity.ClientSecretCredential(
        variable('AZURE_TENANT_ID'),
        variable('AZURE_CLIENT_ID'),
        variable('AZURE_CLIENT_SECRET'),
        options,
      );
    case 'cli':
      return new identity.AzureCliCredential();
    case 'managed-identity': {
      const clientId = process.env.AZURE_CLIENT_ID;
      return new identity.ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
    }
    case 'workload-identity':
      variable('AZURE_FEDERATED_TOKEN_FILE');
      return new identity.WorkloadIdentityCredential(options);
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new KeyferryError('LOGIN_FAILED', {
      reason: `expected ${name} in the environment, found nothing`,
      hint: `set ${name}, or choose another --auth`,
    });
  }
  return value;
}
