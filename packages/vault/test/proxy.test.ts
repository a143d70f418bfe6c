import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { listen } from '../src/listener.js';
import { makeProxy } from '../src/proxy.js';

/** A proxy before a server that says hello. */
async function proxyBeforeGreeter(t: ExecutionContext): Promise<number> {
  const greeter = await listen(
    createServer((socket) => socket.end('hello')),
    0,
  );
  const proxy = await listen(makeProxy(greeter), 0);
  t.teardown(async () => {
    for (const listener of [proxy, greeter]) listener.stopAccepting();
    await Promise.all([proxy.end(), greeter.end()]);
  });
  return proxy.port;
}

async function connect(port: number, path: string): Promise<{ response: IncomingMessage; text: string }> {
  const asked = request({ host: '127.0.0.1', port, method: 'CONNECT', path });
  asked.end();
  const [response, socket, head] = (await once(asked, 'connect')) as [IncomingMessage, Socket, Buffer];
  const text = head.toString() + (await socket.setEncoding('utf8').toArray()).join('');
  return { response, text };
}

for (const host of [
  'any-name.vault.azure.net',
  'Pool.ManagedHSM.azure.net',
  'login.microsoftonline.com',
  'management.azure.com',
]) {
  test(`the proxy leads ${host}:443 to the local listener`, async (t) => {
    const { response, text } = await connect(await proxyBeforeGreeter(t), `${host}:443`);
    t.is(response.statusCode, 200);
    t.is(text, 'hello');
  });
}

for (const target of [
  'example.com:443',
  'vault.azure.net:443',
  'a.b.vault.azure.net:443',
  'vault.azure.net.example.com:443',
  'x.vault.azure.net:80',
  'x.vault.azure.net:4430',
  '127.0.0.1:443',
  '[::1]:443',
  'x.vault.azure.net',
]) {
  test(`the proxy does not lead to ${target}`, async (t) => {
    const { response, text } = await connect(await proxyBeforeGreeter(t), target);
    t.is(response.statusCode, 403);
    t.is(response.headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');
    t.notRegex(text, /^hello/);
  });
}

test('the proxy answers to CONNECT only', async (t) => {
  const port = await proxyBeforeGreeter(t);
  const asked = request({ host: '127.0.0.1', port, path: 'http://x.vault.azure.net/' });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  t.is(response.statusCode, 403);
  t.is(response.headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');
});

test('a second server on a port is refused by name', async (t) => {
  const port = await proxyBeforeGreeter(t);
  await t.throwsAsync(listen(createServer(), port), { code: 'PORT_IN_USE' });
});
