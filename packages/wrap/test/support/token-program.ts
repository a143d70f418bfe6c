import { type RunResult, runProgram } from '../../../../test/support/programs.js';
import type { HsmUnderTest } from '../../../../test/support/token.js';

/** Options of a command: a value, true for a flag, undefined to leave one out. */
export type TokenOptions = Readonly<Record<string, string | true | undefined>>;

export interface TokenRun extends RunResult {
  /** What --json printed. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has a schema of its own, and the program checks it
  readonly json: any;
}

/** Runs a command of keyferry-wrap with --json on a token. */
export async function runOnToken(
  token: HsmUnderTest,
  command: string,
  options: TokenOptions,
  env: Record<string, string> = {},
): Promise<TokenRun> {
  const all: TokenOptions = {
    token: token.label,
    module: token.module,
    'module-parameters': token.moduleParameters,
    json: true,
    ...options,
  };
  const words = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  );
  const run = await runProgram('keyferry-wrap', [...command.split(' '), ...words], { env: { ...token.env, ...env } });
  return { ...run, json: all.json === true ? JSON.parse(run.stdout) : null };
}
