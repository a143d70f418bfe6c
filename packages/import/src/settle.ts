import { KeyferryError } from '@keyferry/errors';
import { type Comparison, compareKcv, compareKeys, type ExpectedKey } from './compare.js';
import type { ServiceKey } from './service-key.js';
import type { Vault } from './vault.js';

/** What was compared, and found equal, before the key was left enabled. */
export type Verified = 'public-key' | 'kcv';

/**
 * Compares a version that has arrived, and enables it only when nothing speaks against it. An AES key shows nothing
 * while it is disabled: it is enabled for the comparison, and disabled again if that fails.
 *
 * @throws IMPORTED_KEY_MISMATCH, after the version was disabled; what the service failed with.
 */
export async function settle(
  vault: Vault,
  expected: ExpectedKey,
  key: ServiceKey,
  signal: AbortSignal,
): Promise<Verified[]> {
  const shown = compareKeys(expected, key);
  if (shown.equal === false) {
    throw await mismatch(vault, key, shown, key.attributes.enabled !== false);
  }
  const { kid } = key;
  signal.throwIfAborted();
  const enabled = await vault.setEnabled(kid.name, kid.version, true);
  const again = compareKeys(expected, enabled);
  if (again.equal === false || enabled.kid.version !== kid.version) {
    throw await mismatch(vault, key, again, true);
  }
  if (enabled.attributes.enabled !== true) {
    throw new KeyferryError('SERVICE_FAILED', { reason: `${kid.text} is still disabled after it was enabled` });
  }
  const kcv = await compareByKcv(vault, expected, enabled).catch(async (error: unknown) => {
    await vault.setEnabled(kid.name, kid.version, false);
    throw error;
  });
  if (kcv?.equal === false) {
    throw await mismatch(vault, key, kcv, true);
  }
  return [...(shown.equal === true ? (['public-key'] as const) : []), ...(kcv === null ? [] : (['kcv'] as const))];
}

/** Compares the key check value of an AES key; null when there is none, or the key must not encrypt. */
export async function compareByKcv(vault: Vault, expected: ExpectedKey, key: ServiceKey): Promise<Comparison | null> {
  if (expected.type !== 'oct' || expected.kcv === null || expected.bits === null || !key.keyOps.includes('encrypt')) {
    return null;
  }
  const block = await vault.encryptZeroBlock(key.kid.name, key.kid.version, expected.bits);
  return compareKcv(expected.kcv, block.subarray(0, 3).toString('hex'));
}

async function mismatch(
  vault: Vault,
  { kid }: ServiceKey,
  found: Comparison,
  disable: boolean,
): Promise<KeyferryError> {
  let state = 'it is disabled';
  try {
    if (disable) {
      await vault.setEnabled(kid.name, kid.version, false);
    }
  } catch (error) {
    if (!(error instanceof KeyferryError)) {
      throw error;
    }
    state = `IT COULD NOT BE DISABLED (${error.reason}): disable it at once`;
  }
  return new KeyferryError('IMPORTED_KEY_MISMATCH', {
    reason: `${found.reason || 'the vault shows another version'}: ${kid.text}; ${state}`,
    values: { kid: kid.text },
  });
}
