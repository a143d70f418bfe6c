import { type Manifest, printable, samePublicKey } from '@keyferry/blob';
import { findPublicKey } from '../target/public-key.js';
import type { Target } from '../target/target.js';
import type { Run } from '../wrapping/run.js';

/** Whether a manifest describes this key of this token, as far as names and kind go. */
export function isOfKey(manifest: Manifest, { token, mode }: Pick<Run, 'token' | 'mode'>, target: Target): boolean {
  const { hsm } = manifest;
  const { type, bits, crv, label, id } = manifest.target;
  return (
    manifest.mode === mode &&
    hsm?.serial === printable(token.serial) &&
    hsm.manufacturer === printable(token.manufacturer) &&
    type === target.type &&
    (target.bits === null || bits === target.bits) &&
    crv === target.crv &&
    label === printable(target.label) &&
    id === target.id
  );
}

/**
 * Whether a manifest that was found describes this very key: whether the token proves the public key that it names. So
 * files that somebody else put there under the right names are not taken for ours. null: the token cannot prove it; of an
 * AES key there is only the check value, which finds errors, not attackers. Errors: HSM_ERROR.
 */
export async function isOfVeryKey(manifest: Manifest, run: Run, target: Target): Promise<boolean | null> {
  if (!isOfKey(manifest, run, target)) return false;
  const found = manifest.target.publicKey;
  const { publicKey, notChecked } = await findPublicKey(run.session, target, run.finder);
  if (publicKey === null || notChecked.length > 0) return null;
  return found !== null && samePublicKey(publicKey, found);
}
