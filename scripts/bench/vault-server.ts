import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { BareKeyCalls } from '../../packages/pkcs11/bench/bare-key-calls.js';
import { dataFolder } from '../../packages/vault/src/data/folder.js';
import { STUB_CLIENT } from '../../packages/vault/src/identity/credentials.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from '../../packages/vault/test/support/transfer.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { practiceKey } from '../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../test/support/softhsm.js';
import { type Answer, message, VaultClient } from './vault-client.js';

const program = fileURLToPath(new URL('../../packages/vault/dist/main.js', import.meta.url));
const bareProgram = fileURLToPath(new URL('../../packages/pkcs11/bench/bare-key-calls.ts', import.meta.url));

export const HOST = 'bench.vault.azure.net';
const QUERY = '?api-version=2025-07-01';

const running = new Set<ChildProcess>();
wholeFile.teardown(() => {
  for (const server of running) server.kill('SIGKILL');
});

/** A server in a process of its own on a folder in memory, and a transfer of an RSA-2048 key for it. */
export class BenchVault {
  readonly data: string;
  readonly #server: ChildProcess;
  readonly #port: number;
  readonly #ca: string;
  #token = '';
  #names = 0;
  #transfer: { readonly ciphertext: Buffer; readonly body: string; readonly damaged: string } | null = null;

  private constructor(data: string, server: ChildProcess, port: number) {
    this.data = data;
    this.#server = server;
    this.#port = port;
    this.#ca = readFileSync(dataFolder(data).ca, 'utf8');
  }

  /** Answers when the server says that it is ready. */
  static async start(data: string = join(privateFolder(wholeFile), 'vault')): Promise<BenchVault> {
    const args = [program, 'serve', '--quiet', '--json', '--data', data];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(server.stdout as Readable), 'line');
    const vault = new BenchVault(data, server, JSON.parse(line).tlsPort);
    running.add(server);
    return vault;
  }

  /** MiB in use (VmRSS). */
  get mebibytes(): number {
    const status = readFileSync(`/proc/${this.#server.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    this.#server.kill('SIGTERM');
    await once(this.#server, 'exit');
    running.delete(this.#server);
  }

  client(host: string = HOST): Promise<VaultClient> {
    return VaultClient.connect(this.#port, host, this.#ca);
  }

  /** Logs in, makes a KEK, and wraps the key for it. */
  async prepare(): Promise<void> {
    const login = await this.client('login.microsoftonline.com');
    const { tenantId, clientId: client_id, clientSecret: client_secret } = STUB_CLIENT;
    const form = {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'https://vault.azure.net/.default',
    };
    const path = `/${tenantId}/oauth2/v2.0/token`;
    const body = new URLSearchParams(form).toString();
    const answer = await login.send(message('POST', 'login.microsoftonline.com', path, null, body));
    login.close();
    this.#token = JSON.parse(answer.text).access_token;
    const client = await this.client();
    const made = await client.send(this.request('POST', '/keys/kek/create', { kty: 'RSA-HSM', key_ops: ['import'] }));
    const { key: kek } = JSON.parse(made.text);
    const ciphertext = wrapFor(kek, plaintextOf(practiceKey('rsa-2048')));
    const damaged = Buffer.from(ciphertext);
    damaged.writeUInt8((damaged.at(-1) ?? 0) ^ 1, damaged.length - 1);
    const bodyOf = (bytes: Buffer) => {
      const key = { kty: 'RSA-HSM', key_ops: ['sign', 'verify'], key_hsm: keyHsm(blobFor(kek.kid, bytes)) };
      return JSON.stringify({ key });
    };
    this.#transfer = { ciphertext, body: bodyOf(ciphertext), damaged: bodyOf(damaged) };
    expect200(await client.send(this.request('PUT', '/keys/signer', this.#transfer.body)));
    client.close();
  }

  request(method: string, path: string, body?: unknown): Buffer {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    return message(method, HOST, path + (path.includes('?') ? '' : QUERY), this.#token, text);
  }

  /** An import, under a new name unless one is given. */
  importRequest(name = `key-${this.#names++}`): Buffer {
    return this.request('PUT', `/keys/${name}`, this.#transfer?.body);
  }

  /** An import that fails in the token, at its last step. */
  damagedRequest(name: string): Buffer {
    return this.request('PUT', `/keys/${name}`, this.#transfer?.damaged);
  }

  signRequest(name = 'signer'): Buffer {
    const value = Buffer.alloc(32, 7).toString('base64url');
    return this.request('POST', `/keys/${name}/sign`, { alg: 'RS256', value });
  }

  /** The seconds that so many requests take by so many clients side by side. */
  async seconds(clients: readonly VaultClient[], count: number, next: () => Buffer): Promise<number> {
    let sent = 0;
    const began = process.hrtime.bigint();
    await Promise.all(
      clients.map(async (client) => {
        while (sent++ < count) expect200(await client.send(next()));
      }),
    );
    return Number(process.hrtime.bigint() - began) / 1e9;
  }

  /** The bare calls on the token of this vault, in a process of their own. */
  bare(): BareProcess {
    const ciphertext = this.#transfer?.ciphertext ?? Buffer.alloc(0);
    const { conf, pin } = dataFolder(this.data);
    return new BareProcess(conf, {
      module: SOFTHSM_MODULE,
      pin: readFileSync(pin, 'utf8').trim(),
      kek: `${HOST}/kek`,
      signer: `${HOST}/signer`,
      wrappedAesKey: ciphertext.subarray(0, 256).toString('hex'),
      wrappedTarget: ciphertext.subarray(256).toString('hex'),
    });
  }
}

export class BareProcess {
  readonly #process: ChildProcess;
  readonly #lines: Interface;

  constructor(conf: string, request: BareKeyCalls) {
    const env = { ...process.env, SOFTHSM2_CONF: conf };
    this.#process = spawn(process.execPath, ['--import=tsx', bareProgram], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#process.stdout as Readable);
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  async seconds(what: 'unwrap' | 'sign', count: number): Promise<number> {
    this.#process.stdin?.write(`${what} ${count}\n`);
    const [line] = await once(this.#lines, 'line');
    return Number(line);
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await once(this.#process, 'exit');
  }
}

export function expect200({ status, text }: Answer): void {
  if (status !== 200) throw new Error(`the emulator answered ${status}: ${text}`);
}
