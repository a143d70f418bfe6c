import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, isErrorCode, KeyferryError } from '@keyferry/errors';
import { SubjectCrash, type Verdict } from '../suite/verdict.js';
import type { Looked, Reply, Request, SentError } from './protocol.js';

/** Seconds that a module may take to let go of its token before its process is killed. */
const LAST_WORDS = 5;

export interface ModuleUnderTest {
  readonly path: string;
  readonly parameters: string | undefined;
  /** Label or URI. */
  readonly token: string;
  /** Variables of the environment that are kept from the module, since they may hold a PIN. */
  readonly withheld: readonly string[];
}

/** A process that holds the module, seen from here. */
export class Holder {
  readonly looked: Looked;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, looked: Looked) {
    this.#process = process;
    this.looked = looked;
  }

  static async start({ path, parameters, token, withheld }: ModuleUnderTest): Promise<Holder> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.includes(name)));
    const child = fork(fileURLToPath(new URL('./holder.js', import.meta.url)), [], {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // A module that hangs does not see that nobody waits for it any more.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    try {
      const reply = await ask(child, { do: 'look', module: path, parameters, token });
      if (!('looked' in reply)) throw new KeyferryError('INTERNAL', { reason: 'not what was asked' });
      return new Holder(child, reply.looked);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  async enter(pins: { pin: string | null; soPin: string | null }): Promise<void> {
    await ask(this.#process, { do: 'enter', ...pins });
  }

  async stock(): Promise<readonly string[]> {
    const reply = await ask(this.#process, { do: 'stock' });
    if (!('stock' in reply)) throw new KeyferryError('INTERNAL', { reason: 'not what was asked' });
    return reply.stock;
  }

  async run(id: string, { signal, seed }: { readonly signal: AbortSignal; readonly seed: number }): Promise<Verdict> {
    const kill = () => this.#process.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    try {
      signal.throwIfAborted();
      const reply = await ask(this.#process, { do: 'run', id, seed });
      if (!('verdict' in reply)) throw new KeyferryError('INTERNAL', { reason: 'not what was asked' });
      return reply.verdict;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const limit = setTimeout(() => child.kill('SIGKILL'), LAST_WORDS * 1000);
    if (child.connected) child.disconnect();
    await ended;
    clearTimeout(limit);
  }
}

/** Sends a request and waits for its reply. What the module does to its process is a SubjectCrash. */
function ask(child: ChildProcess, request: Request): Promise<Exclude<Reply, { error: SentError }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) => {
      child.off('message', onMessage);
      reject(new SubjectCrash(`the module ended its process: ${signal ?? `exit status ${code}`}`));
    };
    const onMessage = (reply: Reply) => {
      child.off('exit', onExit);
      if ('error' in reply) reject(received(reply.error));
      else resolve(reply);
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
    child.send(
      request,
      (error) => error && reject(new SubjectCrash(`the process of the module has gone: ${error.message}`)),
    );
  });
}

function received({ code, reason, hint, values }: SentError): Error {
  if (code === null || !isErrorCode(code)) return new Error(reason);
  return new KeyferryError(code as ErrorCode, { reason, ...(hint === undefined ? {} : { hint }), values });
}
