import { candidateTargets, type Kek, splitCiphertext } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { ImportPlan } from './import-plan.js';

/**
 * Holds the KEK that the service has under the blob's kid against blob and manifest.
 * @throws THUMBPRINT_MISMATCH when it is not the KEK of the manifest; BLOB_CIPHERTEXT when its size does not fit.
 */
export function checkKekOfPlan(kek: Kek, { manifest, byok, expected }: ImportPlan): void {
  const wanted = manifest?.kek.thumbprint;
  if (wanted !== undefined && wanted !== kek.thumbprint) {
    throw new KeyferryError('THUMBPRINT_MISMATCH', {
      reason: `expected the KEK ${wanted} as the manifest says, found ${kek.thumbprint} in the vault under ${kek.kid.text}`,
      values: { expected: wanted, found: kek.thumbprint },
    });
  }
  splitCiphertext(byok.ciphertext, kek.bits / 8);
  const fits = candidateTargets(byok.ciphertext.length).some(
    ({ type, crv, kekBits }) => type === expected.type && crv === expected.crv && kekBits === kek.bits,
  );
  if (!fits) {
    throw new KeyferryError('BLOB_CIPHERTEXT', {
      reason: `expected a ciphertext for ${expected.type} under a KEK of ${kek.bits} bits, found ${byok.ciphertext.length} bytes, which it never has`,
    });
  }
}
