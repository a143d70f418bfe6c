import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { errorOfLogin } from '../src/login-errors.js';
import { errorOfAnswer, errorOfNetwork, oneLine, provesNothingHappened } from '../src/service-errors.js';

const HOST = 'v.vault.azure.net';
const refusal = (code: string, message = 'no') => JSON.stringify({ error: { code, message } });

const answers: readonly (readonly [status: number, body: string, code: ErrorCode | null])[] = [
  [200, '{}', null],
  [204, '', null],
  [401, refusal('Unauthorized'), 'SERVICE_UNAUTHORIZED'],
  [401, '', 'SERVICE_UNAUTHORIZED'],
  [403, refusal('Forbidden'), 'SERVICE_FORBIDDEN'],
  [404, refusal('KeyNotFound'), 'SERVICE_NOT_FOUND'],
  [408, refusal('Timeout'), 'SERVICE_NO_ANSWER'],
  [409, refusal('Conflict'), 'SERVICE_CONFLICT'],
  [429, refusal('Throttled'), 'SERVICE_BUSY'],
  [400, refusal('BadParameter'), 'SERVICE_REFUSED'],
  [418, '', 'SERVICE_REFUSED'],
  [500, refusal('InternalError'), 'SERVICE_FAILED'],
  [503, '', 'SERVICE_FAILED'],
  [200, '', 'SERVICE_NOT_JSON'],
  [200, '<html>portal</html>', 'SERVICE_NOT_JSON'],
  [200, '[]', 'SERVICE_NOT_JSON'],
  [302, '', 'SERVICE_NOT_JSON'],
  [403, '<html>proxy</html>', 'SERVICE_NOT_JSON'],
  [502, 'Bad gateway', 'SERVICE_NOT_JSON'],
];
for (const [status, body, code] of answers) {
  test(`HTTP ${status} with ${body || 'nothing'} is ${code ?? 'no error'}`, (t) => {
    t.is(errorOfAnswer(HOST, { status, body, retryAfter: null, date: null })?.code ?? null, code);
  });
}

const TENANT = '11111111-1111-4111-8111-111111111111';
const FOUND = '22222222-2222-4222-8222-222222222222';
const issuers = `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${TENANT}/, found https://sts.windows.net/${FOUND}/.`;
const inner = (code: string) => ({ code: 'Forbidden', message: 'no', innererror: { code } });
const POOL = 'p.managedhsm.azure.net';
const far = new Date(Date.now() + 20 * 60_000).toUTCString();
const told: readonly (readonly [status: number, error: object, code: ErrorCode, hint: RegExp, host?: string])[] = [
  [401, { code: 'Unauthorized', message: issuers }, 'SERVICE_WRONG_TENANT', new RegExp(`--tenant ${TENANT}`)],
  [403, inner('ForbiddenByFirewall'), 'SERVICE_FIREWALL', /network-rule add --name v /],
  [403, inner('ForbiddenByConnection'), 'SERVICE_FIREWALL', /network-rule/],
  [403, { code: 'Forbidden', message: 'The subscription is disabled.' }, 'SERVICE_VAULT_DISABLED', /owner/],
  [403, { code: 'Forbidden', message: 'Public network access is disabled.' }, 'SERVICE_FIREWALL', /network-rule/],
  [
    403,
    { ...inner('AccessDenied'), message: "no keys get permission on key vault 'disabled-keys;location=x'" },
    'SERVICE_FORBIDDEN',
    /set-policy/,
  ],
  [403, inner('VaultDisabled'), 'SERVICE_VAULT_DISABLED', /owner/],
  [403, inner('AccessDenied'), 'SERVICE_FORBIDDEN', /set-policy --name v --key-permissions get list create import/],
  [403, inner('ForbiddenByRbac'), 'SERVICE_FORBIDDEN', /Key Vault Crypto Officer/],
  [403, inner('ForbiddenByRbac'), 'SERVICE_FORBIDDEN', /--hsm-name p --role "Managed HSM Crypto Officer"/, POOL],
  [403, inner('KeyDisabled'), 'SERVICE_FORBIDDEN', /enable it/],
  [409, inner('ObjectIsDeletedButRecoverable'), 'SERVICE_NAME_DELETED', /key recover --vault-name v /],
  [409, inner('ObjectIsBeingDeleted'), 'SERVICE_NAME_DELETED', /--hsm-name p /, POOL],
];
for (const [status, error, code, hint, host = HOST] of told) {
  test(`HTTP ${status} with ${JSON.stringify(error).slice(0, 90)} from ${host} is ${code}, with the remedy`, (t) => {
    const found = errorOfAnswer(host, { status, body: JSON.stringify({ error }), retryAfter: null, date: null });
    t.is(found?.code, code);
    t.regex(found?.hint ?? '', hint);
    t.true(found !== null && provesNothingHappened(found));
  });
}

test('a 401 from a vault whose clock is far from ours names the clock, and how far it is off', (t) => {
  const answer = { status: 401, body: refusal('Unauthorized'), retryAfter: null };
  const skewed = errorOfAnswer(HOST, { ...answer, date: far });
  t.is(skewed?.code, 'CLOCK_SKEW');
  t.regex(skewed?.reason ?? '', /20 minutes behind that of the vault/);
  t.is(errorOfAnswer(HOST, { ...answer, date: new Date().toUTCString() })?.code, 'SERVICE_UNAUTHORIZED');
  t.is(errorOfAnswer(HOST, { ...answer, date: 'yesterday' })?.code, 'SERVICE_UNAUTHORIZED');
});

test('Retry-After is read as seconds or as a date', (t) => {
  const seconds = (retryAfter: string) =>
    errorOfAnswer(HOST, { status: 429, body: '', retryAfter, date: null })?.values.retryAfter;
  t.is(seconds('7'), 7);
  t.is(seconds('soon'), null);
  t.is(seconds(new Date(0).toUTCString()), 0);
  const later = Number(seconds(new Date(Date.now() + 60_000).toUTCString()));
  t.true(later > 55 && later <= 61);
});

test('of a chain of logins each says in one sentence what it lacked', (t) => {
  const chain = [
    'ChainedTokenCredential authentication failed.',
    'CredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used. To troubleshoot, visit https://aka.ms/x.',
    'CredentialUnavailableError: ManagedIdentityCredential: Network unreachable. Message: network_error: See https://aka.ms/y',
    "CredentialUnavailableError: Please run 'az login' from a command prompt to authenticate.",
  ].join('\n');
  const error = errorOfLogin('all of them', new Error(chain));
  t.is(
    error.reason,
    "tried all of them: EnvironmentCredential is unavailable; ManagedIdentityCredential: Network unreachable; Please run 'az login' from a command prompt to authenticate",
  );
});

const logins: readonly (readonly [text: string, code: ErrorCode, hint: RegExp])[] = [
  ['AADSTS7000215: Invalid client secret provided.', 'LOGIN_FAILED', /value of the secret/],
  ['AADSTS7000222: The provided client secret keys are expired.', 'LOGIN_FAILED', /expired/],
  ['AADSTS700016: Application was not found in the directory', 'LOGIN_FAILED', /AZURE_CLIENT_ID/],
  ["AADSTS90002: Tenant 'x' not found.", 'LOGIN_FAILED', /AZURE_TENANT_ID.*--cloud/],
  ['AADSTS700213: No matching federated identity record found', 'LOGIN_FAILED', /subject/],
  ['AADSTS50076: you must use multi-factor authentication', 'LOGIN_FAILED', /--auth cli/],
  ['AADSTS700024: Client assertion is not within its valid time range.', 'CLOCK_SKEW', /clock/],
  ["Please run 'az login' from a command prompt to authenticate", 'LOGIN_FAILED', /az login/],
  ['Azure CLI could not be found. Please visit', 'LOGIN_FAILED', /install/],
];
for (const [text, code, hint] of logins) {
  test(`a login that fails with "${text}" says what to do`, (t) => {
    const error = errorOfLogin('--auth x', new Error(text));
    t.is(error.code, code);
    t.regex(error.hint, hint);
    t.true(error.reason.includes(text.slice(0, 12)));
  });
}

test("the reason holds the service's code, inner codes and text in one line, and how long to wait", (t) => {
  const error = { code: 'Forbidden', message: 'key is\ndisabled\u001b[31m', innererror: { code: 'KeyDisabled' } };
  const answer = { status: 429, body: JSON.stringify({ error }), retryAfter: '7', date: null };
  t.is(
    errorOfAnswer(HOST, answer)?.reason,
    'v.vault.azure.net answered HTTP 429 Forbidden (KeyDisabled): key is disabled [31m; retry after 7',
  );
});

test('a reason never grows with what the service sends', (t) => {
  const body = JSON.stringify({ error: { code: 'x'.repeat(1e4), message: 'y'.repeat(1e6) } });
  t.true(
    (errorOfAnswer(HOST, { status: 400, body, retryAfter: 'z'.repeat(1e4), date: null })?.reason.length ?? 0) < 700,
  );
  t.true(
    (errorOfAnswer(HOST, { status: 200, body: 'y'.repeat(1e6), retryAfter: null, date: null })?.reason.length ?? 0) <
      300,
  );
});

const failures: readonly (readonly [code: string, message: string, expected: ErrorCode])[] = [
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND v.vault.azure.net', 'VAULT_UNREACHABLE'],
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN v.vault.azure.net', 'VAULT_UNREACHABLE'],
  ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1', 'VAULT_UNREACHABLE'],
  ['ECONNREFUSED', '', 'VAULT_UNREACHABLE'],
  ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:443', 'VAULT_UNREACHABLE'],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443', 'VAULT_UNREACHABLE'],
  ['ETIMEDOUT', 'read ETIMEDOUT', 'SERVICE_NO_ANSWER'],
  ['ECONNRESET', 'read ECONNRESET', 'SERVICE_NO_ANSWER'],
  ['ECONNRESET', 'socket hang up', 'SERVICE_NO_ANSWER'],
  ['EPIPE', 'write EPIPE', 'SERVICE_NO_ANSWER'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'TLS_UNTRUSTED'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', 'TLS_UNTRUSTED'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'TLS_UNTRUSTED'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames", 'TLS_UNTRUSTED'],
  ['UNSPECIFIED', 'permitted subtree violation', 'TLS_UNTRUSTED'],
];
for (const [code, message, expected] of failures) {
  test(`${code} with "${message}" is ${expected}`, (t) => {
    const error = errorOfNetwork(HOST, Object.assign(new Error(message), { code }));
    t.is(error.code, expected);
    t.true(error.reason.includes(code));
  });
}

test('a failed login says what was tried; a refused certificate of the identity service is told apart', (t) => {
  const login = errorOfLogin('--auth cli', new Error('Please run\n az login'));
  t.like(login, { code: 'LOGIN_FAILED', reason: 'tried --auth cli: Please run az login' });
  const tls = new Error('request failed', { cause: Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }) });
  t.is(errorOfLogin('--auth cli', tls).code, 'TLS_UNTRUSTED');
});

test('only a refusal or a connection that was never made proves that nothing happened', (t) => {
  const ofAnswer = (status: number, body: string) =>
    errorOfAnswer(HOST, { status, body, retryAfter: null, date: null });
  const proves = [400, 401, 403, 404, 409, 429].map((status) => ofAnswer(status, refusal('No')));
  const leavesOpen = [
    ...[408, 500, 502, 503].map((status) => ofAnswer(status, refusal('No'))),
    ...[200, 403, 502].map((status) => ofAnswer(status, '<html>')),
  ];
  for (const error of proves) t.true(error !== null && provesNothingHappened(error), error?.code);
  for (const error of leavesOpen) t.true(error !== null && !provesNothingHappened(error), error?.code);
  for (const [code, message, expected] of failures) {
    const error = errorOfNetwork(HOST, Object.assign(new Error(message), { code }));
    t.is(provesNothingHappened(error), expected !== 'SERVICE_NO_ANSWER', message);
  }
});

test('text of a stranger becomes one line without controls', (t) => {
  t.is(oneLine(' a\r\n\tb\u202ec\u2028d ', 10), 'a b c d');
  t.is(oneLine('abcdef', 3), 'abc...');
});
