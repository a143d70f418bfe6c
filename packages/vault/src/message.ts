import type { VaultHost } from './hosts.js';

/** A request as the pure handlers see it: no socket, no stream. */
export interface VaultRequest {
  readonly method: string;
  /** As it stands in the request line, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** The same, addressed to a vault or Managed HSM. */
export interface KeysRequest extends VaultRequest {
  readonly host: VaultHost;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined where there is none. */
  readonly body?: unknown;
  /** Sent as it is in place of `body`; its content-type is among the headers. */
  readonly text?: string;
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function noContent(): Reply {
  return { status: 204, body: undefined };
}
