import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { KeyferryError } from '@keyferry/errors';

const LOOPBACK = '127.0.0.1';

export interface Listener {
  readonly port: number;
  /** Nobody new is let in; connections that are open stay. */
  stopAccepting(): void;
  /** Ends all connections, those that end by themselves within `patience` milliseconds not; resolves when they are gone. */
  end(options?: { readonly patience?: number }): Promise<void>;
}

/** Lets a server listen on loopback; port 0 is any free one. Throws PORT_IN_USE. */
export async function listen(server: Server, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, LOOPBACK);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (!['EADDRINUSE', 'EACCES'].includes(code)) throw cause;
    throw new KeyferryError('PORT_IN_USE', {
      reason: `cannot listen on ${LOOPBACK}:${port} (${code})`,
      values: { port },
      cause,
    });
  }
  const closed = once(server, 'close');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stopAccepting: () => void server.close(),
    async end({ patience = 0 } = {}) {
      server.close();
      if (patience > 0) await Promise.race([closed, setTimeout(patience, undefined, { ref: false })]);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
