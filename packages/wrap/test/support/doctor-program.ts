import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunResult, runProgram } from '../../../../test/support/programs.js';
import type { HsmUnderTest } from '../../../../test/support/token.js';
import type { Finding, Verdict } from '../../src/doctor/findings.js';

/** Options of `keyferry-wrap doctor`: a value, or undefined to leave one out. */
export type DoctorOptions = Readonly<Record<string, string | undefined>>;

export interface Diagnosis {
  readonly code: number | null;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** The levels of all findings with this id. */
  levels(id: string): readonly string[];
  /** Text and hint of all findings with this id. */
  words(id: string): string;
  readonly stderr: string;
}

/** Runs `keyferry-wrap doctor --json` on a token, with module, token and PIN file unless the options say otherwise. */
export async function examined(
  token: HsmUnderTest,
  options: DoctorOptions = {},
  env: Record<string, string> = {},
): Promise<Diagnosis> {
  const { code, stdout, stderr } = await runDoctor(token, options, ['--json'], env);
  if (code !== 0 && code !== 3) throw new Error(`doctor ended with ${code}: ${stderr}`);
  const { verdict, findings } = JSON.parse(stdout) as { verdict: Verdict; findings: Finding[] };
  const of = (id: string) => findings.filter((each) => each.id === id);
  return {
    code,
    verdict,
    findings,
    levels: (id) => of(id).map(({ level }) => level),
    words: (id) =>
      of(id)
        .map(({ text, hint }) => (hint === undefined ? text : `${text} -> ${hint}`))
        .join('\n'),
    stderr,
  };
}

/** The same without --json, whatever comes of it. Two at a time: each keeps a processor busy for seconds. */
export async function runDoctor(
  token: HsmUnderTest,
  options: DoctorOptions = {},
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<RunResult> {
  const all: DoctorOptions = {
    module: token.module,
    'module-parameters': token.moduleParameters,
    token: token.label,
    'pin-file': token.pinFile,
    ...options,
  };
  const args = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const before = lanes.shift() ?? Promise.resolve();
  const run = before.then(() =>
    runProgram('keyferry-wrap', ['doctor', ...args, ...flags], { env: { ...token.env, ...env } }),
  );
  lanes.push(run.then(() => undefined));
  return run;
}

const lanes: Promise<void>[] = [Promise.resolve(), Promise.resolve()];

/** Each object of a SoftHSM2 token, as it lies on the disk: nothing that is in a token can be hidden from this. */
export function storedObjects({ folder }: Pick<HsmUnderTest, 'folder'>): string[] {
  const tokens = join(folder, 'tokens');
  return readdirSync(tokens, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.object') && !name.endsWith('token.object'))
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(tokens, name)))
          .digest('hex')}`,
    );
}
