import { SubjectCrash } from '../suite/verdict.js';
import { type Adapter, crash, endOf, lastLines, type Place } from './adapter.js';
import { CONTRACT, MAX_OUTPUT_BYTES, type ServeReply, type ServeRequest, serveReplySchema } from './contract.js';
import { startProcess } from './process.js';

/** How long the tool may take to end after `stop`, in milliseconds. */
const PARTING_MS = 5000;

type Sent = ServeRequest extends infer R ? (R extends ServeRequest ? Omit<R, 'id'> : never) : never;

/** Starts `CMD serve` once, and speaks to it in lines of JSON. */
export function serveAdapter(place: Place): Adapter {
  const tool = startProcess([...place.command, 'serve'], place.folder, place.environment);
  const lines = linesOf(tool.child.stdout);
  let stderr = '';
  tool.child.stderr.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString()}`.slice(-MAX_OUTPUT_BYTES);
  });
  let next = 1;
  let gone = false;
  void tool.ended.then(() => {
    gone = true;
    lines.end();
  });

  async function ask(request: Sent): Promise<ServeReply> {
    const id = next++;
    tool.child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    const line = await lines.next();
    if (line === null) throw await early(request.do);
    if (line instanceof Error) throw new SubjectCrash(line.message);
    const reply = serveReplySchema.safeParse(parsed(line));
    if (!reply.success) {
      throw new SubjectCrash(
        `a reply that is not as the contract has it: ${lastLines(line.slice(0, 500), place.secrets)}`,
      );
    }
    if (reply.data.id !== id) throw new SubjectCrash(`a reply to ${reply.data.id} where one to ${id} was due`);
    return reply.data;
  }

  async function early(during: string): Promise<SubjectCrash> {
    const status = await tool.ended;
    if (status instanceof Error) return new SubjectCrash(`the tool cannot be started: ${status.message}`);
    return crash(`serve ended with ${status} during ${during}`, stderr, place.secrets);
  }

  let started: Promise<ServeReply> | null = null;
  return {
    async run(words, signal) {
      signal.throwIfAborted();
      signal.addEventListener('abort', tool.kill);
      try {
        started ??= ask({ do: 'start', contract: CONTRACT });
        const { exit: ready } = await started;
        if (ready !== 0) throw new SubjectCrash(`serve answered start with ${ready}`);
        stderr = '';
        const reply = await ask({ do: 'run', words: [...words] });
        const output = { stdout: reply.stdout ?? '', stderr: `${reply.stderr ?? ''}${stderr}` };
        return endOf(words, reply.exit, output, place);
      } catch (error) {
        tool.kill();
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener('abort', tool.kill);
      }
    },
    async close() {
      const timer = setTimeout(tool.kill, PARTING_MS);
      try {
        if (!gone && started !== null) tool.child.stdin.write(`${JSON.stringify({ id: next++, do: 'stop' })}\n`);
        tool.child.stdin.end();
        await tool.ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

interface Lines {
  /** The next line; null after the last; an Error in the place of one that is too long. */
  next(): Promise<string | Error | null>;
  end(): void;
}

function linesOf(stream: NodeJS.ReadableStream): Lines {
  const ready: (string | Error)[] = [];
  let waiting: ((line: string | Error | null) => void) | null = null;
  let rest = Buffer.alloc(0);
  let over = false;
  const give = (line: string | Error) => {
    if (waiting === null) ready.push(line);
    else waiting(line);
    waiting = null;
  };
  stream.on('data', (chunk: Buffer) => {
    if (over) return;
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      give(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
    }
    if (rest.length <= MAX_OUTPUT_BYTES) return;
    over = true;
    rest = Buffer.alloc(0);
    give(new Error(`a line of more than ${MAX_OUTPUT_BYTES} bytes`));
  });
  return {
    next() {
      const line = ready.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (over) return Promise.resolve(null);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    end() {
      over = true;
      waiting?.(null);
      waiting = null;
    },
  };
}
