/** A version as it stands in the vault after an answer was lost. */
export interface Candidate {
  readonly version: string;
  /** Whether it is the expected key; null where the service shows nothing that could decide it (an oct key). */
  readonly equal: boolean | null;
}

/** What the versions of a name say about a PUT whose answer was lost. */
export type Reconciliation =
  | { readonly outcome: 'ours'; readonly version: string }
  | { readonly outcome: 'different'; readonly version: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** The versions that came up since the list was journalled: only they can be ours. */
export function newVersions(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(before);
  return after.filter((version) => !known.has(version));
}

/**
 * Decides on the versions that came up since the PUT. One that is the expected key is ours; one that is another key is
 * evidence; none, several, or one that shows nothing decide nothing.
 */
export function reconcile(candidates: readonly Candidate[]): Reconciliation {
  const [candidate, second] = candidates;
  if (candidate === undefined) {
    return { outcome: 'unknown', reason: 'no new version is there, but the service may still be at work' };
  }
  if (second !== undefined) {
    const versions = candidates.map(({ version }) => version).join(', ');
    return { outcome: 'unknown', reason: `${candidates.length} new versions are there: ${versions}` };
  }
  const { version, equal } = candidate;
  if (equal === null) {
    return { outcome: 'unknown', reason: `the new version ${version} shows nothing that could be compared` };
  }
  return { outcome: equal ? 'ours' : 'different', version };
}
