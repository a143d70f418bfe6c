import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, isErrorCode, KeyferryError } from '@keyferry/errors';
import { mechanismName } from '@keyferry/pkcs11';
import type { Lane, Subject } from '../suite/subject.js';
import { SubjectCrash, type Verdict } from '../suite/verdict.js';
import { MODULE_CASES } from './cases.js';
import type { Looked, Reply, Request, SentError } from './protocol.js';

export interface ModuleUnderTest {
  readonly path: string;
  readonly parameters: string | undefined;
  /** Label or URI. */
  readonly token: string;
}

/** Asked once, when the token has shown that it is for tests. `soPin` null: cases of the officer are skipped. */
export type AskPins = (token: Looked['token']) => Promise<{ pin: string | null; soPin: string | null }>;

/** A PKCS#11 module with a token for tests. Errors: MODULE_*, TOKEN_*, TOKEN_NOT_FOR_TESTS, PIN_*, HSM_ERROR. */
export async function openModule(under: ModuleUnderTest, askPins: AskPins): Promise<Subject> {
  const first = await Holder.start(under);
  try {
    const { module, token } = first.looked;
    const pins = await askPins(token);
    await first.enter(pins);
    const before = await first.stock();
    let ready: Holder | null = first;
    return {
      facts: {
        kind: 'module',
        name: module.description || module.manufacturer,
        version: module.version,
        sha256: await sha256Of(under.path),
        features: {
          token: `${token.manufacturer} ${token.model}, firmware ${token.firmware}`,
          mechanisms: [...token.mechanisms]
            .sort((a, b) => a - b)
            .map(mechanismName)
            .join(', '),
          'security officer': pins.soPin === null ? 'no' : 'yes',
        },
      },
      cases: MODULE_CASES,
      // Two sessions of one token see each other's objects and logins.
      mostLanes: 1,
      async openLane() {
        const holder = ready ?? (await Holder.start(under));
        if (ready === null) await holder.enter(pins);
        ready = null;
        return holder;
      },
      async close() {
        const last = ready ?? (await Holder.start(under));
        try {
          if (ready === null) await last.enter(pins);
          refuseChange(before, await last.stock());
        } finally {
          await last.close();
        }
      },
    };
  } catch (error) {
    await first.close();
    throw error;
  }
}

/** A process that holds the module, seen from here. */
class Holder implements Lane {
  readonly looked: Looked;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, looked: Looked) {
    this.#process = process;
    this.looked = looked;
  }

  static async start({ path, parameters, token }: ModuleUnderTest): Promise<Holder> {
    const child = fork(fileURLToPath(new URL('./holder.js', import.meta.url)), [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
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
    if (child.connected) child.disconnect();
    await ended;
  }
}

/** What was in the token before is there afterwards, and nothing else. HSM_LEFTOVER. */
function refuseChange(before: readonly string[], after: readonly string[]): void {
  const more = after.filter((object) => !before.includes(object)).length;
  const gone = before.filter((object) => !after.includes(object)).length;
  if (more === 0 && gone === 0 && before.length === after.length) return;
  throw new KeyferryError('HSM_LEFTOVER', {
    reason: `of ${before.length} objects of the token ${gone} are gone or changed, and ${more} are new`,
  });
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

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
