import { type Server, STATUS_CODES } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { EMULATOR_HEADER } from './version.js';

/** What an HTTP parser says to a request that it cannot read (code of Node -> status). */
const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** A whole answer as bytes of HTTP/1.1, for a socket that has no request: it ends the connection. */
export function rawReply(status: number, text = ''): string {
  const lines = Object.entries(EMULATOR_HEADER).map(([name, value]) => `${name}: ${value}`);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...lines,
    'content-type: text/plain',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ].join('\r\n');
}

/** Lets a server mark also the answers that Node would give by itself: to what is no HTTP, too long, too slow or expected. */
export function markOwnAnswers(server: Server | SecureServer): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(rawReply(STATUS_OF[error.code ?? ''] ?? 400));
  });
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, { ...EMULATOR_HEADER, connection: 'close' }).end();
  });
}
