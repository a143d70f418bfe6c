import type { CodeTable } from '../code-entry.js';

/** What stands around a run of the suite: failures that are accepted, and results of shards. */
export const suiteCodes = {
  EXCEPTIONS_INVALID: {
    exit: 'failed',
    title: 'this is no list of accepted failures',
    why: 'The file of --expect is a YAML list of entries with id and reason, and perhaps issue and expires (a day such as 2027-06-30); anchors, tags and other members are refused. One entry speaks of a case, and each says why.',
    mend: 'mend the entry that is named; --baseline writes such a file',
  },
  EXCEPTION_UNUSED: {
    exit: 'failed',
    title: 'an accepted failure speaks of no case',
    why: 'An entry of --expect that covers nothing would stay for ever, and would hide a failure if a case of its name came to be.',
    mend: 'correct its id, or take the entry out',
  },
  RESULTS_INVALID: {
    exit: 'failed',
    title: 'this is no results.json of the suite',
    why: 'A member is missing, unknown, or of another kind than docs/schemas/files/results-1.schema.json says, or the counts, the verdict and the cases do not agree.',
    mend: 'take the results.json that --out has written, unchanged',
  },
  RESULTS_DIFFER: {
    exit: 'failed',
    title: 'these results are not of one run',
    why: 'Shards belong together when the suite, the subject, the seed, the time limit and the selection were the same.',
    mend: 'run all shards with the same subject and the same --seed, --timeout and --run',
  },
  SHARDS_OVERLAP: {
    exit: 'failed',
    title: 'the same part of the suite is there twice',
    why: 'A case that is counted twice makes the counts wrong, and which of its outcomes should hold nobody can tell.',
    mend: 'give the results of each shard once',
  },
  SHARDS_MISSING: {
    exit: 'failed',
    title: 'a part of the suite is missing',
    why: 'A verdict over some shards would speak for the whole.',
    mend: 'give the results of all shards',
  },
} as const satisfies CodeTable;
