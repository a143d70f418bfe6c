import type { Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Pkcs11Uri } from '@keyferry/pkcs11';
import { findTarget, readTarget, requireExtractable, type Target } from '../target/target.js';
import { ladder, type Wrapping } from './ladder.js';
import type { Run } from './run.js';
import type { TrustedKeys } from './wrap-target.js';

/** The one key that the URI names, which may leave the token. Errors: URI_INVALID, KEY_*. */
export function targetOf({ session, finder }: Run, key: Pkcs11Uri): Target {
  const found = findTarget(session, key, finder);
  const target = readTarget(session, found.object, found.class);
  requireExtractable(target);
  return target;
}

/** Symmetric keys go into a Managed HSM only. Errors: TARGET_NOT_IN_VAULT. */
export function requirePlaceFor({ type, label }: Pick<Target, 'type' | 'label'>, kek: Kek): void {
  if (type !== 'oct' || kek.kid.vault.kind === 'managed-hsm') return;
  throw new KeyferryError('TARGET_NOT_IN_VAULT', {
    reason: `"${label}" is an AES key, and this KEK lives in a Key Vault (${kek.kid.vault.url})`,
  });
}

/** How a key may be wrapped. */
export interface Ways {
  readonly ladder: readonly Wrapping[];
  /** The trusted keys to wrap under; null where fresh ones do. */
  readonly trusted: (wrapping: Wrapping) => TrustedKeys | null;
}

/**
 * The ways that the token offers and the target's protection leaves open: one with CKA_WRAP_WITH_TRUSTED goes under the
 * trusted KEK in one call, or under a trusted AES key as well. Errors: USAGE, MECHANISM_MISSING, KEY_NEEDS_TRUSTED_KEK.
 */
export function waysFor(run: Run, kek: Kek, target: Target): Ways {
  const all = ladder(run.token, target.type, run.args);
  const aesKey = run.trustedWrappingKey?.object ?? null;
  if (target.attributes.wrapWithTrusted !== true) {
    if (aesKey === null) return { ladder: all, trusted: () => null };
    throw new KeyferryError('USAGE', {
      reason: `key "${target.label}" does not ask for trusted wrapping keys (CKA_WRAP_WITH_TRUSTED is not true)`,
      hint: 'leave out --trusted-wrapping-key: a fresh AES key is better',
    });
  }
  const name = `key "${target.label}" has CKA_WRAP_WITH_TRUSTED=true`;
  const trustedKek = run.trustedKek(kek);
  if ('why' in trustedKek) {
    throw new KeyferryError('KEY_NEEDS_TRUSTED_KEK', {
      reason: `${name}, and this KEK is not trusted in the token: ${trustedKek.why}`,
      hint: 'the security officer runs: keyferry-wrap trust kek --kek FILE --token TOKEN',
    });
  }
  const possible = all.filter(({ mechanism }) => (mechanism === 'composite') === (aesKey !== null));
  if (possible.length === 0) {
    throw new KeyferryError('KEY_NEEDS_TRUSTED_KEK', {
      reason:
        aesKey === null
          ? `${name}, the KEK is trusted, but the token has no CKM_RSA_AES_KEY_WRAP for this key, and a fresh AES key is not trusted`
          : `${name}, and a trusted AES key is of use for the composite only`,
      hint:
        aesKey === null
          ? 'the security officer runs: keyferry-wrap trust wrapping-key --token TOKEN --label NAME; then add --trusted-wrapping-key'
          : 'leave out --mechanism, or --trusted-wrapping-key',
    });
  }
  return { ladder: possible, trusted: () => ({ kek: trustedKek.object, aesKey }) };
}
