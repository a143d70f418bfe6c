import { LOGIN_HOST } from '../hosts.js';
import type { Reply, VaultRequest } from '../message.js';
import { errorReply } from '../rules/refusal.js';
import { type ClientName, TENANT_ID } from './credentials.js';
import type { Tokens } from './tokens.js';

/** What a request must bring a token for: the resource that the challenge names, and other names of the same. */
export interface Protected {
  readonly resource: string;
  readonly alsoCalled?: readonly string[];
}

/** The client whose good token the request carries, or the 401 with its challenge. */
export function authenticate(
  request: VaultRequest,
  { resource, alsoCalled = [] }: Protected,
  tokens: Tokens,
  now: number,
): { readonly client: ClientName } | { readonly reply: Reply } {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const verified =
    token === undefined
      ? { fault: 'AKV10000: Request is missing a Bearer or PoP token.' }
      : tokens.verify(token, [resource, ...alsoCalled], now);
  if ('client' in verified) return verified;
  // Clients take it apart at the comma and the space.
  const authority = `https://${LOGIN_HOST}/${TENANT_ID}`;
  const header = { 'www-authenticate': `Bearer authorization="${authority}", resource="${resource}"` };
  return { reply: errorReply({ status: 401, code: 'Unauthorized', message: verified.fault }, header) };
}
