import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is typed when a prompt has appeared, or what is done then. */
export type Answer = string | Buffer | ((shown: string) => void);

/** Milliseconds. A program that waits for an answer that it does not get would wait for ever. */
const LONGEST_RUN = 120_000;

/**
 * Runs a shell command on a terminal of its own (`script` of util-linux). When a prompt has appeared behind the last one, its
 * answer is typed, or called: what is typed before a program asks is lost. Gives everything that the terminal showed.
 */
export async function onTerminal(
  command: string,
  answers: readonly (readonly [prompt: string, answer: Answer])[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; shown: string }> {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, NODE_OPTIONS, ...rest } = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...rest, SHELL: '/bin/sh', TERM: 'xterm', ...env },
    timeout: LONGEST_RUN,
    killSignal: 'SIGKILL',
  });
  let shown = '';
  let answered = 0;
  const waiting = [...answers];
  child.stdout.on('data', (chunk) => {
    shown += chunk;
    const [next] = waiting;
    if (next === undefined) return;
    const [prompt, answer] = next;
    const at = shown.indexOf(prompt, answered);
    if (at < 0) return;
    answered = at + prompt.length;
    waiting.shift();
    if (typeof answer === 'function') answer(shown);
    else child.stdin.write(answer);
  });
  const [code, signal] = await once(child, 'close');
  if (signal !== null) throw new Error(`${command} did not end in ${LONGEST_RUN / 1000} s:\n${shown}`);
  return { code: code as number | null, shown };
}
