import { createHash } from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import { nearest } from '@keyferry/terminal';
import type { SuiteCase } from '../suite/suite-case.js';

/** One of `of` equal parts of the cases; the first has index 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/**
 * The cases that a run is about, in their order: those whose id has one of the patterns (`*` is any text; none: all), of this
 * shard, which may have none of them. USAGE for a pattern that no case has.
 */
export function selectCases<C extends Pick<SuiteCase, 'id'>>(
  cases: readonly C[],
  patterns: readonly string[],
  shard: Shard | null,
): C[] {
  const idle = patterns.find((pattern) => !cases.some(({ id }) => hasPattern(id, pattern)));
  if (idle !== undefined) throw noSuchCase(idle, cases);
  return cases.filter(
    ({ id }) =>
      (patterns.length === 0 || patterns.some((pattern) => hasPattern(id, pattern))) &&
      (shard === null || isInShard(id, shard)),
  );
}

/** By the hash of the id alone. The number before it is chosen, out of many, for parting the matrix of producers evenly. */
export function isInShard(id: string, shard: Shard): boolean {
  return hashOf(`shard 1357: ${id}`) % shard.of === shard.index - 1;
}

/** Whether an id has the pattern: `*` is any text, all else is itself. Takes no longer than the id is long, whatever the pattern. */
export function hasPattern(id: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return id === first;
  if (!id.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = id.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return id.length - last.length >= at && id.endsWith(last);
}

/** The seed of one case: it depends on the run's seed and the case's id alone, so that a part of the suite repeats the whole. */
export function seedOf(id: string, seed: number): number {
  return hashOf(`${seed} ${id}`);
}

/** Up to three ids: the one that was probably meant, and those with the longest common beginning. */
export function nearestIds(pattern: string, cases: readonly Pick<SuiteCase, 'id'>[]): string[] {
  const ids = cases.map(({ id }) => id);
  const shared = (id: string) => [...id].findIndex((letter, index) => letter !== pattern[index]);
  const meant = nearest(pattern, ids);
  const alike = ids
    .map((id) => ({ id, length: shared(id) === -1 ? id.length : shared(id) }))
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length);
  return [...new Set([...(meant === null ? [] : [meant]), ...alike.map(({ id }) => id)])].slice(0, 3);
}

function noSuchCase(pattern: string, cases: readonly Pick<SuiteCase, 'id'>[]): KeyferryError {
  const near = nearestIds(pattern, cases);
  return new KeyferryError('USAGE', {
    reason: `no case of this subject is called ${pattern}${near.length === 0 ? '' : `; the nearest are ${near.join(', ')}`}`,
    hint: 'keyferry-conformance list shows all cases',
  });
}

/** The first 32 bits of the SHA-256. */
function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
