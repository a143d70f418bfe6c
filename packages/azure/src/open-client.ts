import type { CryptographyClient, KeyClient, KeyVaultKey } from '@azure/keyvault-keys';
import { type Cloud, parseVaultUrl, type VaultAddress } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Login } from './logins.js';

export interface ClientOptions {
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

export interface OpenClient {
  readonly address: VaultAddress;
  readonly client: KeyClient;
  /** True once an answer said that it came from keyferry-vault. */
  readonly emulator: boolean;
  /** Works with one key, as it is described: where the description holds no key, the service does everything. */
  cryptographyClient(key: KeyVaultKey): CryptographyClient;
  /** Another client with the same login, which ends with another signal. */
  again(signal: AbortSignal): OpenClient;
}

/**
 * The SDK's client for the vault of a URL, with the login and the manners of `clientOptions`; nothing is sent yet.
 * @throws VAULT_URL_INVALID, USAGE, LOGIN_FAILED.
 */
export async function openClient(url: string, options: ClientOptions): Promise<OpenClient> {
  const address = parseVaultUrl(url);
  if (options.cloud !== null && options.cloud !== address.cloud) {
    throw new KeyferryError('USAGE', {
      reason: `--cloud: expected ${address.cloud}, where ${address.host} is, found ${options.cloud}`,
    });
  }
  // The SDK takes half a second to load: only commands that speak to a vault pay for it.
  const [{ CryptographyClient, KeyClient }, { clientOptions }, { credentialFor }] = await Promise.all([
    import('@azure/keyvault-keys'),
    import('./exchange.js'),
    import('./login.js'),
  ]);
  let emulator = false;
  const onEmulator = () => {
    emulator = true;
  };
  const { login, prompt, timeLimit, onThrottled } = options;
  const { credential, underWay } = await credentialFor({ login, cloud: address.cloud, prompt });
  const open = (signal: AbortSignal): OpenClient => {
    const { host } = address;
    const manners = clientOptions({ host, timeLimit, loginUnderWay: underWay, signal, onEmulator, onThrottled });
    return {
      address,
      client: new KeyClient(address.url, credential, manners),
      get emulator() {
        return emulator;
      },
      cryptographyClient: (key) => new CryptographyClient(key, credential, manners),
      again: open,
    };
  };
  return open(options.signal);
}
