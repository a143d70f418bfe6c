import { createHash } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { candidateTargets } from './ciphertext.js';
import type { Manifest } from './manifest.js';

/**
 * Holds a blob against its manifest: SHA-256 and size of the file, kid, and whether a key of the type and size that the
 * manifest names can have the length of the ciphertext. The name of the file does not matter. MANIFEST_MISMATCH.
 */
export function checkManifest(
  manifest: Manifest,
  blobBytes: Uint8Array,
  blob: { readonly kid: { readonly text: string }; readonly ciphertext: Uint8Array },
): void {
  const { target } = manifest;
  compare('size in bytes', manifest.blob.size, blobBytes.length);
  compare('SHA-256', manifest.blob.sha256, createHash('sha256').update(blobBytes).digest('hex'));
  compare('kid', manifest.kek.kid, blob.kid.text);
  const candidates = candidateTargets(blob.ciphertext.length);
  const fits = candidates.some(({ type, bits, crv }) => {
    return type === target.type && bits === target.bits && crv === target.crv;
  });
  if (!fits) {
    throw new KeyferryError('MANIFEST_MISMATCH', {
      reason: `expected a ciphertext for ${target.type} ${target.crv ?? target.bits}, found ${blob.ciphertext.length} bytes, which it never has`,
    });
  }
}

function compare(what: string, expected: string | number, found: string | number): void {
  if (expected === found) return;
  throw new KeyferryError('MANIFEST_MISMATCH', {
    reason: `${what}: expected ${expected} as the manifest says, found ${found} in the blob`,
    values: { what, expected, found },
  });
}
