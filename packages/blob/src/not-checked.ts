/**
 * What a run did not check, in sentences for people. The list is closed: manifests, receipts and outputs name these ids
 * and no others.
 */
export const NOT_CHECKED = {
  'kek-ops': 'What the KEK may be used for: the file that it came in does not say. It should be import alone.',
  'kek-state': 'Whether the KEK is enabled: the file that it came in does not say.',
  'kek-dates': 'From when to when the KEK is valid: the file that it came in does not say.',
  'kek-in-vault': 'Whether the vault still has the KEK, enabled and valid: the vault was not asked.',
  'kek-attestation':
    'That the private KEK was born in an HSM of the service and cannot leave it: no attestation was verified.',
  'kek-signature':
    'That the KEK comes from whoever should hand it out: no signature was verified. Its thumbprint stands for that.',
  'kwp-flavour': 'How the HSM pads and encodes what it wraps: its mechanism was not tried with a throwaway key.',
  'target-public-key': 'Which key was wrapped: no public key could be had, so nothing can be compared later.',
  'target-private-match':
    'That the public key belongs to the private key: it was read from attributes, and no signature proved it.',
  'target-rehearsal': 'That the wrapped key can be unwrapped and used: the HSM was not asked to try it with this key.',
  'target-confirmation': 'That this is the key that was meant: nobody confirmed its thumbprint from a second source.',
  'target-type': 'That the type named on the command line is the type of the key in the blob: there is no manifest.',
  'blob-contents': 'What the blob holds: without the private KEK nobody can look inside.',
  'trailing-bytes': 'Whether bytes follow the encoded key inside the blob: the vault does not show them.',
  manifest: 'That the blob is the file that was made at the source: there is no manifest.',
  'manifest-signature': 'Who wrote the manifest: it is not signed, and whoever can change the blob can change it too.',
  'imported-key':
    'That the key in the vault equals the key of the HSM: for a symmetric key the vault shows nothing to compare.',
  kcv: 'The key check value: the HSM gave none, or the vault shows none.',
  possession: 'That the vault can use the key: it was not asked to sign or wrap with it.',
} as const;

/** One thing that was not checked. */
export type NotChecked = keyof typeof NOT_CHECKED;

/** The list for people, under its heading; nothing where everything was checked. */
export function notCheckedLines(ids: readonly NotChecked[]): string[] {
  return ids.length === 0 ? [] : ['NOT CHECKED', ...ids.map((id) => `  - ${NOT_CHECKED[id]}`)];
}

export const NOT_CHECKED_IDS = Object.keys(NOT_CHECKED) as [NotChecked, ...NotChecked[]];
