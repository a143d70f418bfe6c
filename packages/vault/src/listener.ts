import { once } from 'node:events';
import { isIP, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { KeyferryError } from '@keyferry/errors';

const LOOPBACK = '127.0.0.1';
const EVERY_ADDRESS = ['0.0.0.0', '::'];

export interface Listener {
  readonly port: number;
  /** An address of this machine at which the server is reached. */
  readonly address: string;
  /** The same as the start of a URL: `http://127.0.0.1:4040`. */
  readonly url: string;
  /** Nobody new is let in; connections that are open stay. */
  stopAccepting(): void;
  /** Ends all connections, those that end by themselves within `patience` milliseconds not; resolves when they are gone. */
  end(options?: { readonly patience?: number }): Promise<void>;
}

/** Whether only this machine itself can reach an IP address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/**
 * Lets a server listen at an IP address of this machine, loopback unless said; port 0 is any free one.
 * Throws PORT_IN_USE, ADDRESS_NOT_HERE.
 */
export async function listen(server: Server, port: number, address: string = LOOPBACK): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(cause as NodeJS.ErrnoException, port, address);
  }
  const closed = once(server, 'close');
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  const reached = EVERY_ADDRESS.includes(address) ? LOOPBACK : address;
  return {
    port: boundPort,
    address: reached,
    url: `http://${isIP(reached) === 6 ? `[${reached}]` : reached}:${boundPort}`,
    stopAccepting: () => void server.close(),
    async end({ patience = 0 } = {}) {
      server.close();
      if (patience > 0) await Promise.race([closed, setTimeout(patience, undefined, { ref: false })]);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function cannotListen(cause: NodeJS.ErrnoException, port: number, address: string): Error {
  const { code = '' } = cause;
  const reason = `cannot listen on ${address}:${port} (${code})`;
  if (code === 'EADDRNOTAVAIL') return new KeyferryError('ADDRESS_NOT_HERE', { reason, cause });
  if (!['EADDRINUSE', 'EACCES'].includes(code)) return cause;
  return new KeyferryError('PORT_IN_USE', { reason, values: { port }, cause });
}
