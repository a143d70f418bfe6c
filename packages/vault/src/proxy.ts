import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { findHost } from './hosts.js';
import { EMULATOR_HEADER } from './version.js';

/**
 * A CONNECT proxy (RFC 9110 section 9.3.6) that leads to the emulator's own hosts at port 443, which all end at the
 * local TLS listener, and nowhere else.
 */
export function makeProxy(tlsPort: number): Server {
  const proxy = createServer((_request, response) => {
    response.writeHead(403, { ...EMULATOR_HEADER, 'content-type': 'text/plain', connection: 'close' });
    response.end('keyferry-vault: this proxy answers to CONNECT only.\n');
  });
  proxy.on('connect', (request, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy());
    const name = /^([^:]+):443$/.exec(request.url ?? '')?.[1];
    if (name === undefined || findHost(name) === null) {
      client.end(answer('403 Forbidden', 'keyferry-vault: this proxy leads to its own hosts at port 443 only.\n'));
      return;
    }
    const server = connect({ host: '127.0.0.1', port: tlsPort });
    server.on('connect', () => {
      client.write(answer('200 Connection Established'));
      server.write(head);
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    // Not at once: bytes may be on their way to the other side.
    server.on('close', () => client.destroySoon());
    client.on('close', () => server.destroySoon());
  });
  return proxy;
}

function answer(status: string, text?: string): string {
  const headers = Object.entries(EMULATOR_HEADER).map(([name, value]) => `${name}: ${value}`);
  // A successful answer to CONNECT has no length: the tunnel begins after it.
  const about =
    text === undefined ? [] : ['content-type: text/plain', `content-length: ${text.length}`, 'connection: close'];
  return [`HTTP/1.1 ${status}`, ...headers, ...about, '', text ?? ''].join('\r\n');
}
