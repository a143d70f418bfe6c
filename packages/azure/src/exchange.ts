import {
  defaultRetryPolicy,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import type { KeyClientOptions } from '@azure/keyvault-keys';
import { KeyferryError } from '@keyferry/errors';
import { type Answer, errorOfAnswer, errorOfNetwork, retryAfterOf } from './service-errors.js';

/** How one vault is spoken to. */
export interface Exchange {
  /** Host name of the vault; requests for any other host are refused. */
  readonly host: string;
  /** Milliseconds that one exchange may take, with login and repeated attempts; the time of a person is not counted. */
  readonly timeLimit: number;
  /** While a person logs in: settles when that is over. */
  loginUnderWay(): Promise<unknown> | null;
  readonly signal: AbortSignal;
  /** Called when an answer carries the header of keyferry-vault. */
  onEmulator(): void;
  /** Called for every 429, also for one that is waited out here, with the seconds of its Retry-After. */
  onThrottled(retryAfter: number | null): void;
}

/**
 * The settings of the SDK's client for one vault. Its own retries are off, because it would send an import again
 * that may have been carried out; what only reads or can be repeated (GET, PATCH) is tried three times. Redirects,
 * which no vault sends, are not followed.
 */
export function clientOptions(exchange: Exchange): KeyClientOptions {
  const last = new WeakMap<PipelineRequest, Answer>();
  const interruptible = new Set<Limit>();
  // One listener for all: each exchange would take longer to come and go as a listener than for all else that is done here.
  exchange.signal.addEventListener('abort', () => {
    for (const limit of interruptible) limit.interrupt();
  });
  return {
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [
      { position: 'perCall', policy: guard(exchange, last, interruptible) },
      { position: 'perCall', policy: repeatReads() },
      { position: 'perRetry', policy: keepConnections() },
      { position: 'perRetry', policy: remember(exchange, last) },
    ],
  };
}

/** Outermost: bounds the time, and turns whatever goes wrong into a KeyferryError. */
function guard(exchange: Exchange, last: WeakMap<PipelineRequest, Answer>, interruptible: Set<Limit>): PipelinePolicy {
  return {
    name: 'keyferryGuardPolicy',
    async sendRequest(request, next) {
      const { host, timeLimit } = exchange;
      if (!isOf(host, request.url)) {
        throw new KeyferryError('SERVICE_NOT_JSON', {
          reason: `${host} sends us to ${new URL(request.url).origin} for the rest of its answer`,
        });
      }
      // What enables or disables a key is let finish, so that its state is known; an interruption stops what would follow.
      const limit = limitOf(exchange);
      if (request.method !== 'PATCH') {
        interruptible.add(limit);
        if (exchange.signal.aborted) limit.interrupt();
      }
      request.abortSignal = limit.signal;
      try {
        // Most credentials do not heed the signal, hence the race.
        const response = await Promise.race([next(request), limit.over]);
        if (response.headers.has('x-keyferry-emulator')) {
          exchange.onEmulator();
        }
        const error = errorOfAnswer(host, answerOf(response));
        if (error !== null) {
          // The SDK's poller of a deletion looks for it.
          throw Object.assign(error, { statusCode: response.status });
        }
        return response;
      } catch (error) {
        if (limit.tooLate()) {
          throw errorOfSilence(host, timeLimit, last.get(request));
        }
        limit.signal.throwIfAborted();
        throw error instanceof KeyferryError ? error : errorOfNetwork(host, error);
      } finally {
        interruptible.delete(limit);
        limit.stop();
      }
    },
  };
}

/** The first look is enough for nearly every request, and a URL takes long to read. */
function isOf(host: string, url: string): boolean {
  return url.startsWith(`https://${host}/`) || new URL(url).origin === `https://${host}`;
}

interface Limit {
  /** Aborts when the time is over, or by an interruption. */
  readonly signal: AbortSignal;
  /** Rejects then. */
  readonly over: Promise<never>;
  /** Whether it was the time. */
  tooLate(): boolean;
  interrupt(): void;
  stop(): void;
}

/** The time limit of an exchange; while a person logs in, the clock waits, and counts from the end of that. */
function limitOf({ timeLimit, loginUnderWay, signal: interruption }: Exchange): Limit {
  const controller = new AbortController();
  const { promise: over, reject } = promiseToReject();
  let timer: NodeJS.Timeout;
  let tooLate = false;
  let stopped = false;
  const end = (reason?: unknown) => {
    controller.abort(reason);
    reject(controller.signal.reason);
  };
  const start = () => {
    if (!stopped) timer = setTimeout(expire, timeLimit);
  };
  const expire = () => {
    const login = loginUnderWay();
    if (login !== null) return void login.finally(start);
    tooLate = true;
    end();
  };
  start();
  return {
    signal: controller.signal,
    over,
    tooLate: () => tooLate,
    interrupt: () => end(interruption.reason),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** One that nobody may be waiting for when it rejects. */
function promiseToReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, reject };
}

/** While an error answer (429 with a long Retry-After, say) is being waited out, it says more than the silence after it. */
function errorOfSilence(host: string, timeLimit: number, answer: Answer | undefined): KeyferryError {
  const earlier = answer === undefined || answer.status === 401 ? null : errorOfAnswer(host, answer);
  return (
    earlier ??
    new KeyferryError('SERVICE_NO_ANSWER', {
      reason: `no answer from ${host}, or from the login before it, within ${timeLimit / 1000} s`,
    })
  );
}

function repeatReads(): PipelinePolicy {
  const retry = defaultRetryPolicy({ maxRetries: 2, retryDelayInMs: 400 });
  return {
    name: 'keyferryRepeatReadsPolicy',
    sendRequest(request, next) {
      const harmless = request.method === 'GET' || request.method === 'PATCH';
      return harmless ? retry.sendRequest(request, next) : next(request);
    },
  };
}

/**
 * Behind a proxy the SDK's agent closes each connection after one answer, and every request pays for a TLS handshake. It finds
 * a kept one again only if it need not guess the protocol.
 */
function keepConnections(): PipelinePolicy {
  return {
    name: 'keyferryKeepConnectionsPolicy',
    sendRequest(request, next) {
      if (request.agent !== undefined) {
        const protocol = 'https:';
        Object.assign(request.agent, { keepAlive: true, protocol });
        request.requestOverrides = { ...request.requestOverrides, protocol };
      }
      return next(request);
    },
  };
}

function remember({ host, onThrottled }: Exchange, last: WeakMap<PipelineRequest, Answer>): PipelinePolicy {
  return {
    name: 'keyferryRememberPolicy',
    async sendRequest(request, next) {
      const response = await next(request);
      const answer = answerOf(response);
      last.set(request, answer);
      if (response.status === 429) onThrottled(retryAfterOf(errorOfAnswer(host, answer)));
      return response;
    },
  };
}

function answerOf({ status, bodyAsText, headers }: PipelineResponse): Answer {
  return {
    status,
    body: bodyAsText ?? '',
    retryAfter: headers.get('retry-after') ?? null,
    date: headers.get('date') ?? null,
  };
}
