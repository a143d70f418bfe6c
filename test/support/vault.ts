import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Owner, privateFolder } from './folder.js';
import { runCommand } from './programs.js';

const bin = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));

/** A keyferry-vault of the test's own, and the environment in which any Azure client reaches it. */
export interface RunningVault {
  readonly data: string;
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts `keyferry-vault serve` as its user would; it is stopped when the test ends. */
export async function startVaultProgram(t: Owner): Promise<RunningVault> {
  const data = join(privateFolder(t), 'vault');
  const server = spawn(join(bin, 'keyferry-vault'), ['serve', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
  t.teardown(stop);
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = once(server, 'exit').then(() => {
    throw new Error(`keyferry-vault ended before it was ready:\n${log}`);
  });
  await Promise.race([once(createInterface(server.stdout), 'line'), ended]);
  ended.catch(() => undefined);
  return { data, env: await environmentOf(data), stop };
}

/** What a shell has after eval "$(keyferry-vault env --data DIR)". */
async function environmentOf(data: string): Promise<Record<string, string>> {
  const script = `eval "$(keyferry-vault env --data "$1")" && env -0`;
  const { stdout } = await runCommand('bash', ['-c', script, 'bash', data], {
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  const pairs = stdout.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
