import { execFile } from 'node:child_process';
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A version of a key in the stub, in the words of the service. */
export interface StubKey {
  kty: string;
  key_ops: string[];
  publicKey: KeyObject | null;
  attributes: Record<string, unknown>;
}

/** A request that carried a token, as the stub saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** How the stub misbehaves: it may answer itself and return true, before the stub does what was asked. */
export type Fault = (request: Seen, response: ServerResponse, work: () => void) => boolean;

/**
 * A Key Vault and its login host behind a CONNECT proxy, under the real host names, for answers that no sound service
 * gives. It keeps versions and attributes; whatever is imported becomes the public key `imported`.
 */
export interface ServiceStub {
  /** For the child: proxy, CA, credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly keys: Map<string, Map<string, StubKey>>;
  /** Requests with a token, without those to the login host. */
  readonly seen: Seen[];
  fault: Fault | null;
  loginFault: ((response: ServerResponse) => boolean) | null;
  /** How often a device that waits for its person is told to go on waiting. */
  personIsSlow: number;
  emulator: boolean;
  imported: KeyObject | null;
  /** The login hosts that were asked. */
  readonly logins: Set<string>;
  add(name: string, key: Partial<StubKey>): string;
  close(): Promise<void>;
}

const VAULT_HOSTS = ['*.vault.azure.net', '*.managedhsm.azure.net', '*.vault.usgovcloudapi.net', '*.vault.azure.cn'];
const LOGIN_HOSTS = ['login.microsoftonline.com', 'login.microsoftonline.us', 'login.partner.microsoftonline.cn'];

const run = promisify(execFile);

export async function startServiceStub(): Promise<ServiceStub> {
  const folder = await mkdtemp(join(tmpdir(), 'keyferry-import-'));
  await makeCertificates(folder);
  const sockets = new Set<Socket>();
  const server = https.createServer({
    key: await readFile(join(folder, 'leaf.key')),
    cert: await readFile(join(folder, 'leaf.pem')),
  });
  const proxy = http.createServer();
  for (const each of [server, proxy]) {
    each.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    });
  }
  await listen(server);
  proxy.on('connect', (_request: IncomingMessage, client: Socket) => {
    const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.add(upstream);
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
    upstream.on('error', () => {}).on('close', () => client.destroy());
    client.on('error', () => {}).on('close', () => upstream.destroy());
  });
  await listen(proxy);

  const stub: ServiceStub = {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      AZURE_TENANT_ID: '11111111-1111-4111-8111-111111111111',
      AZURE_CLIENT_ID: '22222222-2222-4222-8222-222222222222',
      AZURE_CLIENT_SECRET: 'a-secret-that-must-not-be-shown',
    },
    folder,
    keys: new Map(),
    seen: [],
    fault: null,
    loginFault: null,
    personIsSlow: 0,
    emulator: true,
    imported: null,
    logins: new Set(),
    add(name, key) {
      const version = randomBytes(16).toString('hex');
      const versions = stub.keys.get(name) ?? new Map<string, StubKey>();
      stub.keys.set(name, versions);
      versions.set(version, { kty: 'RSA-HSM', key_ops: [], publicKey: null, attributes: { enabled: true }, ...key });
      return version;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, proxy].map((each) => new Promise((resolve) => each.close(resolve))));
      await rm(folder, { recursive: true });
    },
  };
  server.on('request', (request, response) => void answer(stub, request, response));
  return stub;
}

async function answer(stub: ServiceStub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
  if (LOGIN_HOSTS.includes(url.host)) {
    stub.logins.add(url.host);
    if (stub.loginFault?.(response) === true) return;
    if (stub.personIsSlow > 0 && Buffer.concat(chunks).toString().includes('device_code=')) {
      stub.personIsSlow -= 1;
      send(response, 400, { error: 'authorization_pending', error_description: 'AADSTS70016: pending' });
      return;
    }
    login(url, response);
    return;
  }
  if (stub.emulator) response.setHeader('x-keyferry-emulator', 'stub');
  if (request.headers.authorization === undefined) {
    const tenant = stub.env.AZURE_TENANT_ID;
    const resource = `https://${url.host.slice(url.host.indexOf('.') + 1)}`;
    const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="${resource}"`;
    send(response, 401, { error: { code: 'Unauthorized', message: 'no token' } }, { 'WWW-Authenticate': challenge });
    return;
  }
  const text = Buffer.concat(chunks).toString();
  const seen: Seen = {
    method: request.method ?? '',
    path: url.pathname.replace(/\/$/, ''),
    body: text === '' ? {} : JSON.parse(text),
  };
  stub.seen.push(seen);
  const work = () => serve(stub, url.host, seen, response);
  if (stub.fault?.(seen, response, work) !== true) work();
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Who logs in, where a person does: without it the SDK keeps no token. */
const PERSON = {
  id_token: `${encoded({ alg: 'none' })}.${encoded({
    ...{
      ver: '2.0',
      aud: '22222222-2222-4222-8222-222222222222',
      sub: 'a',
      oid: 'a',
      preferred_username: 'a@example.com',
    },
    ...{ iss: 'https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0' },
    ...{ tid: '11111111-1111-4111-8111-111111111111', iat: 0, exp: 4_000_000_000 },
  })}.`,
  client_info: encoded({ uid: 'a', utid: '11111111-1111-4111-8111-111111111111' }),
};

function login(url: URL, response: ServerResponse): void {
  if (url.pathname.endsWith('/openid-configuration')) {
    const base = `https://${url.host}${url.pathname.replace(/\/v2\.0.*/, '')}`;
    send(response, 200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/keys`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    });
    return;
  }
  if (url.pathname.endsWith('/devicecode')) {
    const message = 'To sign in, open https://example.com/device and enter the code ABCD-EFGH.';
    const user = { user_code: 'ABCD-EFGH', verification_uri: 'https://example.com/device', message };
    send(response, 200, { ...user, device_code: 'a-device', expires_in: 900, interval: 1 });
    return;
  }
  const token = { token_type: 'Bearer', expires_in: 3600, access_token: 'e30.e30.c3R1Yg' };
  send(response, 200, { ...token, ...PERSON, scope: 'https://vault.azure.net/.default' });
}

function serve(stub: ServiceStub, host: string, { method, path, body }: Seen, response: ServerResponse): void {
  const [, , name = '', version, verb] = path.split('/');
  const versions = stub.keys.get(name) ?? new Map<string, StubKey>();
  const found = (version === undefined ? [...versions.keys()].at(-1) : version) ?? '';
  const show = (id: string) => send(response, 200, bundle(`https://${host}/keys/${name}/${id}`, versions.get(id)));
  if (method === 'GET' && version === 'versions') {
    const value = [...versions].map(([id, { attributes }]) => ({
      kid: `https://${host}/keys/${name}/${id}`,
      attributes,
    }));
    send(response, 200, { value, nextLink: null });
  } else if (method === 'PUT') {
    const { key, attributes } = body as { key: { kty: string; key_ops: string[] }; attributes: object };
    const id = stub.add(name, { ...key, publicKey: stub.imported, attributes: { ...attributes } });
    send(response, 200, bundle(`https://${host}/keys/${name}/${id}`, stub.keys.get(name)?.get(id)));
  } else if (!versions.has(found)) {
    send(response, 404, { error: { code: 'KeyNotFound', message: `${name} was not found` } });
  } else if (method === 'PATCH') {
    Object.assign(versions.get(found)?.attributes ?? {}, body.attributes);
    show(found);
  } else if (method === 'GET' && verb === undefined) {
    show(found);
  } else {
    send(response, 400, { error: { code: 'BadParameter', message: `the stub cannot ${verb}` } });
  }
}

function bundle(kid: string, key: StubKey | undefined): object {
  const jwk = key?.publicKey?.export({ format: 'jwk' }) ?? {};
  const crv = jwk.crv === 'secp256k1' ? 'P-256K' : jwk.crv;
  return { key: { ...jwk, kid, kty: key?.kty, key_ops: key?.key_ops, crv }, attributes: key?.attributes };
}

export function send(response: ServerResponse, status: number, body: object | string, headers = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), ...headers }).end(text);
}

export function publicPart(key: KeyObject): KeyObject {
  return createPublicKey(key);
}

async function makeCertificates(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = [...VAULT_HOSTS, ...LOGIN_HOSTS];
  const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  await run('openssl', ['req', '-x509', ...ec, '-subj', '/CN=stub CA', '-keyout', at('ca.key'), '-out', at('ca.pem')]);
  await run('openssl', [
    ...['req', '-x509', ...ec, '-subj', '/CN=stub', '-addext', san, '-addext', 'basicConstraints=CA:FALSE'],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-keyout', at('leaf.key'), '-out', at('leaf.pem')],
  ]);
}

function listen(server: http.Server | https.Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
