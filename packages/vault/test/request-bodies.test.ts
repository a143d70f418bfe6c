import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import test from 'ava';
import { makeAuthority } from '../src/authority.js';
import { Faults } from '../src/faults/faults.js';
import { makeHealth } from '../src/health.js';
import { SERVED_NAMES } from '../src/hosts.js';
import { makeTokens } from '../src/identity/tokens.js';
import { listen } from '../src/listener.js';
import type { Reply } from '../src/message.js';
import { makeServer } from '../src/server.js';
import { memoryContext } from './support/memory-engine.js';

const HOST = 'bodies.vault.azure.net';

for (const [what, outcome, status] of [
  ['answered', null, 404],
  ['refused before it is read', { status: 429, body: {} }, 429],
  ['not foreseen', new TypeError('not foreseen'), 500],
] as const) {
  test(`the body of a request that is ${what} is filled with zeros, for it may hold a key`, async (t) => {
    const bodies: Buffer[] = [];
    const throttle = ({ body }: { readonly body: Buffer }): Reply | null => {
      t.is(body.toString(), '{"d":"secret"}');
      bodies.push(body);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    const context = memoryContext();
    const tokens = makeTokens();
    const health = makeHealth(() => 0);
    const authority = makeAuthority();
    const served = { context, tokens, accessModel: 'rbac', faults: new Faults(), throttle, health } as const;
    const silent = { request: () => {}, note: () => {}, unforeseen: () => {} };
    const server = await listen(makeServer(authority.issue(SERVED_NAMES), served, silent).server, 0);
    t.teardown(() => server.end());

    const token = tokens.issue('https://vault.azure.net', 'admin', context.now());
    const asked = request({
      host: server.address,
      port: server.port,
      servername: HOST,
      ca: authority.certificate,
      method: 'POST',
      path: '/nothing?api-version=7.4',
      headers: { host: HOST, authorization: `Bearer ${token}`, connection: 'close' },
    });
    asked.end('{"d":"secret"}');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await response.resume().toArray();
    t.is(response.statusCode, status);
    t.deepEqual(bodies, [Buffer.alloc(14)]);
  });
}
