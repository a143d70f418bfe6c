/** Median and quartiles, in the unit of the values. */
export interface Summary {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** Quartiles by linear interpolation between the sorted values (Hyndman and Fan 1996, type 7). Needs one value at least. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new RangeError('expected one value at least');
  return below + (above - below) * (at - Math.floor(at));
}

/** Seconds that each of two ways took, one after the other. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** How fast we are beside the other way, pair by pair: 0.9 means that we take 1/0.9 of its time. */
export function ratiosOf(pairs: readonly Pair[]): number[] {
  return pairs.map(({ ours, theirs }) => theirs / ours);
}

/**
 * Runs two ways in turn, so that what disturbs the machine disturbs both: one pair to warm up that does not count, then
 * `runs` pairs, in which now the one and now the other goes first.
 */
export async function pairUp(
  runs: number,
  ours: () => number | Promise<number>,
  theirs: () => number | Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const first = run % 2 === 0 ? await ours() : await theirs();
    const second = run % 2 === 0 ? await theirs() : await ours();
    if (run > 0) pairs.push(run % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  return pairs;
}

export async function secondsOf(work: () => void | Promise<void>): Promise<number> {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
}

/** For people: what each of the two ways takes a key. */
export function perKey(pairs: readonly Pair[], keys: number, ours: string, theirs: string): string[] {
  return sideBySide(pairs, ours, theirs, (seconds) => `${((1000 * seconds) / keys).toFixed(2)} ms a key`);
}

/** For people: the median of each of the two ways, in words. */
export function sideBySide(
  pairs: readonly Pair[],
  ours: string,
  theirs: string,
  inWords: (seconds: number) => string,
): string[] {
  const width = Math.max(ours.length, theirs.length);
  const median = (way: keyof Pair) => summaryOf(pairs.map((pair) => pair[way])).median;
  return [`${ours.padEnd(width)}  ${inWords(median('ours'))}`, `${theirs.padEnd(width)}  ${inWords(median('theirs'))}`];
}
