import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from './authority.js';
import { findHost, type Host, MANAGEMENT_HOST } from './hosts.js';
import { handleLogin } from './identity/directory.js';
import type { Tokens } from './identity/tokens.js';
import type { Reply, VaultRequest } from './message.js';
import { challenge } from './rest/authorization.js';
import type { Context } from './rest/context.js';
import { handleKeys } from './rest/router.js';
import { errorReply, notImplemented } from './rules/refusal.js';
import { EMULATOR_HEADER } from './version.js';

/** The largest blob is about 4 KiB; the rest is room for tags. */
export const MAX_BODY_BYTES = 64 * 1024;

export interface Log {
  /** One line a request. */
  request(line: string): void;
  /** An error that nobody foresaw, with its stack. */
  unforeseen(error: unknown): void;
}

/** The one TLS listener behind all hosts. */
export function makeServer(
  tls: Certificate,
  context: Context,
  tokens: Tokens,
  log: Log,
): {
  readonly server: Server;
  /** Resolves when no request is under way. */
  answered(): Promise<void>;
} {
  // Connections stay open as long as those of the service: a client that reuses one must not meet its end.
  const limits = {
    maxHeaderSize: 16 * 1024,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 120_000,
  };
  const server = createServer({ cert: tls.certificate, key: tls.privateKey, minVersion: 'TLSv1.2', ...limits });
  const underWay = new Set<Promise<void>>();
  server.on('request', (request, response) => {
    const started = performance.now();
    const closed = new Promise<void>((resolve) => {
      response.on('close', () => {
        underWay.delete(closed);
        log.request(describe(request, response, performance.now() - started));
        resolve();
      });
    });
    underWay.add(closed);
    answer(request, context, tokens).then(
      (reply) => send(response, reply),
      (error) => {
        if (request.errored !== null) return; // The client went away.
        log.unforeseen(error);
        const message = 'The emulator met an error that it did not foresee; its log has more.';
        send(
          response,
          errorReply({ status: 500, code: 'InternalServerError', message, inner: 'KeyferryVault.INTERNAL' }),
        );
      },
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(rawError(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400));
  });
  const answered = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return { server, answered };
}

async function answer(request: IncomingMessage, context: Context, tokens: Tokens): Promise<Reply> {
  const host = hostOf(request);
  if (host === null) {
    return errorReply({
      status: 421,
      code: 'MisdirectedRequest',
      message: 'No vault, Managed HSM or login host of that name is here.',
    });
  }
  const body = await readWhole(request);
  if (body === null) {
    const message = `A request body has at most ${MAX_BODY_BYTES} bytes here.`;
    return errorReply({ status: 413, code: 'RequestEntityTooLarge', message }, { connection: 'close' });
  }
  const [path = '', query] = (request.url ?? '').split('?', 2);
  const headers = request.headers as VaultRequest['headers'];
  const message: VaultRequest = {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers,
    body,
  };
  if (host.role === 'login') return handleLogin(message, tokens, context.now());
  if (host.role === 'management')
    return errorReply(notImplemented(`keyferry-vault does not play ${MANAGEMENT_HOST} yet.`).details);
  const addressed = { ...message, host };
  return challenge(addressed, tokens, context.now()) ?? handleKeys(addressed, context);
}

function hostOf(request: IncomingMessage): Host | null {
  return findHost(request.headers.host?.replace(/:\d+$/, '') ?? '');
}

/** Null when there is more than the limit; the rest is not read. */
async function readWhole(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply: Reply): void {
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    ...(text !== '' && {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    }),
    'cache-control': 'no-cache',
    ...EMULATOR_HEADER,
    ...reply.headers,
  });
  response.end(text);
}

function rawError(status: number): string {
  const [name, value] = Object.entries(EMULATOR_HEADER)[0] ?? [];
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${name}: ${value}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}

/** Never the query, a header or a body: they can hold secrets. */
function describe(request: IncomingMessage, response: ServerResponse, ms: number): string {
  const path = (request.url ?? '').split('?', 1)[0];
  const status = response.writableFinished ? response.statusCode : 'aborted';
  const host = request.headers.host?.replace(/:\d+$/, '') ?? '-';
  return `${request.method} ${host} ${path} ${status} ${ms.toFixed(1)} ms`;
}
