import { findHost } from '../../src/hosts.js';
import type { KeysRequest, Reply } from '../../src/message.js';
import type { Context } from '../../src/rest/context.js';
import { handleKeys } from '../../src/rest/router.js';

/** A request to a vault as the router gets it: the token has been checked. */
export function keysRequest(method: string, url: string, body?: unknown): KeysRequest {
  const { hostname, pathname, search } = new URL(url);
  const host = findHost(hostname);
  if (host?.role !== 'keys') throw new Error(`${hostname} is no vault`);
  const query = new URLSearchParams(search === '' ? 'api-version=7.4' : search);
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return { method, path: pathname, query, headers: {}, body: Buffer.from(text), host };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
export type AnyReply = Omit<Reply, 'body'> & { readonly body: any };

export function ask(context: Context, method: string, url: string, body?: unknown): Promise<AnyReply> {
  return handleKeys(keysRequest(method, url, body), context) as Promise<AnyReply>;
}
