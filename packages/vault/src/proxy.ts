import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { findHost } from './hosts.js';
import { markOwnAnswers, rawReply } from './raw-reply.js';
import { HTTP_LIMITS } from './read-request.js';
import { EMULATOR_HEADER } from './version.js';

/**
 * A CONNECT proxy (RFC 9110 section 9.3.6) that leads to the emulator's own hosts at port 443, which all end at its
 * TLS listener, and nowhere else.
 */
export function makeProxy(tls: { readonly address: string; readonly port: number }): Server {
  const proxy = createServer(HTTP_LIMITS, (_request, response) => {
    response.writeHead(403, { ...EMULATOR_HEADER, 'content-type': 'text/plain', connection: 'close' });
    response.end('keyferry-vault: this proxy answers to CONNECT only.\n');
  });
  markOwnAnswers(proxy);
  proxy.on('connect', (request, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy());
    const name = /^([^:]+):443$/.exec(request.url ?? '')?.[1];
    if (name === undefined || findHost(name) === null) {
      client.end(rawReply(403, 'keyferry-vault: this proxy leads to its own hosts at port 443 only.\n'));
      return;
    }
    const server = connect({ host: tls.address, port: tls.port });
    server.on('connect', () => {
      client.write(ESTABLISHED);
      server.write(head);
      client.pipe(server).pipe(client);
    });
    // A connection that is reset on one side is reset on the other; libuv resets none that is shutting down.
    server.on('error', () => (client.writableEnded ? client.destroy() : client.resetAndDestroy()));
    // Not at once: bytes may be on their way to the other side.
    server.on('close', () => client.destroySoon());
    client.on('close', () => server.destroySoon());
  });
  return proxy;
}

/** It has no length: the tunnel begins after it. */
const ESTABLISHED = [
  'HTTP/1.1 200 Connection Established',
  ...Object.entries(EMULATOR_HEADER).map(([name, value]) => `${name}: ${value}`),
  '',
  '',
].join('\r\n');
