import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { wholeFile } from '../../../test/support/folder.js';
import { handleAdmin } from '../src/admin/endpoint.js';
import { Faults } from '../src/faults/faults.js';
import { ok } from '../src/message.js';
import { openTestVault, type TestVault } from './support/vault.js';

let opened: TestVault;
let token: string;
test.before(async () => {
  opened = await openTestVault(wholeFile);
  token = readFileSync(opened.vault.endpoint.adminTokenFile, 'utf8').trim();
});
test.after.always(() => opened.vault.close());

interface Asked {
  readonly body?: string;
  readonly headers?: OutgoingHttpHeaders;
}

async function admin(method: string, path: string, { body = '', headers = {} }: Asked = {}) {
  const asked = request(new URL(path, opened.vault.endpoint.adminUrl), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    },
  });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const text = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
}

test.serial('faults are added, listed, taken back one by one, and cleared', async (t) => {
  const added = await admin('POST', '/faults', { body: '{"kind":"delay","ms":5,"host":"*.vault.azure.net"}' });
  t.is(added.status, 201);
  t.like(added.body, { kind: 'delay', ms: 5, host: '*.vault.azure.net', count: 1, left: 1 });
  await admin('POST', '/faults', { body: '{"kind":"reset","count":"unlimited","host":"nobody"}' });
  const listed = await admin('GET', '/faults');
  t.deepEqual(
    listed.body.faults.map(({ kind }: { kind: string }) => kind),
    ['delay', 'reset'],
  );
  t.is((await admin('DELETE', `/faults/${added.body.id}`)).body.faults.length, 1);
  t.is((await admin('DELETE', `/faults/${added.body.id}`)).status, 404);
  t.deepEqual((await admin('DELETE', '/faults')).body, { faults: [] });
});

for (const [what, body] of [
  ['no JSON', '{'],
  ['nothing', ''],
  ['a list', '[]'],
  ['an unknown kind', '{"kind":"explode"}'],
  ['an unknown member', '{"kind":"reset","speed":1}'],
  ['a count of 0', '{"kind":"reset","count":0}'],
] as const) {
  test(`${what} is no fault, and the answer says why`, async (t) => {
    const { status, body: answer } = await admin('POST', '/faults', { body });
    t.is(status, 400);
    t.is(answer.error.code, 'BadParameter');
    t.true(answer.error.message.length > 5);
  });
}

for (const [what, headers, status, code] of [
  ['another token', { authorization: 'Bearer guess' }, 401, 'Unauthorized'],
  ['no token', { authorization: '' }, 401, 'Unauthorized'],
  ['the token of another scheme', { authorization: 'Basic x' }, 401, 'Unauthorized'],
  ['an Origin header', { origin: 'http://localhost' }, 403, 'Forbidden'],
  ['an Origin header of null', { origin: 'null' }, 403, 'Forbidden'],
  ['a foreign Host', { host: 'vault.example' }, 421, 'MisdirectedRequest'],
  ['a Host of another port', { host: '127.0.0.1:1' }, 421, 'MisdirectedRequest'],
  ['a body of another type', { 'content-type': 'text/plain' }, 415, 'UnsupportedMediaType'],
] as const) {
  test(`a request with ${what} is refused with ${status}`, async (t) => {
    const answer = await admin('POST', '/faults', { body: '{"kind":"reset","host":"nobody"}', headers });
    t.is(answer.status, status);
    t.is(answer.body.error.code, code);
    t.is(answer.headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');
  });
}

test('/health asks for no token, but is not for web pages', async (t) => {
  const { status, body } = await admin('GET', '/health', { headers: { authorization: '' } });
  t.is(status, 200);
  t.like(body, { status: 'ok' });
  t.is((await admin('GET', '/health', { headers: { origin: 'https://example.com' } })).status, 403);
});

test('unknown paths and methods, and bodies that are too large, are refused', async (t) => {
  t.is((await admin('GET', '/')).status, 404);
  t.is((await admin('GET', '/faults/1/2')).status, 404);
  t.is((await admin('PUT', '/faults')).status, 405);
  t.is((await admin('POST', '/faults', { body: ' '.repeat(70_000) })).status, 413);
});

test('what is no HTTP gets an answer with the mark of the emulator', async (t) => {
  for (const [sent, status] of [
    ['nonsense\r\n\r\n', '400'],
    [`GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
    ['GET /health HTTP/1.1\r\n\r\n', '421'],
    ['GET /health HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n', '417'],
  ] as const) {
    const socket = connect(Number(new URL(opened.vault.endpoint.adminUrl).port), '127.0.0.1');
    socket.end(sent);
    const text = (await socket.setEncoding('utf8').toArray()).join('');
    t.true(text.startsWith(`HTTP/1.1 ${status} `), text);
    t.regex(text, /\r\nx-keyferry-emulator: keyferry-vault\//);
  }
});

test('no request to the admin endpoint, however odd, is anything but refused or answered', (t) => {
  const faults = new Faults();
  const administered = {
    faults,
    token: 'token',
    health: () => ok({}),
    identity: () => ok({}),
    unforeseen: (error: unknown) => t.fail(String(error)),
  };
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'OPTIONS'),
      fc.oneof(
        fc.constantFrom('/faults', '/faults/1', '/faults/'),
        odd.map((text) => `/faults${text}`),
        odd,
      ),
      fc.oneof(
        odd,
        fc
          .record({ kind: fc.constantFrom('delay', 'error', 'clock'), ms: odd, count: odd })
          .map((value) => JSON.stringify(value)),
      ),
      (method, path, body) => {
        const headers = { host: '127.0.0.1:1', authorization: 'Bearer token', 'content-type': 'application/json' };
        const request = { method, path, query: new URLSearchParams(), headers, body: Buffer.from(body) };
        const { status } = handleAdmin(request, 1, administered);
        const stranger = handleAdmin(
          { ...request, headers: { ...headers, authorization: 'Bearer x' } },
          1,
          administered,
        );
        return status < 500 && [200, 401].includes(stranger.status);
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

test('the token file is for its owner alone, and the token is long', (t) => {
  t.is(statSync(opened.vault.endpoint.adminTokenFile).mode & 0o777, 0o600);
  t.is(Buffer.from(token, 'base64url').length, 32);
});
