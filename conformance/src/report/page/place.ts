import type { CaseResult } from '../results.js';

/** The id of the element that tells about a case, and what follows # in a link to it: no space, nothing to encode, never the same for two cases. */
export function anchorOf(id: string): string {
  return `case/${id.replace(/[^A-Za-z0-9/_.-]/gu, (character) => `~${character.codePointAt(0)?.toString(16)}~`)}`;
}

/** Where the case belongs by the words of its id: the second, and the third if another follows. */
export function groupOf({ id }: CaseResult): string {
  const words = id.split('/');
  return words.slice(1, Math.max(2, Math.min(words.length - 1, 3))).join('/') || id;
}

/** The cases by group, both in the order in which they first come. */
export function byGroup(cases: readonly CaseResult[]): Map<string, CaseResult[]> {
  return grouped(cases, groupOf);
}

/** What has the same key, in the order in which it first comes. */
export function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
