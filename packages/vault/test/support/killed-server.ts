import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readEndpoint } from '../../src/data/endpoint.js';
import { STUB_CLIENT } from '../../src/identity/credentials.js';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  readonly body: any;
}

export interface ServerOptions {
  /** More words for the command line. */
  readonly options?: readonly string[];
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of its own process that can be killed at any moment. */
export class KilledServer {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #data: string;
  #stderr = '';
  #tlsPort = 0;
  #agent = new Agent();
  #token = '';

  constructor(data: string, { options = [], env = {} }: ServerOptions = {}) {
    this.#data = data;
    const args = [PROGRAM, 'serve', '--json', '--data', data, ...options];
    this.#process = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#exit = once(this.#process, 'exit');
  }

  /** What it has said on stderr so far. */
  get said(): string {
    return this.#stderr;
  }

  /** False when it was killed before it was ready. */
  async ready(): Promise<boolean> {
    const line = once(createInterface(this.#process.stdout as Readable), 'line');
    if ((await Promise.race([line, this.#exit.then(() => null)])) === null) return false;
    const { tlsPort, caFile } = await readEndpoint(this.#data).catch(() => ({ tlsPort: 0, caFile: null }));
    if (caFile === null) return false;
    this.#tlsPort = tlsPort;
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(caFile) });
    const { tenantId, clientId: client_id, clientSecret: client_secret } = STUB_CLIENT;
    const form = {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'https://vault.azure.net/.default',
    };
    const path = `/${tenantId}/oauth2/v2.0/token`;
    const reply = await this.#send('POST', 'login.microsoftonline.com', path, new URLSearchParams(form).toString());
    this.#token = reply?.body.access_token ?? '';
    return reply !== null;
  }

  /** The answer; null when none came. The URL without api-version. */
  call(method: string, url: string, body?: unknown): Promise<Reply | null> {
    const { hostname, pathname, search } = new URL(url);
    const query = search === '' ? '?api-version=2025-07-01' : search;
    return this.#send(method, hostname, pathname + query, body === undefined ? '' : JSON.stringify(body));
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
    this.#agent.destroy();
  }

  #send(method: string, host: string, path: string, text: string): Promise<Reply | null> {
    const headers = {
      host,
      'content-length': Buffer.byteLength(text),
      'content-type': path.includes('oauth2') ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }),
    };
    return new Promise((resolve) => {
      const lost = () => resolve(null);
      const options = { agent: this.#agent, host: '127.0.0.1', port: this.#tlsPort, servername: host };
      const asked = request({ ...options, method, path, headers }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', lost).on('end', () => {
          if (!response.complete) return lost();
          resolve({ status: response.statusCode ?? 0, body: answer === '' ? null : JSON.parse(answer) });
        });
        response.on('aborted', lost);
      });
      asked.on('error', lost).end(text);
    });
  }
}
