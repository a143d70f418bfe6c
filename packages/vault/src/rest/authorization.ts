import { LOGIN_HOST, resourceOf } from '../hosts.js';
import { STUB_CLIENT } from '../identity/credentials.js';
import type { Tokens } from '../identity/tokens.js';
import type { KeysRequest, Reply } from '../message.js';
import { errorReply } from '../rules/refusal.js';

/** The 401 with its challenge, or null when the request carries a good token. */
export function challenge(request: KeysRequest, tokens: Tokens, now: number): Reply | null {
  const resource = resourceOf(request.host.kind);
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const fault =
    token === undefined ? 'AKV10000: Request is missing a Bearer or PoP token.' : tokens.fault(token, resource, now);
  if (fault === null) return null;
  // Clients take it apart at the comma and the space.
  const authority = `https://${LOGIN_HOST}/${STUB_CLIENT.tenantId}`;
  const header = { 'www-authenticate': `Bearer authorization="${authority}", resource="${resource}"` };
  return errorReply({ status: 401, code: 'Unauthorized', message: fault }, header);
}
