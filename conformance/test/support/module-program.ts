import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunResult, runProgram } from '../../../test/support/programs.js';
import type { HsmUnderTest } from '../../../test/support/token.js';
import { againstOf, type Told } from './producer-program.js';

/** What --json prints of one run. */
export interface ModuleRun extends RunResult {
  // biome-ignore lint/suspicious/noExplicitAny: the program holds it against its own schema
  readonly results: any;
  readonly against: Told;
}

export interface ModuleOptions {
  readonly run?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The arguments of `keyferry-conformance` that name a token and its PINs by files. */
export function moduleArguments(token: HsmUnderTest, run: readonly string[] = []): string[] {
  const { module, moduleParameters, label, pinFile, soPin } = token;
  return [
    ...['module', '--json', '--module', module, '--token', label, '--pin-file', pinFile],
    ...(moduleParameters === undefined ? [] : ['--module-parameters', moduleParameters]),
    ...(soPin === null ? [] : ['--so-pin-file', soPinFile(token, soPin)]),
    ...run.flatMap((pattern) => ['--run', pattern]),
  ];
}

/** Runs `keyferry-conformance module --json`. */
export async function judgeModule(
  token: HsmUnderTest,
  { run = [], args = [], env = {} }: ModuleOptions = {},
): Promise<ModuleRun> {
  const words = [...moduleArguments(token, run), ...args];
  const ran = await runProgram('keyferry-conformance', words, { env: { ...token.env, ...env } });
  const results = ran.stdout === '' ? null : JSON.parse(ran.stdout);
  return { ...ran, results, against: againstOf(results?.cases ?? []) };
}

interface ModelResult {
  readonly id: string;
  readonly outcome: string;
  readonly findings: readonly { readonly actual: string }[];
}

/** By topic of the model the shortest sequence that was told of it. */
export function divergencesOf({ cases }: { readonly cases: readonly ModelResult[] }): Record<string, string> {
  const told = cases.filter(({ id, outcome }) => id.startsWith('module/model/') && outcome === 'fail');
  return Object.fromEntries(
    told.map(({ id, findings }) => [
      id.replace('module/model/', ''),
      findings[0]?.actual.replace(/ \(seed \d+\)$/, '') ?? '',
    ]),
  );
}

function soPinFile({ folder, label }: HsmUnderTest, soPin: string): string {
  const path = join(folder, `so-pin-of-${label}`);
  writeFileSync(path, `${soPin}\n`, { mode: 0o600 });
  return path;
}
