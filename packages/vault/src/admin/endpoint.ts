import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { faultSchema, reasonOf } from '../faults/fault.js';
import type { Faults } from '../faults/faults.js';
import { ok, type Reply, type VaultRequest } from '../message.js';
import { markOwnAnswers } from '../raw-reply.js';
import { HTTP_LIMITS, readRequest } from '../read-request.js';
import { errorReply } from '../rules/refusal.js';
import { sendReply } from '../send-reply.js';

/** What the admin endpoint rules over. */
export interface Administered {
  readonly faults: Faults;
  /** The bearer token that it asks for. */
  readonly token: string;
  health(): Reply;
  /** The token endpoint of managed identities, which asks for a header of its own in place of the token. */
  identity(request: VaultRequest): Reply;
  unforeseen(error: unknown): void;
}

/**
 * The admin endpoint: a small JSON API for the loopback interface. It refuses whatever a browser could send (an Origin
 * header, the name of a foreign host), and asks for its token everywhere but at /health.
 */
export function makeAdminServer(administered: Administered): Server {
  const server = createServer(HTTP_LIMITS, (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const work = async () => {
      const message = await readRequest(request);
      const reply =
        message === null
          ? failed(413, 'the request is too large', { connection: 'close' })
          : handleAdmin(message, request.socket.localPort ?? 0, administered);
      await sendReply(response, reply, 0, gone.signal);
    };
    work().catch((error) => {
      if (gone.signal.aborted || request.errored !== null) return;
      administered.unforeseen(error);
      return sendReply(response, failed(500, 'not foreseen; the log has more'), 0, gone.signal);
    });
  });
  markOwnAnswers(server);
  return server;
}

/** Answers a request that came in at a port of the loopback interface. */
export function handleAdmin(request: VaultRequest, port: number, administered: Administered): Reply {
  const { headers, method, path } = request;
  if (headers.origin !== undefined) return failed(403, 'requests of web pages are refused');
  if (!isOwnHost(headers.host ?? '', port)) return failed(421, 'the Host header names another host');
  if (method === 'GET' && path === '/health') return administered.health();
  if (path === '/identity/token') return administered.identity(request);
  if (!isToken(headers.authorization ?? '', administered.token)) {
    return failed(401, 'the bearer token of the file admin-token is missing', { 'www-authenticate': 'Bearer' });
  }
  const [root, id, ...rest] = path.split('/').slice(1);
  if (root !== 'faults' || rest.length > 0) return failed(404, 'there are /health, /faults and /faults/ID');
  return handleFaults(request, id, administered.faults);
}

function handleFaults(request: VaultRequest, id: string | undefined, faults: Faults): Reply {
  const { method } = request;
  if (id === undefined) {
    if (method === 'GET') return ok({ faults: faults.list() });
    if (method === 'POST') return addFault(request, faults);
    if (method === 'DELETE') {
      faults.clear();
      return ok({ faults: [] });
    }
  } else if (method === 'DELETE') {
    return faults.remove(id) ? ok({ faults: faults.list() }) : failed(404, 'there is no such fault (any more)');
  }
  return failed(405, 'there are GET, POST and DELETE of /faults, and DELETE of /faults/ID');
}

function addFault({ headers, body }: VaultRequest, faults: Faults): Reply {
  if (!/^application\/json(;|$)/i.test(headers['content-type'] ?? '')) {
    return failed(415, 'a fault is sent as application/json');
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return failed(400, 'the body is no JSON');
  }
  const parsed = faultSchema.safeParse(value);
  if (!parsed.success) return failed(400, reasonOf(parsed.error));
  return { status: 201, body: faults.add(parsed.data) };
}

function isOwnHost(host: string, port: number): boolean {
  return [`127.0.0.1:${port}`, `localhost:${port}`].includes(host.toLowerCase());
}

function isToken(authorization: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

/** The word for programs, as the hosts of the service have it. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BadParameter',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  421: 'MisdirectedRequest',
};

function failed(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return errorReply({ status, code: CODES[status] ?? 'InternalServerError', message }, headers);
}
