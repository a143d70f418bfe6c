import { KeyferryError } from '@keyferry/errors';
import { type Comparison, compareKcv, compareKeys, type ExpectedKey } from './compare.js';
import type { ServiceKey } from './service-key.js';
import type { Vault } from './vault.js';

/** What was compared, and found equal, before the key was left enabled. */
export type Verified = 'public-key' | 'kcv';

/**
 * Compares a version that has arrived, and enables it only when nothing speaks against it, or not at all. An AES key shows
 * nothing while it is disabled: it is enabled for the comparison, and disabled again if that fails, or is to be so.
 *
 * @throws IMPORTED_KEY_MISMATCH, after the version was disabled; what the service failed with.
 */
export async function settle(
  vault: Vault,
  expected: ExpectedKey,
  key: ServiceKey,
  { leaveDisabled, signal }: { readonly leaveDisabled: boolean; readonly signal: AbortSignal },
): Promise<Verified[]> {
  const shown = compareKeys(expected, key);
  if (shown.equal === false) {
    throw await mismatch(vault, key, shown, key.attributes.enabled !== false);
  }
  const { kid } = key;
  const verified: Verified[] = shown.equal === true ? ['public-key'] : [];
  if (leaveDisabled && !canCompareKcv(expected, key)) {
    // An earlier run may have enabled it.
    if (key.attributes.enabled !== false) await mustDisable(vault, key);
    return verified;
  }
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
    const state = await disable(vault, key);
    if (!(error instanceof KeyferryError)) throw error;
    throw new KeyferryError(error.code, {
      hint: error.hint,
      values: error.values,
      reason: `${error.reason}; ${kid.text}: ${state}`,
      cause: error,
    });
  });
  if (kcv?.equal === false) {
    throw await mismatch(vault, key, kcv, true);
  }
  if (leaveDisabled) {
    await mustDisable(vault, key);
  }
  return kcv === null ? verified : [...verified, 'kcv'];
}

/** Compares the key check value of an AES key; null when there is none, or the key must not encrypt now. */
export async function compareByKcv(vault: Vault, expected: ExpectedKey, key: ServiceKey): Promise<Comparison | null> {
  if (!canCompareKcv(expected, key) || expected.kcv === null || expected.bits === null) {
    return null;
  }
  const block = await vault.encryptZeroBlock(key.kid.name, key.kid.version, expected.bits);
  return compareKcv(expected.kcv, block.subarray(0, 3).toString('hex'));
}

/** Outside its dates a key does not encrypt. */
function canCompareKcv({ type, kcv, bits }: ExpectedKey, { keyOps, attributes: { nbf, exp } }: ServiceKey): boolean {
  const now = Date.now() / 1000;
  const valid = (nbf === null || nbf <= now) && (exp === null || now < exp);
  return type === 'oct' && kcv !== null && bits !== null && keyOps.includes('encrypt') && valid;
}

async function mismatch(vault: Vault, key: ServiceKey, found: Comparison, enabled: boolean): Promise<KeyferryError> {
  const state = enabled ? await disable(vault, key) : 'it is disabled';
  return new KeyferryError('IMPORTED_KEY_MISMATCH', {
    reason: `${found.reason || 'the vault shows another version'}: ${key.kid.text}; ${state}`,
    values: { kid: key.kid.text },
  });
}

async function mustDisable(vault: Vault, { kid }: ServiceKey): Promise<void> {
  const { attributes } = await vault.setEnabled(kid.name, kid.version, false);
  if (attributes.enabled !== false) {
    throw new KeyferryError('SERVICE_FAILED', { reason: `${kid.text} is still enabled after it was disabled` });
  }
}

/** Disables a key that must not be used, and says whether that worked: the error under way must tell either. */
async function disable(vault: Vault, { kid }: ServiceKey): Promise<string> {
  try {
    await vault.setEnabled(kid.name, kid.version, false);
    return 'it is disabled';
  } catch (error) {
    if (!(error instanceof KeyferryError)) throw error;
    return `IT COULD NOT BE DISABLED (${error.reason}): disable it at once`;
  }
}
