type Tone = 'error' | 'warning';
const SGR = { error: '\u001b[1;31m', warning: '\u001b[33m' } as const;
const RESET = '\u001b[0m';

/** Carriage return, and erase to the end of the line (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

/** What a screen needs of stdout and stderr. */
export interface OutputStream {
  readonly isTTY?: boolean;
  /** Columns of the terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** stdout and stderr, with a last line of stderr that comes and goes: whatever else is written clears it first. */
export interface Screen {
  /** Columns that the passing line may have; 0 where there can be none: no terminal, or one that cannot clear a line. */
  columns(): number;
  out(line: string): void;
  err(line: string): void;
  /** Shows the passing line, in place of the one before. */
  draw(text: string): void;
  clear(): void;
  /** Whether a passing line is on the screen. */
  isDrawn(): boolean;
}

export function openScreen(
  { stdout, stderr }: { readonly stdout: OutputStream; readonly stderr: OutputStream },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Screen {
  let drawn = false;
  const clear = () => {
    if (drawn) stderr.write(CLEAR);
    drawn = false;
  };
  return {
    // A terminal that does not know its size reports 0. In the last column some of them break the line.
    columns: () => (stderr.isTTY === true && env.TERM !== 'dumb' ? (stderr.columns || 80) - 1 : 0),
    out: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    err: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    draw: (text) => {
      stderr.write(`${CLEAR}${text}`);
      drawn = true;
    },
    clear,
    isDrawn: () => drawn,
  };
}

/** The one of this process. */
export const SCREEN = openScreen(process);

export function writeOut(line: string): void {
  SCREEN.out(line);
}

export function writeErr(line: string): void {
  SCREEN.err(line);
}

/** Colours a word for stderr: on a terminal only, or if CLICOLOR_FORCE says so; never with NO_COLOR. */
export function tinted(tone: Tone, word: string): string {
  return wantsColour(process.stderr.isTTY === true, process.env) ? `${SGR[tone]}${word}${RESET}` : word;
}

/** NO_COLOR (no-color.org) and CLICOLOR_FORCE (bixense.com/clicolors); set but empty says nothing. */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true;
  return isTerminal && env.TERM !== 'dumb';
}
