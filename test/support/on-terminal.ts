import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is typed when a prompt has appeared, or what is done then. */
export type Answer = string | Buffer | ((shown: string) => void);

/**
 * Runs a shell command on a terminal of its own (`script` of util-linux). When a prompt has appeared, its answer is typed,
 * or called. Gives everything that the terminal showed.
 */
export async function onTerminal(
  command: string,
  answers: readonly (readonly [prompt: string, answer: Answer])[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; shown: string }> {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, NODE_OPTIONS, ...rest } = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...rest, SHELL: '/bin/sh', TERM: 'xterm', ...env },
  });
  let shown = '';
  const waiting = [...answers];
  child.stdout.on('data', (chunk) => {
    shown += chunk;
    const [next] = waiting;
    if (next === undefined || !shown.includes(next[0])) return;
    waiting.shift();
    if (typeof next[1] === 'function') next[1](shown);
    else child.stdin.write(next[1]);
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, shown };
}
