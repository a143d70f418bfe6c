import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { type Answered, answer, type Served } from './answer.js';
import type { Certificate } from './authority.js';
import { findHost } from './hosts.js';
import type { Log, RequestEvent, Trace } from './log/request-event.js';
import { markOwnAnswers } from './raw-reply.js';
import { HTTP_LIMITS, MAX_BODY_BYTES, readRequest } from './read-request.js';
import { errorReply } from './rules/refusal.js';
import { sendReply } from './send-reply.js';

/** The one TLS listener behind all hosts. */
export function makeServer(
  tls: Certificate,
  served: Served,
  log: Log,
): {
  readonly server: Server;
  /** Resolves when no request is under way. */
  answered(): Promise<void>;
} {
  const own = { cert: tls.certificate, key: tls.privateKey, minVersion: 'TLSv1.2', handshakeTimeout: 30_000 } as const;
  const server = createServer({ ...own, ...HTTP_LIMITS });
  markOwnAnswers(server);
  const reset = resets(server);
  const underWay = new Set<Promise<void>>();
  server.on('request', (request, response) => {
    const started = performance.now();
    const gone = new AbortController();
    const trace: Trace = { client: null, faults: [], steps: [] };
    const closed = new Promise<void>((resolve) => {
      response.on('close', () => {
        underWay.delete(closed);
        if (!response.writableFinished) gone.abort();
        log.request(eventOf(request, response, trace, performance.now() - started));
        resolve();
      });
    });
    underWay.add(closed);
    const work = async () => {
      const { reply, slowMs = 0 } = await answerRequest(request, served, trace, gone.signal);
      if (reply === null) reset(request.socket);
      else await sendReply(response, reply, slowMs, gone.signal);
    };
    work().catch((error) => {
      if (request.errored !== null || gone.signal.aborted) return; // The client went away.
      log.unforeseen(error);
      const message = 'The emulator met an error that it did not foresee; its log has more.';
      const reply = errorReply({ status: 500, code: 'InternalServerError', message, inner: 'KeyferryVault.INTERNAL' });
      return sendReply(response, reply, 0, gone.signal);
    });
  });
  const answered = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return { server, answered };
}

async function answerRequest(
  request: IncomingMessage,
  served: Served,
  trace: Trace,
  gone: AbortSignal,
): Promise<Answered> {
  const host = findHost(hostOf(request));
  if (host === null) {
    const message = 'No vault, Managed HSM or login host of that name is here.';
    return { reply: errorReply({ status: 421, code: 'MisdirectedRequest', message }) };
  }
  const message = await readRequest(request);
  if (message === null) {
    const message = `A request body has at most ${MAX_BODY_BYTES} bytes here.`;
    return { reply: errorReply({ status: 413, code: 'RequestEntityTooLarge', message }, { connection: 'close' }) };
  }
  try {
    return await answer(message, host, served, trace, gone);
  } finally {
    message.body.fill(0);
  }
}

/** In lower case, without port; empty without a Host header. */
function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** A function that resets (RST) the connection below a TLS socket: TLS itself can only close it. */
function resets(server: Server): (socket: Socket) => void {
  const connections = new Map<string, Socket>();
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    connections.set(name, socket);
    socket.once('close', () => connections.delete(name));
  });
  return (socket) => {
    connections.get(nameOf(socket))?.resetAndDestroy();
    socket.destroy();
  };
}

function eventOf(request: IncomingMessage, response: ServerResponse, trace: Trace, ms: number): RequestEvent {
  return {
    method: request.method ?? '-',
    host: hostOf(request) || '-',
    path: (request.url ?? '').split('?', 1)[0] ?? '',
    status: response.writableFinished ? response.statusCode : null,
    ms,
    ...trace,
  };
}
