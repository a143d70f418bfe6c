import { ok, type Reply, type VaultRequest } from '../message.js';
import { CLIENT_SECRET, clientOfId } from './credentials.js';
import { isIssuedFor } from './directory.js';
import { TOKEN_SECONDS, type Tokens } from './tokens.js';

/**
 * The token endpoint that App Service gives to a managed identity (version 2019-08-01), at IDENTITY_ENDPOINT with the
 * header of IDENTITY_HEADER. The other one, of virtual machines at 169.254.169.254, is not played: no proxy leads there.
 */
export function handleManagedIdentity(request: VaultRequest, tokens: Tokens, now: number): Reply {
  const { headers, method, query } = request;
  if (method !== 'GET') return failed(405, 'the endpoint takes GET');
  if (headers['x-identity-header'] !== CLIENT_SECRET) return failed(401, 'the header X-IDENTITY-HEADER is not right');
  if (query.get('api-version') !== '2019-08-01') return failed(400, 'api-version must be 2019-08-01');
  const resource = (query.get('resource') ?? '').replace(/\/+$/, '');
  if (!isIssuedFor(resource)) return failed(400, 'the emulator issues no tokens for this resource');
  const id = query.get('client_id');
  const client = id === null ? 'admin' : clientOfId(id);
  if (client === null) return failed(400, 'there is no identity of this client_id');
  return ok({
    access_token: tokens.issue(resource, client, now),
    expires_on: `${now + TOKEN_SECONDS}`,
    resource,
    token_type: 'Bearer',
    client_id: id ?? '',
  });
}

function failed(statusCode: number, message: string): Reply {
  return { status: statusCode, body: { statusCode, message } };
}
