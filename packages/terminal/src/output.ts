type Tone = 'error' | 'warning';
const SGR = { error: '\u001b[1;31m', warning: '\u001b[33m' } as const;
const RESET = '\u001b[0m';

export function writeOut(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function writeErr(line: string): void {
  process.stderr.write(`${line}\n`);
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
