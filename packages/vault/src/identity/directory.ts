import { LOGIN_HOST, resourceOf } from '../hosts.js';
import { ok, type Reply, type VaultRequest } from '../message.js';
import { CLIENT_SECRET, type ClientName, clientOfId, TENANT_ID } from './credentials.js';
import { TOKEN_SECONDS, type Tokens } from './tokens.js';

/** The management host is called by two names. */
export const MANAGEMENT_RESOURCES = ['https://management.azure.com', 'https://management.core.windows.net'] as const;

const ISSUED_FOR: readonly string[] = [resourceOf('vault'), resourceOf('managed-hsm'), ...MANAGEMENT_RESOURCES];

export function isIssuedFor(resource: string): boolean {
  return ISSUED_FOR.includes(resource);
}

/** The version of the protocol that is spoken there. */
const TOKEN_ENDPOINTS = new Map([
  ['oauth2/v2.0/token', 2],
  ['oauth2/token', 1],
]);

/** A stub of the identity service: as much as clients ask before they have a token, and tokens for its own clients. */
export function handleLogin(request: VaultRequest, tokens: Tokens, now: number): Reply {
  const path = request.path.replace(/\/+$/, '').toLowerCase();
  if (request.method === 'GET' && path === '/common/discovery/instance') return instanceDiscovery();
  const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const configuration = rest === 'v2.0/.well-known/openid-configuration' || rest === '.well-known/openid-configuration';
  const version = TOKEN_ENDPOINTS.get(rest);
  if (!configuration && version === undefined)
    return failed(404, 'invalid_request', 'AADSTS900144: There is no such endpoint here.');
  if (tenant !== TENANT_ID) {
    return failed(
      400,
      'invalid_tenant',
      `AADSTS90002: Tenant '${tenant.slice(0, 64)}' not found; the emulator has only its own.`,
    );
  }
  if (request.method === 'GET' && configuration) return openidConfiguration(rest.startsWith('v2.0'));
  if (request.method === 'POST' && version !== undefined) return token(request, tokens, now, version);
  return failed(405, 'invalid_request', 'AADSTS900561: The endpoint does not take this method.');
}

function instanceDiscovery(): Reply {
  const aliases = [LOGIN_HOST, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'];
  return ok({
    tenant_discovery_endpoint: `https://${LOGIN_HOST}/${TENANT_ID}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: LOGIN_HOST, preferred_cache: 'login.windows.net', aliases }],
  });
}

function openidConfiguration(v2: boolean): Reply {
  const base = `https://${LOGIN_HOST}/${TENANT_ID}`;
  const oauth2 = `${base}/oauth2${v2 ? '/v2.0' : ''}`;
  return ok({
    issuer: v2 ? `${base}/v2.0` : `https://sts.windows.net/${TENANT_ID}/`,
    authorization_endpoint: `${oauth2}/authorize`,
    token_endpoint: `${oauth2}/token`,
    jwks_uri: `${base}/discovery${v2 ? '/v2.0' : ''}/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['HS256'],
    scopes_supported: ['openid'],
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
  });
}

/** The client credentials grant of RFC 6749 section 4.4: `scope` in version 2, `resource` in version 1. */
function token(request: VaultRequest, tokens: Tokens, now: number, version: number): Reply {
  const form = new URLSearchParams(request.body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials') {
    return failed(400, 'unsupported_grant_type', 'AADSTS70003: The emulator grants client_credentials only.');
  }
  const client = clientOf(request, form, tokens, now);
  if (typeof client !== 'string') return client;
  const resource = version === 2 ? resourceOfScope(form.get('scope')) : form.get('resource')?.replace(/\/+$/, '');
  if (resource === undefined || !isIssuedFor(resource)) {
    return failed(400, 'invalid_scope', `AADSTS70011: The emulator issues tokens for ${ISSUED_FOR.join(', ')}.`);
  }
  const access_token = tokens.issue(resource, client, now);
  if (version === 2) {
    return ok({ token_type: 'Bearer', expires_in: TOKEN_SECONDS, ext_expires_in: TOKEN_SECONDS, access_token });
  }
  const times = {
    expires_in: `${TOKEN_SECONDS}`,
    ext_expires_in: `${TOKEN_SECONDS}`,
    expires_on: `${now + TOKEN_SECONDS}`,
  };
  return ok({ token_type: 'Bearer', ...times, not_before: `${now}`, resource, access_token });
}

/** Of the scopes that a client asks for, the one that ends in /.default; openid, profile and offline_access come along. */
function resourceOfScope(scope: string | null): string | undefined {
  const asked = scope?.split(' ').find((one) => one.endsWith('/.default'));
  return asked?.replace(/\/+\.default$/, '');
}

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The client that proves who it is, by its secret or by the token of a workload; else the refusal. */
function clientOf(request: VaultRequest, form: URLSearchParams, tokens: Tokens, now: number): ClientName | Reply {
  const { id, secret } = idAndSecret(request, form);
  const client = clientOfId(id);
  if (client === null) {
    return failed(400, 'unauthorized_client', 'AADSTS700016: The application was not found in the emulator.');
  }
  const assertion = form.get('client_assertion');
  if (assertion === null) {
    if (secret === CLIENT_SECRET) return client;
    return failed(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
  }
  if (form.get('client_assertion_type') !== ASSERTION) {
    return failed(401, 'invalid_client', `AADSTS50180: client_assertion_type must be ${ASSERTION}.`);
  }
  const fault = tokens.federatedFault(assertion, now);
  return fault === null ? client : failed(401, 'invalid_client', `AADSTS700027: The client assertion fails: ${fault}`);
}

/** By form members or by HTTP Basic (RFC 6749 section 2.3.1). */
function idAndSecret(request: VaultRequest, form: URLSearchParams): { id: string | null; secret: string | null } {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  const decoded = new URLSearchParams(`id=${id}&secret=${secret}`);
  return { id: decoded.get('id'), secret: decoded.get('secret') };
}

function failed(status: number, error: string, description: string): Reply {
  const code = Number(/^AADSTS(\d+)/.exec(description)?.[1]);
  return { status, body: { error, error_description: description, error_codes: [code] } };
}
