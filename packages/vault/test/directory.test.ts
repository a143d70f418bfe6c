import test from 'ava';
import fc from 'fast-check';
import { CLIENT_IDS, CLIENT_NAMES, STUB_CLIENT } from '../src/identity/credentials.js';
import { handleLogin } from '../src/identity/directory.js';
import { handleManagedIdentity } from '../src/identity/managed-identity.js';
import { handleManagement } from '../src/identity/subscriptions.js';
import { FEDERATED_SECONDS, makeTokens, TOKEN_SECONDS } from '../src/identity/tokens.js';
import type { AnyReply } from './support/requests.js';

const NOW = 1_800_000_000;
const TENANT = STUB_CLIENT.tenantId;
const VAULT = 'https://vault.azure.net';
const tokens = makeTokens();

function login(
  method: string,
  path: string,
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
): AnyReply {
  const body = Buffer.from(new URLSearchParams(form).toString());
  return handleLogin({ method, path, query: new URLSearchParams(), headers, body }, tokens, NOW) as AnyReply;
}

const good = {
  grant_type: 'client_credentials',
  client_id: STUB_CLIENT.clientId,
  client_secret: STUB_CLIENT.clientSecret,
};
const v2 = { ...good, scope: `${VAULT}/.default openid profile offline_access` };

test('the documents that clients ask first lead to the endpoints', (t) => {
  const { body } = login('GET', `/${TENANT}/v2.0/.well-known/openid-configuration`);
  t.is(body.token_endpoint, `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`);
  t.is(
    login('GET', `/${TENANT}/.well-known/openid-configuration`).body.token_endpoint,
    `https://login.microsoftonline.com/${TENANT}/oauth2/token`,
  );
  const discovery = login('GET', '/common/discovery/instance').body;
  t.is(discovery.metadata[0].preferred_network, 'login.microsoftonline.com');
});

test('version 2 gives a token for the resource of the scope', (t) => {
  const { status, body } = login('POST', `/${TENANT}/oauth2/v2.0/token`, v2);
  t.is(status, 200);
  t.like(body, { token_type: 'Bearer', expires_in: TOKEN_SECONDS });
  t.deepEqual(tokens.verify(body.access_token, [VAULT], NOW), { client: 'admin' });
});

test('version 1 gives a token for the resource, with its times as texts', (t) => {
  const { body } = login('POST', `/${TENANT}/oauth2/token`, { ...good, resource: `${VAULT}/` });
  t.like(body, { expires_in: `${TOKEN_SECONDS}`, expires_on: `${NOW + TOKEN_SECONDS}`, resource: VAULT });
  t.deepEqual(tokens.verify(body.access_token, [VAULT], NOW), { client: 'admin' });
});

test('the client can also stand in the Authorization header', (t) => {
  const basic = Buffer.from(`${STUB_CLIENT.clientId}:${STUB_CLIENT.clientSecret}`).toString('base64');
  const { client_id: _, client_secret: __, ...form } = v2;
  t.is(login('POST', `/${TENANT}/oauth2/v2.0/token`, form, { authorization: `Basic ${basic}` }).status, 200);
});

for (const [what, form, error] of [
  ['another secret', { ...v2, client_secret: 'guess' }, 'invalid_client'],
  ['no secret', { ...v2, client_secret: '' }, 'invalid_client'],
  ['another client', { ...v2, client_id: TENANT }, 'unauthorized_client'],
  ['another grant', { ...v2, grant_type: 'password' }, 'unsupported_grant_type'],
  ['another resource', { ...v2, scope: 'https://graph.microsoft.com/.default' }, 'invalid_scope'],
  ['no scope', { ...v2, scope: '' }, 'invalid_scope'],
] as const) {
  test(`${what} gets no token`, (t) => {
    const { status, body } = login('POST', `/${TENANT}/oauth2/v2.0/token`, form);
    t.true(status === 400 || status === 401);
    t.is(body.error, error);
    t.is(body.access_token, undefined);
  });
}

test('other tenants, endpoints and methods are refused', (t) => {
  t.is(login('POST', '/common/oauth2/v2.0/token', v2).status, 400);
  t.is(login('POST', `/${TENANT}/oauth2/v2.0/authorize`, v2).status, 404);
  t.is(login('GET', `/${TENANT}/oauth2/v2.0/token`).status, 405);
});

test('a token is good for its resource and its hour, unchanged, from this process', (t) => {
  const token = tokens.issue(VAULT, 'importer', NOW);
  const good = (text: string, audience = VAULT, now = NOW) => 'client' in tokens.verify(text, [audience], now);
  t.deepEqual(tokens.verify(token, ['https://other', VAULT], NOW + TOKEN_SECONDS - 1), { client: 'importer' });
  t.false(good(token, VAULT, NOW + TOKEN_SECONDS));
  t.false(good(token, VAULT, NOW - 1));
  t.false(good(token, 'https://managedhsm.azure.net'));
  t.false(good(makeTokens().issue(VAULT, 'admin', NOW)));
  const [header, payload, signature] = token.split('.');
  const unsigned = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url');
  for (const forged of [
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${unsigned}.${payload}.`,
    `${unsigned}.${payload}.${signature}`,
    `${header}.${payload}AA.${signature}`,
    `${token}.x`,
    'x',
    '',
    tokens.issueFederated(NOW),
  ]) {
    t.false(good(forged), forged);
  }
});

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const workload = (client_assertion: string, more: Record<string, string> = {}) => {
  const { client_secret: _, ...form } = v2;
  return login('POST', `/${TENANT}/oauth2/v2.0/token`, {
    ...form,
    client_assertion_type: ASSERTION,
    client_assertion,
    ...more,
  });
};

test('a workload gets a token by its federated token, as the client that it names', (t) => {
  for (const client of CLIENT_NAMES) {
    const { status, body } = workload(tokens.issueFederated(NOW), { client_id: CLIENT_IDS[client] });
    t.is(status, 200);
    t.deepEqual(tokens.verify(body.access_token, [VAULT], NOW), { client });
  }
});

for (const [what, reply] of [
  ['of another process', () => workload(makeTokens().issueFederated(NOW))],
  ['that has expired', () => workload(tokens.issueFederated(NOW - FEDERATED_SECONDS))],
  ['that is an access token', () => workload(tokens.issue(VAULT, 'admin', NOW))],
  ['that is none', () => workload('x.y.z')],
  ['that is empty, beside the right secret', () => workload('', { client_secret: STUB_CLIENT.clientSecret })],
  ['of another type', () => workload(tokens.issueFederated(NOW), { client_assertion_type: 'saml' })],
] as const) {
  test(`a federated token ${what} gets no access token`, (t) => {
    const { status, body } = reply();
    t.is(status, 401);
    t.like(body, { error: 'invalid_client', access_token: undefined });
  });
}

test('no login, however odd, gets a token or ends in an error of ours', (t) => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(TENANT, 'constructor', '__proto__', ASSERTION, VAULT),
  );
  const path = fc.array(fc.oneof(odd, fc.constantFrom('common', 'oauth2', 'v2.0', 'token', 'discovery', 'instance')), {
    maxLength: 4,
  });
  const name = fc.constantFrom(
    ...['grant_type', 'client_id', 'client_assertion', 'scope', 'resource'],
    'client_secret',
  );
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'PUT'),
      path,
      fc.dictionary(name, odd),
      fc.record({
        authorization: fc.oneof(
          odd,
          odd.map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
        ),
      }),
      (method, parts, form, headers) => {
        const known = login(method, `/${TENANT}/oauth2/v2.0/token`, form, headers);
        const anywhere = login(method, `/${parts.join('/')}`, { ...good, ...form }, headers);
        return known.status < 500 && known.body.access_token === undefined && anywhere.status < 500;
      },
    ),
    { numRuns: 1000 },
  );
  t.false('access_token' in login('POST', `/${TENANT}/constructor`, v2).body);
});

const identity = (query: Record<string, string>, secret: string = STUB_CLIENT.clientSecret): AnyReply =>
  handleManagedIdentity(
    {
      method: 'GET',
      path: '/identity/token',
      query: new URLSearchParams({ 'api-version': '2019-08-01', resource: VAULT, ...query }),
      headers: { 'x-identity-header': secret },
      body: Buffer.alloc(0),
    },
    tokens,
    NOW,
  ) as AnyReply;

test('a managed identity gets a token by the header that it was given', (t) => {
  const { status, body } = identity({ client_id: CLIENT_IDS.user });
  t.is(status, 200);
  t.deepEqual(tokens.verify(body.access_token, [VAULT], NOW), { client: 'user' });
  t.is(body.expires_on, `${NOW + TOKEN_SECONDS}`);
  t.is(identity({}, 'guess').status, 401);
  for (const wrong of [
    { resource: 'https://graph.microsoft.com' },
    { client_id: TENANT },
    { 'api-version': '2017-09-01' },
  ]) {
    t.is(identity(wrong).status, 400);
  }
});

test('the management host shows one subscription and one tenant, and manages nothing', (t) => {
  const manage = (method: string, path: string, version = '2016-06-01') =>
    handleManagement({
      method,
      path,
      query: new URLSearchParams({ 'api-version': version }),
      headers: {},
      body: Buffer.alloc(0),
    }) as AnyReply;
  t.like(manage('GET', '/subscriptions').body.value[0], { state: 'Enabled', tenantId: TENANT });
  t.is(manage('GET', '/tenants').body.value[0].tenantId, TENANT);
  t.is(manage('PUT', '/subscriptions/x/resourceGroups/y').status, 501);
});
