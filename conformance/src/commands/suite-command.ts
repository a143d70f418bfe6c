import { checkOutputs } from '@keyferry/files';
import { type Outcome, type Terminal, withProgress } from '@keyferry/terminal';
import { exceptionsOf, excused } from '../exceptions/apply-exceptions.js';
import { baselineOf } from '../exceptions/baseline.js';
import { readExceptions } from '../exceptions/read-exceptions.js';
import type { Results } from '../report/results.js';
import { resultsOfRun } from '../report/results-of-run.js';
import { reportPaths, writeReports } from '../report/write-reports.js';
import { closeSubject } from '../runner/lanes.js';
import { runCases, type SuiteRun } from '../runner/run-suite.js';
import { selectCases } from '../runner/select.js';
import type { Subject } from '../suite/subject.js';
import { vectorsDigest } from '../vectors/read-vectors.js';
import { readSuiteArguments, type SuiteArguments } from './suite-options.js';

export { textOfResults } from '../report/results-text.js';
export { SUITE_OPTIONS, type SuiteArguments } from './suite-options.js';

/** Seconds that a lane may take to stop once it was told to, and to close. */
const GRACE = 10;
/** Seconds that a subject may take to take back what the cases left. */
const CLOSING = 120;

/**
 * Opens the subject, runs the selected cases, closes the subject in any case, and writes what was asked for. An interruption ends
 * the run, not the report: what was run is told as incomplete. USAGE, EXCEPTIONS_INVALID, EXCEPTION_UNUSED, and the errors of
 * reading and writing files and of opening the subject.
 */
export async function runSuite(
  openSubject: () => Promise<Subject>,
  args: SuiteArguments,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome<Results>> {
  const { patterns, shard, seed, jobs, timeoutSeconds } = readSuiteArguments(args);
  const { baseline, out, force } = args;
  const exceptions = args.expect === undefined ? [] : await readExceptions(args.expect);
  await checkOutputs([...(out === undefined ? [] : reportPaths(out)), ...(baseline ? [baseline] : [])], { force });
  const vectors = await vectorsDigest();
  const startedAt = new Date().toISOString();
  const began = performance.now();

  const subject = await openSubject();
  const { ran, troubles, abandoned, exceptionsById, interrupted } = await closing(subject, terminal, async () => {
    const exceptionsById = exceptionsOf(subject.cases, exceptions);
    const cases = selectCases(subject.cases, patterns, shard);
    terminal.say(`${cases.length} cases, --seed ${seed}`);
    const options = { cases, seed, jobs, timeoutSeconds, graceSeconds: GRACE, signal };
    const run = await withProgress(terminal, 'judged', Math.max(1, cases.length), (step) =>
      runCases(subject, { ...options, onCase: (_, done) => step(done) }),
    );
    return { ...run, exceptionsById, interrupted: run.ran.length < cases.length };
  });

  const result = resultsOfRun(
    subject,
    ran.map((one) => excused(one, exceptionsById, startedAt.slice(0, 10))),
    {
      startedAt,
      seconds: Math.round(performance.now() - began) / 1000,
      seed,
      jobs,
      timeoutSeconds,
      selected: [...patterns],
      shards: shard === null ? null : { indexes: [shard.index], of: shard.of },
      interrupted,
      troubles: [...troubles],
    },
    vectors,
  );
  const list = baseline && !interrupted ? [{ path: baseline, bytes: Buffer.from(baselineOf(result)) }] : [];
  await writeReports(result, { out, force, more: list }, terminal);
  if (baseline && list.length === 0) terminal.warn(`the run was interrupted: ${baseline} is not written`);
  return { result, exit: exitOf(result), abandons: abandoned };
}

/** What the exit status says of a run or of merged shards. A shard that has no case at all is no failure: others have them. */
export function exitOf({ verdict, run, cases }: Results): 'done' | 'verification' | 'interrupted' {
  const isPart = run.shards !== null && run.shards.indexes.length < run.shards.of;
  if (verdict === 'conforms' || (verdict === 'nothing was judged' && isPart && cases.length === 0)) return 'done';
  return run.interrupted ? 'interrupted' : 'verification';
}

/** Closes the subject after the work, on every path; why that failed is among the troubles, or a warning beside the error. */
async function closing<R extends SuiteRun>(subject: Subject, terminal: Terminal, work: () => Promise<R>): Promise<R> {
  let run: R;
  try {
    run = await work();
  } catch (error) {
    const failure = await closeSubject(subject, CLOSING);
    if (failure !== null) terminal.warn(failure.trouble);
    throw error;
  }
  const failure = await closeSubject(subject, CLOSING);
  if (failure === null) return run;
  return { ...run, troubles: [...run.troubles, failure.trouble], abandoned: run.abandoned || failure.abandoned };
}
