import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { runImporter } from './support/importer.js';
import { type Fault, publicPart, type ServiceStub, send, startServiceStub } from './support/service-stub.js';

const URL = 'https://v.vault.azure.net';

async function stubWithKek(t: ExecutionContext): Promise<ServiceStub> {
  const stub = await startServiceStub();
  t.teardown(() => stub.close());
  stub.add('kek', { key_ops: ['import'], publicKey: publicPart(practiceKey('kek-2048')) });
  return stub;
}

async function fetchKek(t: ExecutionContext, stub: ServiceStub, env: Record<string, string> = {}, more: string[] = []) {
  const out = privateFolder(t);
  const args = ['kek', 'fetch', '--vault-url', URL, '--name', 'kek', '--out', out, ...more];
  const ended = await runImporter(args, { ...stub.env, ...env });
  t.false(`${ended.stdout}${ended.stderr}`.includes(stub.env.AZURE_CLIENT_SECRET ?? ''));
  t.false(ended.stderr.includes('    at '), ended.stderr);
  return { ...ended, files: readdirSync(out).sort() };
}

const refusal = (status: number, code: string, message: string, headers = {}): Fault => {
  return (_request, response) => {
    send(response, status, { error: { code, message, innererror: { code: 'Inner' } } }, headers);
    return true;
  };
};

const table: Readonly<Record<string, readonly [error: string, requests: number, fault: Fault]>> = {
  '401 in spite of a token': ['SERVICE_UNAUTHORIZED', 1, refusal(401, 'Unauthorized', 'wrong issuer')],
  403: ['SERVICE_FORBIDDEN', 1, refusal(403, 'Forbidden', 'no permission keys/get')],
  404: ['SERVICE_NOT_FOUND', 1, refusal(404, 'KeyNotFound', 'not found')],
  409: ['SERVICE_CONFLICT', 1, refusal(409, 'Conflict', 'is being deleted')],
  '429 without Retry-After': ['SERVICE_BUSY', 1, refusal(429, 'Throttled', 'too many')],
  '500, three times': ['SERVICE_FAILED', 3, refusal(500, 'InternalError', 'oops')],
  'a page with status 200': [
    'SERVICE_NOT_JSON',
    1,
    (_request, response) => {
      send(response, 200, '<html>sign in here</html>');
      return true;
    },
  ],
  'JSON that is no key': [
    'SERVICE_NOT_JSON',
    1,
    (_request, response) => {
      send(response, 200, { hello: 'world' });
      return true;
    },
  ],
  'a key of another vault': [
    'SERVICE_NOT_JSON',
    1,
    (_request, response) => {
      const kid = `https://w.vault.azure.net/keys/kek/${'0'.repeat(32)}`;
      const { n, e } = practiceKey('kek-2048').export({ format: 'jwk' });
      send(response, 200, { key: { kid, kty: 'RSA-HSM', key_ops: ['import'], n, e }, attributes: { enabled: true } });
      return true;
    },
  ],
  'a redirection': [
    'SERVICE_NOT_JSON',
    1,
    (_request, response) => {
      send(response, 307, '', { Location: 'https://v.vault.azure.net/elsewhere' });
      return true;
    },
  ],
  'a connection that breaks, three times': [
    'SERVICE_NO_ANSWER',
    3,
    (_request, response) => {
      response.destroy();
      return true;
    },
  ],
};
for (const [title, [error, requests, fault]] of Object.entries(table)) {
  test(`${title}: ${error}, exit 6, no file`, async (t) => {
    const stub = await stubWithKek(t);
    stub.fault = fault;
    const ended = await fetchKek(t, stub);
    t.like(ended, { error, code: 6 }, ended.stderr);
    t.deepEqual(ended.files, []);
    t.is(stub.seen.length, requests);
  });
}

test('a 429 with Retry-After and a 503 are waited out when the request only reads', async (t) => {
  const stub = await stubWithKek(t);
  const faults = [refusal(429, 'Throttled', 'wait', { 'Retry-After': '0' }), refusal(503, 'Busy', 'wait')];
  stub.fault = (request, response, work) => faults.shift()?.(request, response, work) ?? false;
  const ended = await fetchKek(t, stub);
  t.is(ended.code, 0, ended.stderr);
  t.deepEqual(ended.files, ['kek.kek.json', 'kek.pem']);
  t.is(stub.seen.length, 3);
});

test('a long Retry-After is named when the time limit passes first', async (t) => {
  const stub = await stubWithKek(t);
  stub.fault = refusal(429, 'Throttled', 'wait', { 'Retry-After': '3600' });
  const ended = await fetchKek(t, stub, {}, ['--timeout', '4']);
  t.like(ended, { error: 'SERVICE_BUSY', code: 6 });
  t.regex(ended.stderr, /retry after 3600/);
});

test('an answer that does not come: SERVICE_NO_ANSWER when the time limit passes', async (t) => {
  const stub = await stubWithKek(t);
  stub.fault = () => true;
  t.like(await fetchKek(t, stub, {}, ['--timeout', '2']), { error: 'SERVICE_NO_ANSWER', code: 6 });
});

test('a CA that is not trusted: TLS_UNTRUSTED, and nothing was asked', async (t) => {
  const stub = await stubWithKek(t);
  const ended = await fetchKek(t, stub, { NODE_EXTRA_CA_CERTS: '' });
  t.like(ended, { error: 'TLS_UNTRUSTED', code: 6 }, ended.stderr);
  t.deepEqual(stub.seen, []);
});

test('nothing listens: VAULT_UNREACHABLE', async (t) => {
  const stub = await stubWithKek(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  const port = typeof address === 'object' ? address?.port : 0;
  const ended = await fetchKek(t, stub, { HTTPS_PROXY: `http://127.0.0.1:${port}` });
  t.like(ended, { error: 'VAULT_UNREACHABLE', code: 6 }, ended.stderr);
});

test('a login that is refused: LOGIN_FAILED with what the identity service says', async (t) => {
  const stub = await stubWithKek(t);
  stub.loginFault = (response) => {
    send(response, 401, { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret' });
    return true;
  };
  const ended = await fetchKek(t, stub);
  t.like(ended, { error: 'LOGIN_FAILED', code: 6 });
  t.regex(ended.stderr, /AADSTS7000215|openid|endpoint/i);
  t.deepEqual(stub.seen, []);
});

test('a login that does not answer: no answer when the time limit passes, and the process ends', async (t) => {
  const stub = await stubWithKek(t);
  stub.loginFault = () => true;
  t.like(await fetchKek(t, stub, {}, ['--timeout', '2']), { error: 'SERVICE_NO_ANSWER', code: 6 });
});

test('a chosen login without its variables: LOGIN_FAILED names the one that is missing', async (t) => {
  const stub = await stubWithKek(t);
  const ended = await fetchKek(t, stub, { AZURE_CLIENT_SECRET: '' }, ['--auth', 'client-secret']);
  t.like(ended, { error: 'LOGIN_FAILED', code: 6 });
  t.regex(ended.stderr, /AZURE_CLIENT_SECRET/);
});

test('--auth client-certificate logs in with a certificate and its key in a file', async (t) => {
  const stub = await stubWithKek(t);
  const file = join(privateFolder(t), 'client.pem');
  const make = `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=client -keyout ${file} -out ${file}.crt && cat ${file}.crt >>${file}`;
  await mustRun('sh', ['-c', make]);
  const env = { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: file };
  const ended = await fetchKek(t, stub, env, ['--auth', 'client-certificate']);
  t.is(ended.code, 0, ended.stderr);
  const missing = { ...env, AZURE_CLIENT_CERTIFICATE_PATH: `${file}.not-there` };
  t.like(await fetchKek(t, stub, missing, ['--auth', 'client-certificate']), { error: 'LOGIN_FAILED', code: 6 });
});

test('--auth device-code shows the code also with --quiet, asks once, and its login is not held to the time limit of a request', async (t) => {
  const stub = await stubWithKek(t);
  stub.personIsSlow = 4;
  const env = { AZURE_CLIENT_SECRET: '' };
  const ended = await fetchKek(t, stub, env, ['--auth', 'device-code', '--timeout', '3', '--quiet']);
  t.is(ended.code, 0, ended.stderr);
  t.is(ended.stderr.match(/enter the code ABCD-EFGH/g)?.length, 1, ended.stderr);
  t.is(stub.personIsSlow, 0);
});

test('a list of versions that goes on at another host is not followed', async (t) => {
  const stub = await stubWithKek(t);
  stub.fault = ({ path }, response) => {
    if (!path.endsWith('/versions')) return false;
    send(response, 200, { value: [], nextLink: 'https://w.vault.azure.net/keys/kek/versions?page=2' });
    return true;
  };
  const args = ['kek', 'create', '--vault-url', URL, '--name', 'kek', '--out', privateFolder(t)];
  t.like(await runImporter(args, stub.env), { error: 'SERVICE_NOT_JSON', code: 6 });
  t.is(stub.seen.length, 1);
});

for (const [url, login] of [
  [URL, 'login.microsoftonline.com'],
  ['https://v.vault.usgovcloudapi.net', 'login.microsoftonline.us'],
  ['https://v.vault.azure.cn', 'login.partner.microsoftonline.cn'],
] as const) {
  test(`for ${url} the login is at ${login}, and nowhere else`, async (t) => {
    const stub = await stubWithKek(t);
    const args = ['kek', 'fetch', '--vault-url', url, '--name', 'kek', '--out', privateFolder(t)];
    const ended = await runImporter(args, stub.env);
    t.is(ended.code, 0, ended.stderr);
    t.deepEqual([...stub.logins], [login]);
  });
}
