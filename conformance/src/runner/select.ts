import { createHash } from 'node:crypto';
import type { SuiteCase } from '../suite/suite-case.js';

/** One of `of` equal parts of the cases; the first has index 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** The cases that a run is about, in their order: those whose id has one of the patterns (`*` is any text; none: all), of this shard. */
export function selectCases<C extends SuiteCase>(
  cases: readonly C[],
  patterns: readonly string[],
  shard: Shard | null,
): C[] {
  const wanted = patterns.map(patternOf);
  return cases.filter(
    ({ id }) =>
      (wanted.length === 0 || wanted.some((pattern) => pattern.test(id))) &&
      (shard === null || hashOf(id) % shard.of === shard.index - 1),
  );
}

/** `*` is any text, all else is itself. */
export function patternOf(glob: string): RegExp {
  return new RegExp(`^${glob.split('*').map(escapeText).join('.*')}$`);
}

/** The seed of one case: it depends on the run's seed and the case's id alone, so that a part of the suite repeats the whole. */
export function seedOf(id: string, seed: number): number {
  return hashOf(`${seed} ${id}`);
}

/** The first 32 bits of the SHA-256. */
function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
