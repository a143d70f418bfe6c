import { availableParallelism } from 'node:os';
import { KeyferryError } from '@keyferry/errors';
import type { Terminal } from '@keyferry/terminal';
import { withProgress } from '@keyferry/terminal';
import { OUTCOMES, type Results } from '../report/results.js';
import { resultsOfRun } from '../report/results-of-run.js';
import { type RanCase, runCases } from '../runner/run-suite.js';
import { type Shard, selectCases } from '../runner/select.js';
import type { Subject } from '../suite/subject.js';

/** What `producer`, `importer` and `module` have in common. */
export const SUITE_OPTIONS = {
  run: { type: 'string', array: true, describe: 'only the cases whose id has this pattern; * is any text' },
  shard: { type: 'string', describe: 'only this part of the cases: 2/4 is the second of four' },
  seed: { type: 'number', describe: 'what random choices begin with; printed by each run, to repeat it' },
  jobs: { type: 'number', describe: 'how many cases are run at once; as many as the machine has cores unless said' },
  timeout: { type: 'number', default: 60, describe: 'seconds that a case may take' },
} as const;

export interface SuiteArguments {
  readonly run: string[] | undefined;
  readonly shard: string | undefined;
  readonly seed: number | undefined;
  readonly jobs: number | undefined;
  readonly timeout: number;
}

/** Opens the subject, runs the selected cases, and closes it in any case. */
export async function runSuite(
  openSubject: () => Promise<Subject>,
  args: SuiteArguments,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ result: Results; exit: 'done' | 'verification' }> {
  const shard = args.shard === undefined ? null : readShard(args.shard);
  const seed = args.seed ?? Math.floor(Math.random() * 0x1_0000_0000);
  const jobs = args.jobs ?? availableParallelism();
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const subject = await openSubject();
  let ran: RanCase[];
  try {
    const cases = selectCases(subject.cases, args.run ?? [], shard);
    terminal.say(`${cases.length} cases, --seed ${seed}`);
    ran = await withProgress(terminal, 'judged', cases.length, (step) =>
      runCases(subject, { cases, seed, jobs, timeoutSeconds: args.timeout, signal, onCase: (_, done) => step(done) }),
    );
  } finally {
    await subject.close();
  }
  signal.throwIfAborted();
  const result = resultsOfRun(
    subject,
    ran.map((one) => ({ ran: one, outcome: one.outcome, exception: null })),
    {
      startedAt,
      seconds: Math.round(performance.now() - began) / 1000,
      seed,
      jobs,
      timeoutSeconds: args.timeout,
      selected: args.run ?? [],
      shards: shard === null ? null : { indexes: [shard.index], of: shard.of },
      interrupted: false,
      troubles: [],
    },
    null,
  );
  return { result, exit: result.verdict === 'conforms' ? 'done' : 'verification' };
}

/** What is printed without --json. */
export function textOfResults({ subject, verdict, counts, cases, run }: Results): string {
  const told = cases.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not-applicable');
  return [
    ...told.flatMap(({ id, outcome, reason, findings }) => [
      `${outcome.padEnd(8)}  ${id}${reason === null ? '' : `: ${reason}`}`,
      ...findings
        .filter(({ level }) => level === 'fail' || level === 'warn')
        .flatMap((finding) => [
          `    ${finding.level}  ${finding.id}: ${finding.actual}`,
          `          expected: ${finding.expected}`,
        ]),
    ]),
    `${subject.name}: ${verdict} (${OUTCOMES.filter((outcome) => counts[outcome] > 0)
      .map((outcome) => `${counts[outcome]} ${outcome}`)
      .join(', ')}; --seed ${run.seed})`,
  ].join('\n');
}

function readShard(text: string): Shard {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (index === undefined || shard.index > shard.of) {
    throw new KeyferryError('USAGE', { reason: `--shard is I/N with I from 1 to N, such as 2/4; found ${text}` });
  }
  return shard;
}
