import { tinted, writeErr, writeOut } from './output.js';
import { printable, printableLines } from './printable.js';
import { readAnswer, readSecret } from './prompt.js';

/** How a command speaks. Everything printed is cleared of characters that could steer the terminal. */
export interface Terminal {
  /** stdin and stderr are terminals: somebody can be asked. */
  readonly interactive: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Data, to stdout, with a line feed. With --json it goes where `say` goes: stdout then holds the result alone. */
  print(text: string): void;
  /** Words for people, to stderr; silent with --quiet. */
  say(text: string): void;
  /** `warning: ...` on one line of stderr, also with --quiet. */
  warn(text: string): void;
  /** Asks on stderr and reads a line from the terminal, trimmed. Throws NOT_A_TERMINAL, CANCELLED (end of input), INTERRUPTED. */
  ask(question: string): Promise<string>;
  /** The same without echo and untrimmed. The answer is a string and cannot be wiped. */
  askSecret(question: string): Promise<string>;
}

export function openTerminal(mode: { json: boolean; quiet: boolean }, signal: AbortSignal): Terminal {
  const say = (text: string) => {
    if (!mode.quiet) writeErr(printableLines(text));
  };
  return {
    json: mode.json,
    quiet: mode.quiet,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    print: mode.json ? say : (text) => writeOut(printableLines(text)),
    say,
    warn: (text) => writeErr(`${tinted('warning', 'warning:')} ${printable(text)}`),
    ask: (question) => readAnswer(question, signal),
    askSecret: (question) => readSecret(question, signal),
  };
}
