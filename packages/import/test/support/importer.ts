import { type RunResult, runProgram } from '../../../../test/support/programs.js';

/** What ended a run of keyferry-import: the exit status, and the code of the error or null. */
export interface Ended extends RunResult {
  readonly error: string | null;
  /** What --json printed. */
  readonly json: Record<string, unknown>;
}

const MOST_AT_ONCE = 3;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs keyferry-import --json as its user would; of many at once a few at a time. */
export async function runImporter(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    const clean = { AZURE_LOG_LEVEL: undefined, AZURE_TOKEN_CREDENTIALS: undefined, NO_PROXY: '', no_proxy: '' };
    const result = await runProgram('keyferry-import', [...args, '--json'], { env: { ...clean, ...env } });
    const json = result.stdout === '' ? {} : JSON.parse(result.stdout);
    return { ...result, json, error: json.error?.code ?? null };
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
