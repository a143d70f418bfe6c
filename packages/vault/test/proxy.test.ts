import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { isLoopback, listen } from '../src/listener.js';
import { makeProxy } from '../src/proxy.js';
import { markOwnAnswers } from '../src/raw-reply.js';
import { HTTP_LIMITS } from '../src/read-request.js';

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

test('what is no HTTP gets an answer of the proxy with the mark of the emulator', async (t) => {
  const socket = connectTo({ port: await proxyBeforeGreeter(t), host: '127.0.0.1' });
  socket.end('nonsense\r\n\r\n');
  const text = (await socket.setEncoding('utf8').toArray()).join('');
  t.regex(text, /^HTTP\/1\.1 400 Bad Request\r\nx-keyferry-emulator: keyferry-vault\//);
});

test('a request that is too slow is answered with 408, and the connection ended', async (t) => {
  const limits = { ...HTTP_LIMITS, headersTimeout: 20, requestTimeout: 20, connectionsCheckingInterval: 10 };
  const server = createHttpServer(limits, () => t.fail());
  markOwnAnswers(server);
  const { port, end } = await listen(server, 0);
  t.teardown(end);
  const socket = connectTo({ port, host: '127.0.0.1' });
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n');
  const text = (await socket.setEncoding('utf8').toArray()).join('');
  t.regex(text, /^HTTP\/1\.1 408 Request Timeout\r\nx-keyferry-emulator: keyferry-vault\//);
});

test('a listener is on loopback unless an address is given, and each address of its own machine will do', async (t) => {
  for (const address of ['127.0.0.1', '::1', '127.0.0.2']) {
    t.true(isLoopback(address));
    const { url, end } = await listen(createServer(), 0, address);
    t.teardown(end);
    t.true(url.startsWith(address === '::1' ? 'http://[::1]:' : `http://${address}:`));
  }
  const everywhere = await listen(createServer(), 0, '0.0.0.0');
  t.teardown(everywhere.end);
  t.regex(everywhere.url, /^http:\/\/127\.0\.0\.1:/);
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:127.0.0.1', 'localhost']) {
    t.false(isLoopback(address), address);
  }
  // Of the addresses for documents (RFC 5737): no machine has it.
  await t.throwsAsync(listen(createServer(), 0, '192.0.2.1'), { code: 'ADDRESS_NOT_HERE' });
});

test('a second server on a port is refused by name', async (t) => {
  const port = await proxyBeforeGreeter(t);
  await t.throwsAsync(listen(createServer(), port), { code: 'PORT_IN_USE' });
});
