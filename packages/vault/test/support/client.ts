import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { STUB_CLIENT } from '../../src/identity/credentials.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  readonly body: any;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** A client that knows nothing but the proxy and the authority, as Azure's clients do. */
export class Client {
  readonly #proxyUrl: URL;
  readonly #ca: string;
  readonly #clientId: string;
  readonly #tokens = new Map<string, string>();

  /** `clientId` is who logs in; may do everything unless said. */
  constructor(proxyUrl: string, ca: string, clientId: string = STUB_CLIENT.clientId) {
    this.#clientId = clientId;
    this.#proxyUrl = new URL(proxyUrl);
    this.#ca = ca;
  }

  /** A TLS connection to a host under its real name, through the proxy. */
  async connect(host: string): Promise<TLSSocket> {
    const { hostname, port } = this.#proxyUrl;
    const asked = httpRequest({ hostname, port, method: 'CONNECT', path: `${host}:443` });
    asked.end();
    const [response, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket];
    if (response.statusCode !== 200) throw new Error(`CONNECT: ${response.statusCode}`);
    const secure = tlsConnect({ socket, servername: host, ca: this.#ca });
    await once(secure, 'secureConnect');
    return secure;
  }

  async send(method: string, url: string, options: RequestOptions = {}): Promise<Answer> {
    const { hostname, pathname, search } = new URL(url);
    const socket = await this.connect(hostname);
    const text =
      options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const asked = httpsRequest({
      host: hostname,
      method,
      path: pathname + search,
      createConnection: () => socket,
      headers: {
        connection: 'close',
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
    });
    asked.end(text);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const answer = (await response.setEncoding('utf8').toArray()).join('');
    const isJson = response.headers['content-type']?.startsWith('application/json');
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: answer,
      body: isJson ? JSON.parse(answer) : undefined,
    };
  }

  /** A request to a vault, with a token for it. */
  async call(method: string, url: string, body?: unknown): Promise<Answer> {
    const full = url.includes('?') ? url : `${url}?api-version=2025-07-01`;
    const domain = new URL(url).hostname.split('.').slice(1).join('.');
    return this.send(method, full, { body, token: await this.token(`https://${domain}`) });
  }

  async token(resource: string): Promise<string> {
    const known = this.#tokens.get(resource);
    if (known !== undefined) return known;
    const { tenantId, clientSecret } = STUB_CLIENT;
    const form = {
      grant_type: 'client_credentials',
      client_id: this.#clientId,
      client_secret: clientSecret,
      scope: `${resource}/.default`,
    };
    const answer = await this.send('POST', `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`, {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    this.#tokens.set(resource, answer.body.access_token);
    return answer.body.access_token;
  }
}
