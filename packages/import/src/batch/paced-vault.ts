import { retryAfterOf } from '@keyferry/azure';
import { KeyferryError } from '@keyferry/errors';
import type { Vault } from '../vault.js';
import type { Pace } from './pace.js';

/** Whether the vault said 429: then nothing was done. */
export function isBusy(error: unknown): error is KeyferryError {
  return error instanceof KeyferryError && error.code === 'SERVICE_BUSY';
}

/**
 * A vault whose 429s slow the batch down. What can be asked again is asked again after the pause; an import is not, since its
 * journal must first say that it was refused.
 */
export function pacedVault(vault: Vault, pace: Pace): Vault {
  const heeded = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (isBusy(error)) pace.throttled(retryAfterOf(error));
      throw error;
    }
  };
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      await pace.pauseOver();
      try {
        return await heeded(ask);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
  };
  // Everything else, `emulator` among it, is what the vault says.
  return Object.assign(Object.create(vault) as Vault, {
    key: (...args) => again(() => vault.key(...args)),
    versions: (...args) => again(() => vault.versions(...args)),
    names: () => again(() => vault.names()),
    setEnabled: (...args) => again(() => vault.setEnabled(...args)),
    encryptZeroBlock: (...args) => again(() => vault.encryptZeroBlock(...args)),
    importKey: (...args) => heeded(() => vault.importKey(...args)),
  } satisfies Partial<Vault>);
}
