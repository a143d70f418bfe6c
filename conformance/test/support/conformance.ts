import { LONGEST_SCRIPT, type RunResult, runProgram } from '../../../test/support/programs.js';
import type { Results } from '../../src/report/results.js';

/** What a run of the suite ended with. */
export interface Judged extends RunResult {
  /** What --json printed; empty when it ended with an error. */
  readonly results: Results;
  /** The code of the error; null when it ended with results. */
  readonly error: string | null;
}

const MOST_AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs keyferry-conformance --json as its user would; of many at once a few at a time. */
export async function runConformance(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Judged> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  const clean = { AZURE_LOG_LEVEL: undefined, AZURE_TOKEN_CREDENTIALS: undefined, NO_PROXY: '', no_proxy: '' };
  try {
    const ended = await runProgram('keyferry-conformance', [...args, '--json'], {
      env: { ...clean, ...env },
      longest: LONGEST_SCRIPT,
    });
    const json = ended.stdout === '' ? {} : JSON.parse(ended.stdout);
    return { ...ended, results: json, error: json.error?.code ?? null };
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** The cases with an outcome, and of each the findings that brought it: `ID: FINDING, FINDING`. */
export function casesWith(results: Results, outcome: Results['cases'][number]['outcome']): string[] {
  const level = outcome === 'warn' ? 'warn' : 'fail';
  return results.cases
    .filter((one) => one.outcome === outcome)
    .map(({ id, findings }) => [id, findings.filter((finding) => finding.level === level).map((finding) => finding.id)])
    .map(([id, ids]) => (ids?.length ? `${id}: ${(ids as string[]).join(', ')}` : `${id}`));
}
