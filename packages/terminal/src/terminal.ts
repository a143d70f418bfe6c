import { SCREEN, tinted } from './output.js';
import { printable, printableLines } from './printable.js';
import { NO_PROGRESS, type Progress, progressOn } from './progress.js';
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
  /**
   * Shows on the last line of stderr how far a long work is: on a terminal, without --quiet and --json, once it lasts more
   * than a second. `what` in one or two words, `total` more than 0. Whoever begins it calls `end`, on every path.
   */
  progress(what: string, total: number): Progress;
}

export function openTerminal(
  mode: { json: boolean; quiet: boolean },
  signal: AbortSignal,
  screen = SCREEN,
  now: () => number = () => performance.now(),
): Terminal {
  const say = (text: string) => {
    if (!mode.quiet) screen.err(printableLines(text));
  };
  return {
    json: mode.json,
    quiet: mode.quiet,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    print: mode.json ? say : (text) => screen.out(printableLines(text)),
    say,
    warn: (text) => screen.err(`${tinted('warning', 'warning:')} ${printable(text)}`),
    ask: (question) => {
      screen.clear();
      return readAnswer(question, signal);
    },
    askSecret: (question) => {
      screen.clear();
      return readSecret(question, signal);
    },
    progress: (what, total) =>
      mode.json || mode.quiet || screen.columns() === 0 ? NO_PROGRESS : progressOn(screen, what, total, now),
  };
}
