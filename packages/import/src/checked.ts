import type { Kek, NotChecked } from '@keyferry/blob';
import type { ImportPlan } from './import-plan.js';

/** What a check of a transfer looked at and found right, in sentences for people; the list is closed. */
export const CHECKED = {
  'blob-structure': 'The blob is well formed: its members, its header, and a ciphertext of a length that occurs.',
  'manifest-blob': 'The manifest is that of the blob: SHA-256, size, kid, and the length for the type of the key.',
  'manifest-signature': 'The manifest is signed by one of the allowed signers.',
  vault: 'The kid of the blob names this vault.',
  'target-type': 'The vault takes keys of this type.',
  'key-ops': 'A key of this type can do the operations that it will get.',
  'target-confirmation': 'The key of the manifest is the one that was confirmed.',
  'kek-in-vault':
    'The vault has the KEK, and it keeps every rule: RSA-HSM, size, exponent, import only, enabled, valid now.',
  'kek-key': 'The KEK in the vault has the public key that the manifest names.',
  'kek-length': 'The ciphertext has a length that occurs under a KEK of that size.',
  mode: 'Practice and production are not mixed.',
  name: 'The name is free, or a new version is wanted.',
} as const;

export type Checked = keyof typeof CHECKED;
export const CHECKED_IDS = Object.keys(CHECKED) as [Checked, ...Checked[]];

/** What planImport has looked at, and with a KEK also checkKekOfPlan; what neither did. */
export function whatWasChecked(
  plan: ImportPlan,
  kek: Kek | null,
  named: boolean,
): { checked: Checked[]; notChecked: NotChecked[] } {
  const { manifest, signedBy, expected, confirmedBy } = plan;
  const confirmed =
    confirmedBy === 'signed-manifest' ||
    ((confirmedBy === 'thumbprint' || confirmedBy === 'public-key') && manifest?.target.publicKey != null);
  const checked: (Checked | false)[] = [
    'blob-structure',
    manifest !== null && 'manifest-blob',
    signedBy.length > 0 && 'manifest-signature',
    'vault',
    'target-type',
    'key-ops',
    confirmed && 'target-confirmation',
    kek !== null && 'kek-in-vault',
    kek !== null && manifest !== null && 'kek-key',
    kek !== null && 'kek-length',
    kek !== null && 'mode',
    kek !== null && named && 'name',
  ];
  const notChecked: (NotChecked | false)[] = [
    manifest === null && 'manifest',
    manifest === null && 'target-type',
    manifest !== null && signedBy.length === 0 && 'manifest-signature',
    !confirmed && 'target-confirmation',
    expected.type !== 'oct' && expected.publicKey === null && 'target-public-key',
    kek === null && 'kek-in-vault',
    'kek-attestation',
    'blob-contents',
  ];
  return { checked: checked.filter((id) => id !== false), notChecked: notChecked.filter((id) => id !== false) };
}
