import { quote } from '../oracle/index.js';
import { SubjectCrash } from '../suite/verdict.js';
import { EXIT_MADE, EXIT_REFUSED, EXIT_UNSUPPORTED } from './contract.js';
import { withoutSecrets } from './environment.js';

/** How one command of the adapter ended. */
export interface ToolRun {
  readonly exit: typeof EXIT_MADE | typeof EXIT_REFUSED | typeof EXIT_UNSUPPORTED;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool behind the contract, whichever of its two modes it speaks. One command at a time. */
export interface Adapter {
  /**
   * Runs one command: the words that follow CMD. SubjectCrash for an end that the contract does not have. When `signal`
   * aborts, the tool and its children are killed, and the reason of the signal is thrown.
   */
  run(words: readonly string[], signal: AbortSignal): Promise<ToolRun>;
  close(): Promise<void>;
}

/** Where and how the tool is run. */
export interface Place {
  /** Split into words: the program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  /** The folder that the tool is started in; its own. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What is cut from the texts that are kept. */
  readonly secrets: readonly string[];
}

/** Holds an end against the contract. SubjectCrash. */
export function endOf(
  words: readonly string[],
  status: number | NodeJS.Signals,
  output: { readonly stdout: string; readonly stderr: string },
  { secrets }: Place,
): ToolRun {
  if (status === EXIT_MADE || status === EXIT_REFUSED || status === EXIT_UNSUPPORTED)
    return { exit: status, ...output };
  throw crash(`${words[0] ?? 'the tool'} ended with ${status}`, output.stderr, secrets);
}

/** With the last lines that the tool wrote on stderr. */
export function crash(how: string, stderr: string, secrets: readonly string[]): SubjectCrash {
  const last = lastLines(stderr, secrets);
  return new SubjectCrash(last === '' ? how : `${how}; its last words: ${last}`);
}

/** The last lines of a text of the tool on one line, fit to be shown, without secrets. */
export function lastLines(text: string, secrets: readonly string[], count = 5): string {
  const lines = withoutSecrets(text, secrets)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines
    .slice(-count)
    .map((line) => quote(line).slice(1, -1))
    .join(' / ');
}
