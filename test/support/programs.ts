import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST_RUN = 60_000;

/** For a script of many programs, on a machine that has other work. */
export const LONGEST_SCRIPT = 170_000;

export type ProgramName = 'keyferry-wrap' | 'keyferry-import' | 'keyferry-vault' | 'keyferry-conformance';

export interface RunOptions {
  /** Added to the environment of the test; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands on stdin. Without it stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Milliseconds after which it is killed; a minute unless said. */
  readonly longest?: number;
}

export interface RunResult {
  /** The exit status; null when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the four programs as its user would, by its link in node_modules/.bin. */
export function runProgram(name: ProgramName, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runCommand(`${ROOT}node_modules/.bin/${name}`, args, options);
}

/**
 * Runs any program to its end, without a terminal. A program that does not end in time is killed. What names a token folder of
 * SoftHSM2 waits for the last that named it: SoftHSM 2.6.1 writes the file of a token anew at each login, and another process
 * that looks at that moment finds no token.
 */
export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const folder = options.env?.SOFTHSM2_CONF;
  if (folder === undefined) return runAtOnce(command, args, options);
  const run = (lastOn.get(folder) ?? Promise.resolve()).then(() => runAtOnce(command, args, options));
  const ended = run.then(
    () => undefined,
    () => undefined,
  );
  lastOn.set(folder, ended);
  return run;
}

/** By the configuration file of SoftHSM2. */
const lastOn = new Map<string, Promise<void>>();

function runAtOnce(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, FORCE_COLOR: undefined, CLICOLOR_FORCE: undefined, ...options.env };
    const child = spawn(command, args, {
      env,
      cwd: options.cwd,
      timeout: options.longest ?? LONGEST_RUN,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program may end without reading its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** Runs a program that must succeed. */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await runCommand(command, args, options);
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code}: ${result.stderr}${result.stdout}`);
  return result;
}
