import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent, createServer as createTlsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { StartedVault } from 'keyferry-vault';
import { makeAuthority } from '../../../packages/vault/src/authority.js';
import { readEndpoint } from '../../../packages/vault/src/data/endpoint.js';
import { SERVED_NAMES } from '../../../packages/vault/src/hosts.js';

/** A request to a vault. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: the broken look into it freely
  readonly body: any;
}

export interface Answer {
  readonly status: number;
  /** Whether it carries the header of the emulator. */
  readonly marked: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  readonly body: any;
}

/** Answers as a broken importer does, with the help of a right one. */
export type Broken = (asked: Asked, right: (asked: Asked) => Promise<Answer>) => Promise<Answer>;

/**
 * Stands before an emulator with a certificate of its own, and lets each vault answer as the one says that is found under
 * the first label of its host name; all others answer as the emulator does.
 */
export async function startRelay(
  vault: StartedVault,
  data: string,
  broken: Readonly<Record<string, Broken>>,
): Promise<{ readonly env: Record<string, string>; close(): void }> {
  const { tlsPort } = await readEndpoint(data);
  const agent = new Agent({ keepAlive: true, ca: readFileSync(vault.caFile) });
  const authority = makeAuthority();
  const { certificate, privateKey } = authority.issue(SERVED_NAMES);
  const tls = createTlsServer({ cert: certificate, key: privateKey }, async (request, response) => {
    const { host = '', ...headers } = request.headers;
    const [label = ''] = host.split('.');
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const text = await textOf(request);
    const right = async (asked: { method: string; path: string; text: string }) => {
      const sent = httpsRequest({
        agent,
        port: tlsPort,
        servername: host,
        method: asked.method,
        path: `${asked.path}?${query}`,
        headers: { ...withoutLength(headers), host, 'content-length': Buffer.byteLength(asked.text) },
      });
      sent.end(asked.text);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: answer.statusCode ?? 0, headers: answer.headers, text: await textOf(answer) };
    };
    const answerOf = broken[label];
    const method = request.method ?? '';
    if (answerOf === undefined || headers.authorization === undefined) {
      const { status, headers, text: answer } = await right({ method, path, text });
      return void response.writeHead(status, withoutLength(headers)).end(answer);
    }
    let last: IncomingHttpHeaders = {};
    const { status, marked, body } = await answerOf({ method, path, body: jsonOf(text) }, async (asked) => {
      const answer = await right({ ...asked, text: asked.body === undefined ? '' : JSON.stringify(asked.body) });
      last = answer.headers;
      return { status: answer.status, marked: true, body: jsonOf(answer.text) };
    });
    const { 'x-keyferry-emulator': mark, ...plain } = withoutLength(last);
    response.writeHead(status, { ...plain, ...(marked && mark !== undefined && { 'x-keyferry-emulator': mark }) });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  const sockets = new Set<Socket>();
  const proxy = createHttpServer().on('connect', (_, client: Socket) => {
    const server = connect((tls.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  await Promise.all([tls, proxy].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const caFile = join(data, 'relay-ca.pem');
  writeFileSync(caFile, authority.certificate);
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    env: { ...vault.env, HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NODE_EXTRA_CA_CERTS: caFile },
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      tls.close();
      agent.destroy();
    },
  };
}

async function textOf(message: IncomingMessage): Promise<string> {
  return (await message.setEncoding('utf8').toArray()).join('');
}

function jsonOf(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

function withoutLength(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = headers;
  return rest;
}
