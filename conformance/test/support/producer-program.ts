import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunResult, runProgram } from '../../../test/support/programs.js';
import type { HsmUnderTest } from '../../../test/support/token.js';

/** By id of each case that did not pass: its outcome, and the ids of the findings that failed or warned, with their level. */
export type Told = Readonly<Record<string, readonly string[]>>;

/** What --json prints of one run. */
export interface ProducerRun extends RunResult {
  // biome-ignore lint/suspicious/noExplicitAny: the program holds it against its own schema
  readonly results: any;
  readonly against: Told;
}

export const ADAPTERS = fileURLToPath(new URL('../../adapters/', import.meta.url));

export interface ProducerOptions {
  readonly adapter: string;
  readonly run?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs `keyferry-conformance producer --json`. */
export async function judgeProducer({ adapter, run = [], args = [], env = {} }: ProducerOptions): Promise<ProducerRun> {
  const words = ['producer', '--json', '--adapter', adapter, ...run.flatMap((pattern) => ['--run', pattern]), ...args];
  const ran = await runProgram('keyferry-conformance', words, { env });
  const results = ran.stdout === '' ? null : JSON.parse(ran.stdout);
  return { ...ran, results, against: againstOf(results?.cases ?? []) };
}

interface CaseResult {
  readonly id: string;
  readonly outcome: string;
  readonly findings: readonly { readonly id: string; readonly level: string }[];
}

export function againstOf(cases: readonly CaseResult[]): Told {
  const told = cases.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not-applicable');
  return Object.fromEntries(
    told.map(({ id, outcome, findings }) => [
      id,
      [
        outcome,
        ...findings
          .filter(({ level }) => level === 'fail' || level === 'warn')
          .map((each) => `${each.level} ${each.id}`),
      ],
    ]),
  );
}

/** The environment of the adapter of keyferry-wrap. */
export function wrapAdapterEnv(token: HsmUnderTest): Record<string, string> {
  return {
    ...token.env,
    KEYFERRY_WRAP_MODULE: token.module,
    KEYFERRY_WRAP_TOKEN: token.label,
    KEYFERRY_WRAP_PIN_FILE: token.pinFile,
  };
}

/** A file of --features that makes so many blobs a field. */
export function featuresFile(folder: string, text: string): string {
  const path = join(folder, 'features.yaml');
  writeFileSync(path, text);
  return path;
}
