import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import type { Shard } from '../runner/select.js';

/** What `producer`, `importer` and `module` have in common. */
export const SUITE_OPTIONS = {
  run: { type: 'string', array: true, describe: 'only the cases whose id has this pattern; * is any text' },
  shard: { type: 'string', describe: 'only this part of the cases: 2/4 is the second of four' },
  seed: { type: 'number', describe: 'what random choices begin with; printed by each run, to repeat it' },
  jobs: { type: 'number', describe: 'how many cases are run at once; as many as the machine has cores unless said' },
  timeout: { type: 'number', default: 60, describe: 'seconds that a case may take' },
  expect: { type: 'string', describe: 'a list of failures that are known and accepted, in YAML' },
  baseline: { type: 'string', describe: 'write what fails to this file, as such a list' },
  out: {
    type: 'string',
    describe: 'write results.json, report.html, junit.xml, results.tap and badge.json into this folder',
  },
  force: { type: 'boolean', default: false, describe: 'let the reports and the baseline replace files' },
} as const;

/** The options of SUITE_OPTIONS as they were given. */
export interface SuiteArguments {
  readonly run: string[] | undefined;
  readonly shard: string | undefined;
  readonly seed: number | undefined;
  readonly jobs: number | undefined;
  readonly timeout: number;
  readonly expect: string | undefined;
  readonly baseline: string | undefined;
  readonly out: string | undefined;
  readonly force: boolean;
}

export interface SuiteSelection {
  readonly patterns: readonly string[];
  readonly shard: Shard | null;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  readonly jobs: number;
  readonly timeoutSeconds: number;
}

/** Throws USAGE. */
export function readSuiteArguments(args: SuiteArguments): SuiteSelection {
  const { run: patterns = [], shard, seed, jobs, timeout, expect, baseline } = args;
  if (expect !== undefined && baseline !== undefined && resolve(expect) === resolve(baseline)) {
    throw usage('--baseline would be written over the file of --expect; give it a name of its own');
  }
  return {
    patterns,
    shard: shard === undefined ? null : readShard(shard),
    seed: seed === undefined ? Math.floor(Math.random() * 0x1_0000_0000) : whole('--seed', seed, 0, 0xffff_ffff),
    jobs: jobs === undefined ? Math.min(availableParallelism(), 64) : whole('--jobs', jobs, 1, 64),
    timeoutSeconds: inRange('--timeout', timeout, 0.001, 86_400),
  };
}

function readShard(text: string): Shard {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (index === undefined || shard.index > shard.of) {
    throw usage(`--shard is I/N with I from 1 to N, such as 2/4; found ${text}`);
  }
  return shard;
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value)) return inRange(name, value, least, most);
  throw usage(`${name} is a whole number from ${least} to ${most}; found ${value}`);
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw usage(`${name} is a number from ${least} to ${most}; found ${value}`);
}

function usage(reason: string): KeyferryError {
  return new KeyferryError('USAGE', { reason });
}
