import type { TokenCredential } from '@azure/identity';
import type { Cloud } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { errorOfLogin } from './login-errors.js';
import { isInteractive, type Login } from './logins.js';

/** Where the identity service of each cloud lives; the public one is what the SDK takes by itself. */
const AUTHORITIES: Readonly<Record<Exclude<Cloud, 'public'>, string>> = {
  usgov: 'https://login.microsoftonline.us',
  china: 'https://login.chinacloudapi.cn',
};

/** What stands behind a login, for the error when it fails. */
const TRIED: Readonly<Record<Login, string>> = {
  default: 'all of the environment, workload identity, managed identity, the Azure CLI and its kin (--auth default)',
  environment: 'the variables AZURE_CLIENT_ID and so on (--auth environment)',
  cli: 'the session of the Azure CLI (--auth cli)',
  'managed-identity': 'the managed identity of this machine (--auth managed-identity)',
  'workload-identity': 'the token in AZURE_FEDERATED_TOKEN_FILE (--auth workload-identity)',
  'client-secret': 'AZURE_CLIENT_ID with AZURE_CLIENT_SECRET (--auth client-secret)',
  'client-certificate': 'AZURE_CLIENT_ID with AZURE_CLIENT_CERTIFICATE_PATH (--auth client-certificate)',
  'device-code': 'a code typed on another device (--auth device-code)',
  browser: 'the browser of this machine (--auth browser)',
};

export interface LoginOptions {
  readonly login: Login;
  readonly cloud: Cloud;
  /** Shows what the person at the terminal must do; text of the identity service. */
  prompt(text: string): void;
}

/** A login to be had when the vault has said which tenant it wants. */
export interface LoginToCome {
  /** Every failure is a KeyferryError: LOGIN_FAILED, CLOCK_SKEW or TLS_UNTRUSTED. */
  readonly credential: TokenCredential;
  /** While a person logs in: settles when that is over. Null at any other time. */
  underWay(): Promise<unknown> | null;
}

/** @throws LOGIN_FAILED when what the chosen login needs is not in the environment. */
export async function credentialFor(options: LoginOptions): Promise<LoginToCome> {
  const { login } = options;
  const azure = await azureCredential(options);
  let person: Promise<unknown> | null = null;
  const credential: TokenCredential = {
    async getToken(scopes, more) {
      const token = azure.getToken(scopes, more);
      if (isInteractive(login)) person = token.catch(() => {});
      try {
        return await token;
      } catch (error) {
        throw errorOfLogin(TRIED[login], error);
      } finally {
        person = null;
      }
    },
  };
  return { credential, underWay: () => person };
}

async function azureCredential({ login, cloud, prompt }: LoginOptions): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const authorityHost = process.env.AZURE_AUTHORITY_HOST ?? (cloud === 'public' ? undefined : AUTHORITIES[cloud]);
  const options = authorityHost === undefined ? {} : { authorityHost };
  const client = () => [variable('AZURE_TENANT_ID'), variable('AZURE_CLIENT_ID')] as const;
  // A person logs in through an application of their own tenant, or that of the Azure tools.
  const person = { ...options, ...optional('tenantId', 'AZURE_TENANT_ID'), ...optional('clientId', 'AZURE_CLIENT_ID') };
  switch (login) {
    case 'default':
      return new identity.DefaultAzureCredential(options);
    case 'environment':
      return new identity.EnvironmentCredential(options);
    case 'cli':
      return new identity.AzureCliCredential(optional('tenantId', 'AZURE_TENANT_ID'));
    case 'managed-identity':
      return new identity.ManagedIdentityCredential(optional('clientId', 'AZURE_CLIENT_ID'));
    case 'workload-identity':
      variable('AZURE_FEDERATED_TOKEN_FILE');
      return new identity.WorkloadIdentityCredential(options);
    case 'client-secret':
      return new identity.ClientSecretCredential(...client(), variable('AZURE_CLIENT_SECRET'), options);
    case 'client-certificate': {
      const certificate = {
        certificatePath: variable('AZURE_CLIENT_CERTIFICATE_PATH'),
        ...optional('certificatePassword', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'),
      };
      return new identity.ClientCertificateCredential(...client(), certificate, options);
    }
    case 'device-code':
      return new identity.DeviceCodeCredential({ ...person, userPromptCallback: ({ message }) => prompt(message) });
    case 'browser':
      prompt('a browser window opens on this machine: log in there');
      return new identity.InteractiveBrowserCredential(person);
  }
}

function optional<K extends string>(member: K, name: string): Partial<Record<K, string>> {
  const value = process.env[name];
  return value === undefined || value === '' ? {} : ({ [member]: value } as Record<K, string>);
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
