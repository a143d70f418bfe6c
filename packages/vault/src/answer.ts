import { setTimeout } from 'node:timers/promises';
import { faultReply } from './faults/fault-reply.js';
import type { Faults, Strike } from './faults/faults.js';
import type { Throttle } from './faults/throttle.js';
import { type Host, resourceOf } from './hosts.js';
import { authenticate } from './identity/bearer.js';
import { handleLogin, MANAGEMENT_RESOURCES } from './identity/directory.js';
import { type AccessModel, forbid } from './identity/permissions.js';
import { handleManagement } from './identity/subscriptions.js';
import type { Tokens } from './identity/tokens.js';
import type { Trace } from './log/request-event.js';
import type { Reply, VaultRequest } from './message.js';
import type { Context } from './rest/context.js';
import { handleKeys } from './rest/router.js';

/** What stands behind the hosts. */
export interface Served {
  readonly context: Context;
  readonly tokens: Tokens;
  /** How the vaults decide who may do what. */
  readonly accessModel: AccessModel;
  readonly faults: Faults;
  readonly throttle: Throttle | null;
  health(): Reply;
}

/** What becomes of a request. */
export interface Answered {
  /** Null: the connection is to be reset in place of an answer. */
  readonly reply: Reply | null;
  /** How long the body shall take. */
  readonly slowMs?: number;
}

const SPARED: Strike = { kinds: [], clockSeconds: 0, delayMs: 0, answer: null };

/**
 * Answers a request to one of the hosts, with the faults on demand that it has to bear. They spare `/health`, and requests
 * to a vault without token: clients send those first, only to be told where to log in. Throws what nobody foresaw, and
 * AbortError when the client has gone.
 */
export async function answer(
  request: VaultRequest,
  host: Host,
  served: Served,
  trace: Trace,
  gone: AbortSignal,
): Promise<Answered> {
  const { method, path } = request;
  if (method === 'GET' && path === '/health') return { reply: served.health() };
  const spared = host.role !== 'login' && request.headers.authorization === undefined;
  const strike = spared ? SPARED : served.faults.strike({ host: host.host, method, path });
  trace.faults.push(...strike.kinds);
  const context: Context = {
    ...served.context,
    now: () => served.context.now() + strike.clockSeconds,
    onStep: (step, detail) => void trace.steps.push({ step, detail }),
  };

  if (strike.delayMs > 0) await setTimeout(strike.delayMs, undefined, { signal: gone });
  const fault = strike.answer;
  const work = async () => {
    if (fault?.kind === 'reset') return null;
    if (fault?.kind === 'error') return faultReply(fault, host.role);
    const reply = await route(request, host, served, context, trace);
    if (fault?.kind === 'lost-answer') return null;
    return strike.clockSeconds === 0 ? reply : dated(reply, context.now());
  };
  return { reply: await work(), slowMs: fault?.kind === 'slow-body' ? fault.ms : 0 };
}

function route(
  request: VaultRequest,
  host: Host,
  { tokens, throttle, accessModel }: Served,
  context: Context,
  trace: Trace,
): Reply | Promise<Reply> {
  if (host.role === 'login') return handleLogin(request, tokens, context.now());
  const [resource, ...alsoCalled] = host.role === 'keys' ? [resourceOf(host.kind)] : MANAGEMENT_RESOURCES;
  const caller = authenticate(request, { resource, alsoCalled }, tokens, context.now());
  if ('reply' in caller) return caller.reply;
  trace.client = caller.client;
  if (host.role === 'management') return handleManagement(request);
  const addressed = { ...request, host };
  return (
    forbid(addressed, caller.client, accessModel) ??
    throttle?.(addressed, context.records) ??
    handleKeys(addressed, context)
  );
}

function dated(reply: Reply, now: number): Reply {
  return { ...reply, headers: { ...reply.headers, date: new Date(now * 1000).toUTCString() } };
}
