import test from 'ava';
import { STUB_CLIENT } from '../src/identity/credentials.js';
import { handleLogin } from '../src/identity/directory.js';
import { makeTokens, TOKEN_SECONDS } from '../src/identity/tokens.js';
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
  t.is(tokens.fault(body.access_token, VAULT, NOW), null);
});

test('version 1 gives a token for the resource, with its times as texts', (t) => {
  const { body } = login('POST', `/${TENANT}/oauth2/token`, { ...good, resource: `${VAULT}/` });
  t.like(body, { expires_in: `${TOKEN_SECONDS}`, expires_on: `${NOW + TOKEN_SECONDS}`, resource: VAULT });
  t.is(tokens.fault(body.access_token, VAULT, NOW), null);
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
  const token = tokens.issue(VAULT, NOW);
  t.is(tokens.fault(token, VAULT, NOW + TOKEN_SECONDS - 1), null);
  t.not(tokens.fault(token, VAULT, NOW + TOKEN_SECONDS), null);
  t.not(tokens.fault(token, VAULT, NOW - 1), null);
  t.not(tokens.fault(token, 'https://managedhsm.azure.net', NOW), null);
  t.not(tokens.fault(makeTokens().issue(VAULT, NOW), VAULT, NOW), null);
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
  ]) {
    t.not(tokens.fault(forged, VAULT, NOW), null, forged);
  }
});
