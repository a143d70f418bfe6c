import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { MAX_OUTPUT_BYTES } from './contract.js';

/** A process with a group of its own, so that it can be killed with its children. */
export interface ToolProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Exit status or signal, or why it could not be started, once all of its output is there. */
  readonly ended: Promise<number | NodeJS.Signals | Error>;
  /** Kills it and its children. */
  kill(): void;
}

export function startProcess(
  [command, ...words]: readonly [string, ...string[]],
  folder: string,
  environment: Readonly<Record<string, string>>,
): ToolProcess {
  const child = spawn(command, words, { cwd: folder, env: environment, detached: true, stdio: 'pipe' });
  const kill = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  // It may end without reading what it is given.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | NodeJS.Signals | Error>((resolve) => {
    child.on('error', resolve);
    // Children that it left behind would hold its output open.
    child.on('exit', kill);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  return { child, ended, kill };
}

/** Collects a stream as text, up to MAX_OUTPUT_BYTES; beyond that `tooMuch` is called, and the rest is dropped. */
export function collect(stream: NodeJS.ReadableStream, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT_BYTES) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}
