import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import test from 'ava';
import fc from 'fast-check';
import { wholeFile } from '../../../test/support/folder.js';
import type { VaultHost } from '../src/hosts.js';
import { handleKeys } from '../src/rest/router.js';
import { type OddRequest, oddRequests, ROUTES, type Standing } from './support/malformed-requests.js';
import { memoryContext } from './support/memory-engine.js';
import { seed } from './support/random.js';
import { ask } from './support/requests.js';
import { openTestVault } from './support/vault.js';

// Malformed requests on every route. KEYFERRY_SEED repeats a run.

const HOSTS: Readonly<Record<OddRequest['kind'], VaultHost>> = {
  vault: { role: 'keys', kind: 'vault', host: 'odd.vault.azure.net' },
  'managed-hsm': { role: 'keys', kind: 'managed-hsm', host: 'odd.managedhsm.azure.net' },
};

/** Keys of each type, one of them deleted, on both hosts. */
async function furnish(create: (url: string, body: unknown) => Promise<{ body: { key?: { kid: string } } }>) {
  const names = ['rsa', 'ec', 'oct', 'kek', 'new', 'gone'];
  const versions: string[] = [];
  let kek = '';
  for (const { host, kind } of Object.values(HOSTS)) {
    for (const [name, body] of [
      ['rsa', { kty: 'RSA-HSM' }],
      ['ec', { kty: 'EC-HSM' }],
      ['kek', { kty: 'RSA-HSM', key_ops: ['import'] }],
      ...(kind === 'vault' ? [] : [['oct', { kty: 'oct-HSM' }] as const]),
    ] as const) {
      const kid = (await create(`https://${host}/keys/${name}/create`, body)).body.key?.kid ?? '';
      versions.push(kid.split('/').at(-1) ?? '');
      if (name === 'kek' && kind === 'vault') kek = kid;
    }
  }
  return { names, versions, kek } satisfies Standing;
}

/** 501 stands for what the emulator does not have; every other status of 500 and more is a fault of ours. */
function isGood(status: number, body: unknown): boolean {
  if (status < 400) return true;
  const { error } = body as { error?: { code?: unknown; message?: unknown; innererror?: { code?: unknown } } };
  if (typeof error?.code !== 'string' || typeof error.message !== 'string' || error.message === '') return false;
  return status < 500 || (status === 501 && error.innererror?.code === 'KeyferryVault.NotImplemented');
}

/** What is no HTTP, or hardly. */
const noHttp = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      'GET / HTTP/9.9\r\n\r\n',
      'GET /keys HTTP/1.1\r\n\r\n',
      'GET /keys HTTP/1.1\r\nHost: odd.vault.azure.net\r\nHost: other.vault.azure.net\r\n\r\n',
      'POST /keys/a/create HTTP/1.1\r\nHost: odd.vault.azure.net\r\nContent-Length: -1\r\n\r\n',
      'POST /keys/a/create HTTP/1.1\r\nHost: odd.vault.azure.net\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /keys/a/create HTTP/1.1\r\nHost: odd.vault.azure.net\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      `GET /keys HTTP/1.1\r\nHost: odd.vault.azure.net\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET /${'k'.repeat(20_000)} HTTP/1.1\r\nHost: odd.vault.azure.net\r\n\r\n`,
      'CONNECT odd.vault.azure.net:443 HTTP/1.1\r\nHost: odd.vault.azure.net\r\n\r\n',
      'GET /keys HTTP/1.1\r\nHost: odd.vault.azure.net\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    )
    .map((text) => Buffer.from(text)),
);

test('20,000 malformed requests on every route end in no 500 and no crash', async (t) => {
  const from = seed();
  t.log(`KEYFERRY_SEED=${from}`);
  const context = memoryContext();
  const standing = await furnish((url, body) => ask(context, 'POST', url, body));
  const answered = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(oddRequests(standing), async ({ kind, method, path, query, body }) => {
      const asked = { host: HOSTS[kind], method, path, query: new URLSearchParams(query), headers: {}, body };
      const reply = await handleKeys(asked, context);
      answered.set(reply.status, (answered.get(reply.status) ?? 0) + 1);
      JSON.stringify(reply.body);
      return isGood(reply.status, reply.body);
    }),
    { numRuns: 20_000, seed: from, endOnFailure: true },
  );
  t.log(
    [...answered]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  // Enough of them get far enough to be carried out, so that the deeper rules are met too.
  for (const status of [200, 400, 403, 404, 409, 501]) t.true((answered.get(status) ?? 0) > 20, `${status}`);
  t.true(ROUTES.length > 30);
});

test('malformed requests over TLS end in no 500 and no crash, with a real token behind them', async (t) => {
  const from = seed();
  t.log(`KEYFERRY_SEED=${from}`);
  const { client, vault, unforeseen } = await openTestVault(wholeFile);
  t.teardown(() => vault.close());
  const standing = await furnish((url, body) => client.call('POST', url, body));
  const tokens = {
    vault: await client.token('https://vault.azure.net'),
    'managed-hsm': await client.token('https://managedhsm.azure.net'),
  };
  await fc.assert(
    fc.asyncProperty(oddRequests(standing), async ({ kind, method, path, query, body }) => {
      const { host } = HOSTS[kind];
      const socket = await client.connect(host);
      const asked = request({
        ...{ host, method, path: `${path}?${encodeURI(query)}`, createConnection: () => socket },
        headers: {
          ...{ connection: 'close', 'content-length': body.length, authorization: `Bearer ${tokens[kind]}` },
        },
      });
      asked.end(body);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      const text = (await response.setEncoding('utf8').toArray()).join('');
      return method === 'HEAD' || isGood(response.statusCode ?? 0, text === '' ? {} : JSON.parse(text));
    }),
    { numRuns: 250, seed: from, endOnFailure: true },
  );
  await fc.assert(
    fc.asyncProperty(noHttp, async (bytes) => {
      const socket = await client.connect(HOSTS.vault.host);
      socket.end(bytes);
      const answer = Buffer.concat(await socket.toArray()).toString('latin1');
      return answer === '' || /^HTTP\/1\.1 4\d\d /.test(answer);
    }),
    { numRuns: 60, seed: from, endOnFailure: true },
  );
  t.deepEqual(unforeseen, []);
  t.is((await client.call('GET', `https://${HOSTS.vault.host}/keys`)).status, 200);
});
