import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One connection that is kept, one request at a time, with as little work as HTTP/1.1 allows: the client shall not be measured. */
export class VaultClient {
  readonly #socket: TLSSocket;
  #received: Buffer[] = [];
  #answered: ((answer: Answer) => void) | null = null;
  #failed: (error: Error) => void = () => undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', () => this.#failed(new Error('the emulator closed the connection')));
  }

  static async connect(port: number, servername: string, ca: string): Promise<VaultClient> {
    const socket = connect({ host: '127.0.0.1', port, servername, ca });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new VaultClient(socket);
  }

  /** `message` is a whole request. */
  send(message: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(message);
    });
  }

  close(): void {
    this.#failed = () => undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    const bytes = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (bytes.length < end + 4 + length) return;
    this.#received = [];
    const text = bytes.toString('utf8', end + 4, end + 4 + length);
    this.#answered?.({ status: Number(head.slice(9, 12)), text });
  }
}

/** A whole request as bytes. */
export function message(method: string, host: string, path: string, token: string | null, body: string): Buffer {
  const type = token === null ? 'application/x-www-form-urlencoded' : 'application/json';
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
