import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { errorOfAnswer, errorOfLogin, errorOfNetwork, oneLine, provesNothingHappened } from '../src/service-errors.js';

const HOST = 'v.vault.azure.net';
const refusal = (code: string, message = 'no') => JSON.stringify({ error: { code, message } });

const answers: readonly (readonly [status: number, body: string, code: ErrorCode | null])[] = [
  [200, '{}', null],
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
    t.is(errorOfAnswer(HOST, { status, body, retryAfter: null })?.code ?? null, code);
  });
}

test("the reason holds the service's code, inner codes and text in one line, and how long to wait", (t) => {
  const error = { code: 'Forbidden', message: 'key is\ndisabled\u001b[31m', innererror: { code: 'KeyDisabled' } };
  const answer = { status: 429, body: JSON.stringify({ error }), retryAfter: '7' };
  t.is(
    errorOfAnswer(HOST, answer)?.reason,
    'v.vault.azure.net answered HTTP 429 Forbidden (KeyDisabled): key is disabled [31m; retry after 7',
  );
});

test('a reason never grows with what the service sends', (t) => {
  const body = JSON.stringify({ error: { code: 'x'.repeat(1e4), message: 'y'.repeat(1e6) } });
  t.true((errorOfAnswer(HOST, { status: 400, body, retryAfter: 'z'.repeat(1e4) })?.reason.length ?? 0) < 700);
  t.true((errorOfAnswer(HOST, { status: 200, body: 'y'.repeat(1e6), retryAfter: null })?.reason.length ?? 0) < 300);
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
  t.like(login, { code: 'LOGIN_FAILED', reason: '--auth cli: Please run az login' });
  const tls = new Error('request failed', { cause: Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }) });
  t.is(errorOfLogin('--auth cli', tls).code, 'TLS_UNTRUSTED');
});

test('only a refusal or a connection that was never made proves that nothing happened', (t) => {
  const ofAnswer = (status: number, body: string) => errorOfAnswer(HOST, { status, body, retryAfter: null });
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
