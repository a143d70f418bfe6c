import { summaryOf } from './statistics.js';

export interface Benchmark {
  readonly id: string;
  /** What is compared with what. */
  readonly about: string;
  /** The least ratio that is good enough; null: for information. */
  readonly target: number | null;
  /** Why it cannot be run on this machine, or null. */
  unavailable?(): string | null;
  /** `runs` pairs; notes are for people. */
  run(runs: number): Promise<{ readonly ratios: readonly number[]; readonly notes: readonly string[] }>;
}

/** One line of what --json writes. */
export interface Result {
  readonly id: string;
  /** Median. */
  readonly ratio: number;
  readonly target: number | null;
  readonly met: boolean | null;
  /** Between the quartiles. */
  readonly spread: number;
}

export function resultOf({ id, target }: Pick<Benchmark, 'id' | 'target'>, ratios: readonly number[]): Result {
  const { lower, median, upper } = summaryOf(ratios);
  return {
    id,
    ratio: rounded(median),
    target,
    met: target === null ? null : median >= target,
    spread: rounded(upper - lower),
  };
}

function rounded(ratio: number): number {
  return Number(ratio.toPrecision(4));
}
