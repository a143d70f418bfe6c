import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { STUB_CLIENT } from '../src/identity/credentials.js';
import { openTestVault, type TestVault } from './support/vault.js';

// What the older Go SDK (go-autorest) and the login of older Python clients send. The clients themselves are not run here.
let opened: TestVault;
test.before(async () => {
  opened = await openTestVault(wholeFile);
});
test.after.always(() => opened.vault.close());

const LOGIN = 'https://login.microsoftonline.com';
const { tenantId, clientId, clientSecret } = STUB_CLIENT;

test('the older Go SDK takes its token from the version 1 endpoint and sends it at once, with its body', async (t) => {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const login = await opened.client.send('POST', `${LOGIN}/${tenantId}/oauth2/token?api-version=1.0`, {
    body: new URLSearchParams({ ...form, resource: 'https://vault.azure.net' }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  t.is(login.status, 200);
  for (const member of ['expires_in', 'expires_on', 'not_before'] as const) t.is(typeof login.body[member], 'string');
  const created = await opened.client.send('POST', 'https://go.vault.azure.net/keys/k/create?api-version=7.1', {
    token: login.body.access_token,
    body: { kty: 'EC-HSM', crv: 'P-256' },
  });
  t.is(created.status, 200);
});

test('a login is discovered before there is a token, under every name of the login host', async (t) => {
  const query = `api-version=1.1&authorization_endpoint=${encodeURIComponent(`${LOGIN}/${tenantId}/oauth2/authorize`)}`;
  const { status, body } = await opened.client.send('GET', `${LOGIN}/common/discovery/instance?${query}`);
  t.is(status, 200);
  t.true(body.metadata[0].aliases.includes('login.microsoftonline.com'));
  const configuration = await opened.client.send('GET', body.tenant_discovery_endpoint);
  t.is(configuration.body.token_endpoint, `${LOGIN}/${tenantId}/oauth2/v2.0/token`);
});
