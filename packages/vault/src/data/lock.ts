import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { KeyferryError } from '@keyferry/errors';

/**
 * Locks a data folder as long as this process lives. The lock is an abstract socket of Linux named after the folder's
 * device and inode: the kernel gives it to one process only, and takes it back however the process ends. Programs in
 * another network namespace (another container) do not see it. Throws DATA_IN_USE.
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  server.listen(await lockName(folder));
  try {
    await once(server, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new KeyferryError('DATA_IN_USE', { reason: `another process holds ${folder}`, cause });
  }
  // The lock alone keeps no process alive.
  server.unref();
  return { release: () => closed(server) };
}

export async function isLocked(folder: string): Promise<boolean> {
  const socket = connect(await lockName(folder));
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

async function lockName(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return `\0keyferry-vault-${dev}-${ino}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
