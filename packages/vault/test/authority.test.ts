import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { mustRun } from '../../../test/support/programs.js';
import { AUTHORITY_DAYS, makeAuthority } from '../src/authority.js';
import { SERVED_NAMES } from '../src/hosts.js';
import { listen } from '../src/listener.js';

const authority = makeAuthority();

/** Whether node's verifier takes a leaf for these names, for a host that it names. */
async function handshake(t: ExecutionContext, names: readonly string[], host: string): Promise<string> {
  const { certificate, privateKey } = authority.issue(names);
  const server = createServer({ cert: certificate, key: privateKey }, (socket: TLSSocket) => socket.end());
  server.on('tlsClientError', () => undefined);
  const listener = await listen(server, 0);
  t.teardown(() => {
    listener.stopAccepting();
    return listener.end();
  });
  const socket = connect({ port: listener.port, host: '127.0.0.1', servername: host, ca: authority.certificate });
  try {
    await once(socket, 'secureConnect');
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  } finally {
    socket.destroy();
  }
}

for (const host of [
  'some.vault.azure.net',
  'some.managedhsm.azure.net',
  'login.microsoftonline.com',
  'management.azure.com',
]) {
  test(`the leaf is good for ${host}`, async (t) => {
    t.is(await handshake(t, SERVED_NAMES, host), 'accepted');
  });
}

test('a leaf for another host is refused, although the authority has signed it', async (t) => {
  t.is(await handshake(t, ['example.com'], 'example.com'), 'permitted subtree violation');
  t.is(await handshake(t, [...SERVED_NAMES, 'example.com'], 'some.vault.azure.net'), 'permitted subtree violation');
});

test('the constraints are critical, and the authority can make no further authority', async (t) => {
  const file = join(privateFolder(t), 'ca.pem');
  writeFileSync(file, authority.certificate);
  const { stdout } = await mustRun('openssl', ['x509', '-in', file, '-noout', '-text']);
  t.regex(stdout, /Basic Constraints: critical\s+CA:TRUE, pathlen:0\s/);
  t.regex(stdout, /Key Usage: critical\s+Certificate Sign\s/);
  const domains = ['vault.azure.net', 'managedhsm.azure.net', 'login.microsoftonline.com', 'management.azure.com'];
  const permitted = domains.map((domain) => `DNS:${domain.replaceAll('.', '\\.')}\\s+`).join('');
  t.regex(
    stdout,
    new RegExp(
      `Name Constraints: critical\\s+Permitted:\\s+${permitted}Excluded:\\s+IP:0\\.0\\.0\\.0/0\\.0\\.0\\.0\\s+IP:`,
    ),
  );
});

test('an authority lives 30 days, and each start has a new one', (t) => {
  const now = new Date('2026-03-01T12:00:00Z');
  const [one, other] = [makeAuthority(now), makeAuthority(now)];
  const { validTo, validFrom, publicKey, ca } = new X509Certificate(one.certificate);
  t.true(ca);
  t.is(Date.parse(validTo), now.getTime() + AUTHORITY_DAYS * 86_400_000);
  t.true(Date.parse(validFrom) < now.getTime());
  t.is(AUTHORITY_DAYS, 30);
  t.false(publicKey.equals(new X509Certificate(other.certificate).publicKey));
});
