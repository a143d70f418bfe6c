import { isDeepStrictEqual } from 'node:util';
import { KeyferryError } from '@keyferry/errors';
import { countOutcomes, verdictOf } from './count-outcomes.js';
import type { Results } from './results.js';

/**
 * Puts the shards of one run together. One file that is no shard stays what it is. RESULTS_DIFFER where suite, subject, seed,
 * time limit or selection are not the same, SHARDS_OVERLAP, SHARDS_MISSING.
 */
export function mergeResults(found: readonly Results[]): Results {
  const [first, ...others] = found as readonly [Results, ...Results[]];
  for (const other of others) refuseOtherRun(first, other);
  const shards = mergedShards(found);
  const cases = found.flatMap((results) => results.cases).sort((a, b) => a.index - b.index);
  const misplaced = cases.find(({ index }, place) => cases[place - 1]?.index === index);
  if (misplaced !== undefined) {
    throw new KeyferryError('RESULTS_DIFFER', {
      reason: `the place ${misplaced.index} of the suite has two cases, one of them ${misplaced.id}`,
    });
  }
  const run = { ...mergedRun(found), shards };
  refuseHoles(run, cases);
  const counts = countOutcomes(cases);
  return { ...first, host: mergedHost(found), run, cases, counts, verdict: verdictOf(counts, run) };
}

/** What must be the same in all results of one run. */
function sameness({ suite, subject, run }: Results): Readonly<Record<string, unknown>> {
  return {
    'suite.name': suite.name,
    'suite.version': suite.version,
    'suite.vectorsSha256': suite.vectorsSha256,
    'subject.kind': subject.kind,
    'subject.name': subject.name,
    'subject.version': subject.version,
    'subject.sha256': subject.sha256,
    'subject.features': subject.features,
    'run.seed': run.seed,
    'run.timeoutSeconds': run.timeoutSeconds,
    'run.selected': run.selected,
    'run.suiteCases': run.suiteCases,
  };
}

function refuseOtherRun(first: Results, other: Results): void {
  const [mine, theirs] = [sameness(first), sameness(other)];
  const member = Object.keys(mine).find((name) => !isDeepStrictEqual(mine[name], theirs[name]));
  if (member === undefined) return;
  throw new KeyferryError('RESULTS_DIFFER', {
    reason: `${member}: ${JSON.stringify(mine[member])} in one, ${JSON.stringify(theirs[member])} in another`,
  });
}

function mergedShards(found: readonly Results[]): Results['run']['shards'] {
  const all = found.map(({ run }) => run.shards);
  const parts = all.filter((shards) => shards !== null);
  if (parts.length < all.length) {
    if (found.length === 1) return null;
    throw new KeyferryError('SHARDS_OVERLAP', { reason: 'one of these results is that of a whole run' });
  }
  const of = parts[0]?.of ?? 0;
  const other = parts.find((part) => part.of !== of);
  if (other !== undefined) {
    throw new KeyferryError('RESULTS_DIFFER', { reason: `run.shards.of: ${of} in one, ${other.of} in another` });
  }
  const indexes = parts.flatMap((part) => part.indexes).sort((a, b) => a - b);
  const twice = indexes.find((index, place) => indexes[place - 1] === index);
  if (twice !== undefined) throw new KeyferryError('SHARDS_OVERLAP', { reason: `shard ${twice}/${of} is there twice` });
  const missing = Array.from({ length: of }, (_, place) => place + 1).filter((index) => !indexes.includes(index));
  if (missing.length > 0) {
    throw new KeyferryError('SHARDS_MISSING', {
      reason: `not there: ${missing.map((index) => `${index}/${of}`).join(', ')}`,
      values: { missing: missing.map(String) },
    });
  }
  return { indexes, of };
}

/** All shards of a run without --run that came to its end have all cases. */
function refuseHoles({ selected, interrupted, suiteCases }: Results['run'], cases: Results['cases']): void {
  if (selected.length > 0 || interrupted || cases.length === suiteCases) return;
  throw new KeyferryError('SHARDS_MISSING', {
    reason: `the suite has ${suiteCases} cases for this subject, and ${cases.length} are there`,
  });
}

/** From the first start to the last end. */
function mergedRun(found: readonly Results[]): Results['run'] {
  const [first] = found as readonly [Results, ...Results[]];
  const runs = found.map(({ run }) => run);
  const starts = runs.map(({ startedAt }) => Date.parse(startedAt));
  const ends = runs.map(({ startedAt, seconds }) => Date.parse(startedAt) + seconds * 1000);
  const start = Math.min(...starts);
  return {
    ...first.run,
    startedAt: new Date(start).toISOString(),
    seconds: Math.round(Math.max(...ends) - start) / 1000,
    jobs: Math.max(...runs.map(({ jobs }) => jobs)),
    interrupted: runs.some(({ interrupted }) => interrupted),
    troubles: runs.flatMap(({ troubles }) => troubles),
  };
}

/** Shards may have run on different machines: then each fact has the values of all, and `cpus` is the least. */
function mergedHost(found: readonly Results[]): Results['host'] {
  const hosts = found.map(({ host }) => host);
  const all = (member: 'platform' | 'arch' | 'release' | 'node') =>
    [...new Set(hosts.map((host) => host[member]))].join(', ');
  return {
    platform: all('platform'),
    arch: all('arch'),
    release: all('release'),
    node: all('node'),
    cpus: Math.min(...hosts.map(({ cpus }) => cpus)),
  };
}
