import type { KeyRecord } from '../keys/record.js';
import type { KeyOperation } from './key-ops.js';
import { Refusal } from './refusal.js';

/** Outside its dates a key still serves what was made inside them ("Date-time controlled operations" of the service). */
const ALLOWED_OUTSIDE_DATES: readonly KeyOperation[] = ['decrypt', 'unwrapKey', 'verify'];

export type KeyState = 'usable' | 'disabled' | 'not-yet-valid' | 'expired';

/** `now` in Unix seconds. A key is valid from `nbf` on and until before `exp`. */
export function stateOf(key: Pick<KeyRecord, 'enabled' | 'exp' | 'nbf'>, now: number): KeyState {
  if (!key.enabled) return 'disabled';
  if (key.nbf !== undefined && now < key.nbf) return 'not-yet-valid';
  return key.exp !== undefined && now >= key.exp ? 'expired' : 'usable';
}

/** 403 unless the key may do this now: its key_ops, its switch and its dates. */
export function checkUse(key: KeyRecord, operation: KeyOperation, now: number): void {
  const state = stateOf(key, now);
  if (state === 'disabled') {
    throw forbidden(`Operation ${operation} is not allowed on a disabled key.`, 'KeyDisabled');
  }
  if (!key.keyOps.includes(operation)) {
    throw forbidden(`Operation ${operation} is not permitted on this key.`, 'KeyOperationForbidden');
  }
  if (state === 'usable' || ALLOWED_OUTSIDE_DATES.includes(operation)) return;
  throw state === 'expired'
    ? forbidden(`Operation ${operation} is not allowed on an expired key.`, 'KeyExpired')
    : forbidden(`Operation ${operation} is not allowed on a key that is not yet valid.`, 'KeyNotYetValid');
}

function forbidden(message: string, inner: string): Refusal {
  return new Refusal({ status: 403, code: 'Forbidden', message, inner });
}
