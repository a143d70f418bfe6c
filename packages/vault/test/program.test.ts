import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { runCommand, runProgram } from '../../../test/support/programs.js';
import { CLIENT_IDS } from '../src/identity/credentials.js';
import { startVault } from '../src/index.js';
import { VERSION } from '../src/version.js';
import { Client } from './support/client.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('a started vault is reached by its environment, and its keys are there at the next start', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const first = await startVault({ data });
  t.teardown(() => first.close());
  const client = new Client(first.env.HTTPS_PROXY ?? '', readFileSync(first.caFile, 'utf8'));
  const { body } = await client.call('POST', 'https://lib.vault.azure.net/keys/k/create', { kty: 'EC-HSM' });
  await first.close();

  const second = await startVault({ data });
  t.teardown(() => second.close());
  const again = new Client(second.proxyUrl, readFileSync(second.caFile, 'utf8'));
  t.deepEqual((await again.call('GET', body.key.kid)).body, body);
});

test('a test suite sets faults on a started vault, lists them and takes them back', async (t) => {
  const vault = await startVault({ data: join(privateFolder(t), 'vault') });
  t.teardown(vault.close);
  const client = new Client(vault.proxyUrl, readFileSync(vault.caFile, 'utf8'));
  const url = 'https://faults.vault.azure.net/keys/k';
  const lost = await vault.faults.add({ kind: 'lost-answer', method: 'POST', host: 'faults.*' });
  await vault.faults.add({ kind: 'error', status: 503, method: 'GET', count: 'unlimited' });
  t.deepEqual(
    (await vault.faults.list()).map(({ kind, left }) => [kind, left]),
    [
      ['lost-answer', 1],
      ['error', 'unlimited'],
    ],
  );
  await t.throwsAsync(client.call('POST', `${url}/create`, { kty: 'EC-HSM' }), { code: 'ECONNRESET' });
  t.is((await client.call('GET', url)).status, 503);
  await vault.faults.clear(lost.id);
  await vault.faults.clear();
  t.is((await client.call('GET', url)).status, 200);
  const { hint } = await t.throwsAsync<KeyferryError>(vault.faults.add({ kind: 'delay', ms: -1 }), { code: 'USAGE' });
  t.regex(hint, /docs\/emulator\.md/);
  await vault.close();
  await t.throwsAsync(vault.faults.list(), { code: 'VAULT_NOT_RUNNING', message: /127\.0\.0\.1/ });
});

test('serve takes faults and the form of its log as options, and warns when others can reach it', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const options = [
    '--fault',
    'error,status=503,host=*.vault.azure.net,count=2',
    '--log',
    'json',
    '--listen',
    '0.0.0.0',
  ];
  const server = spawn(
    join(root, 'node_modules/.bin/keyferry-vault'),
    ['serve', '--data', data, '--json', ...options],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = once(server, 'exit');
  const stderr = server.stderr.setEncoding('utf8').toArray();
  const [ready] = await once(createInterface(server.stdout), 'line');
  const { proxyUrl, caFile, adminUrl } = JSON.parse(ready);
  const client = new Client(proxyUrl, readFileSync(caFile, 'utf8'));
  t.is((await client.call('GET', 'https://options.vault.azure.net/keys')).status, 503);
  t.is((await client.call('GET', 'https://options.managedhsm.azure.net/keys')).status, 200);
  // Another address of this machine: the admin endpoint is not there.
  const admin = connect({ host: '127.0.0.2', port: Number(new URL(adminUrl).port) });
  await t.throwsAsync(once(admin, 'connect'), { code: 'ECONNREFUSED' });
  server.kill('SIGTERM');
  await ended;
  const lines = (await stderr)
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(lines[0], { event: 'note' });
  t.regex(lines[0].text, /open to others at 0\.0\.0\.0/);
  t.like(
    lines.find(({ host }) => host === 'options.vault.azure.net'),
    { event: 'request', status: 503, client: null, faults: ['error'] },
  );
});

for (const [what, options, cause] of [
  ['a fault that is none', ['--fault', 'explode'], /--fault explode/],
  ['a port that is none', ['--port', '70000'], /a port is a whole number from 0 to 65535; found 70000/],
  ['half a port', ['--admin-port', '1.5'], /found 1\.5/],
  ['a name as address', ['--listen', 'localhost'], /--listen takes an IP address/],
  ['another access model', ['--access-model', 'none'], /--access-model is one of rbac, access-policy/],
] as const) {
  test(`serve refuses ${what}`, async (t) => {
    const { code, stderr } = await runProgram('keyferry-vault', ['serve', '--data', '/nowhere', ...options]);
    t.is(code, 2);
    t.regex(stderr, cause);
  });
}

test('a started vault keeps to the published limits, and each client to what it may', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const vault = await startVault({ data, throttle: true, accessModel: 'access-policy' });
  t.teardown(vault.close);
  const ca = readFileSync(vault.caFile, 'utf8');
  const create = (client: Client) =>
    client.call('POST', 'https://limits.vault.azure.net/keys/k/create', { kty: 'EC-HSM' });
  const user = await create(new Client(vault.proxyUrl, ca, CLIENT_IDS.user));
  t.is(user.status, 403);
  t.regex(user.body.error.message, /does not have keys create permission/);
  const importer = new Client(vault.proxyUrl, ca, CLIENT_IDS.importer);
  for (let count = 0; count < 10; count += 1) t.is((await create(importer)).status, 200);
  const { status, headers, body } = await create(importer);
  t.is(status, 429);
  t.is(body.error.code, 'Throttled');
  t.regex(headers['retry-after'] ?? '', /^([1-9]|10)$/);
});

test('a second server on one folder is refused, and the first goes on', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const { close, proxyUrl } = await startVault({ data });
  t.teardown(close);
  await t.throwsAsync(startVault({ data }), { code: 'DATA_IN_USE' });
  const { code, stderr } = await runProgram('keyferry-vault', ['serve', '--data', data]);
  t.is(code, 1);
  t.regex(stderr, /^error\[DATA_IN_USE\]/);
  const env = await runProgram('keyferry-vault', ['env', '--data', data]);
  t.true(env.stdout.includes(`export HTTPS_PROXY='${proxyUrl}'`));
});

test('a port that is taken is refused, and nothing keeps the folder', async (t) => {
  const parent = privateFolder(t);
  const { close, proxyUrl } = await startVault({ data: join(parent, 'one') });
  t.teardown(close);
  const port = new URL(proxyUrl).port;
  const { code, stderr } = await runProgram('keyferry-vault', [
    'serve',
    '--data',
    join(parent, 'two'),
    '--proxy-port',
    port,
  ]);
  t.is(code, 1);
  t.regex(stderr, /^error\[PORT_IN_USE\]/m);
});

test('where SoftHSM2 is not installed the hint says how to get it, and names the option', async (t) => {
  const folder = privateFolder(t);
  const { code, stderr } = await runProgram('keyferry-vault', [
    'serve',
    '--data',
    join(folder, 'vault'),
    '--softhsm',
    join(folder, 'libsofthsm2.so'),
  ]);
  t.is(code, 5);
  t.regex(stderr, /^error\[MODULE_NOT_FOUND\][\s\S]*^hint: .*apt-get install softhsm2.*--softhsm/m);
});

test('env without a server says how to start one', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const { code, stderr, stdout } = await runProgram('keyferry-vault', ['env', '--data', data]);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^error\[VAULT_NOT_RUNNING\].*\ncause: .*\nhint: .*keyferry-vault serve --data/);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends serve well, and then env knows of no server`, async (t) => {
    const data = join(privateFolder(t), 'vault');
    const server = spawn(
      join(root, 'node_modules/.bin/keyferry-vault'),
      ['serve', '--data', data, '--json', '--quiet'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(server, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface(server.stdout)) {
      lines.push(line);
      if (lines.length > 1) continue;
      t.is(statSync(join(data, 'endpoint.json')).mode & 0o777, 0o600);
      server.kill(signal);
    }
    t.deepEqual(await ended, [0, null]);
    const [ready, stopped] = lines.map((line) => JSON.parse(line));
    t.like(ready, { event: 'ready', data });
    t.deepEqual(stopped, { ...ready, event: 'stopped' });
    t.is(lines.length, 2);
    t.false(readdirSync(data).includes('endpoint.json'));
    t.is((await runProgram('keyferry-vault', ['env', '--data', data])).code, 1);
  });
}

test('env is safe to evaluate whatever the folder is called, and removes what would lead elsewhere', async (t) => {
  const data = join(privateFolder(t), `it's $(touch pwned) "a\\b"`);
  const { close, env } = await startVault({ data });
  t.teardown(close);
  const script = 'eval "$(node_modules/.bin/keyferry-vault env --data "$1")" && env -0';
  const { stdout, code } = await runCommand('sh', ['-c', script, 'sh', data], {
    cwd: root,
    env: { AZURE_AUTHORITY_HOST: 'https://elsewhere', AZURE_FEDERATED_TOKEN_FILE: '/x', NO_PROXY: '*' },
  });
  t.is(code, 0);
  const seen = Object.fromEntries(
    stdout.split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  t.like(seen, { ...env, NO_PROXY: '', NODE_EXTRA_CA_CERTS: join(data, 'ca.pem') });
  t.is(seen.AZURE_AUTHORITY_HOST, undefined);
  t.is(seen.AZURE_FEDERATED_TOKEN_FILE, undefined);
});

test('a started vault ends with the process that started it', async (t) => {
  const data = join(privateFolder(t), 'vault');
  const script = `import { startVault } from 'keyferry-vault'; await startVault({ data: process.argv[1] }); process.exit();`;
  const { code } = await runCommand(process.execPath, ['--input-type=module', '-e', script, data], { cwd: root });
  t.is(code, 0);
  const watcher = watch(data);
  t.teardown(() => watcher.close());
  while (readdirSync(data).includes('endpoint.json')) await once(watcher, 'change');
  t.pass();
});

test('the listeners are on loopback only', async (t) => {
  const { close, proxyUrl } = await startVault({ data: join(privateFolder(t), 'vault') });
  t.teardown(close);
  t.is(new URL(proxyUrl).hostname, '127.0.0.1');
  // Another address of this machine than the one that is listened on.
  const socket = connect({ host: '127.0.0.2', port: Number(new URL(proxyUrl).port) });
  await t.throwsAsync(once(socket, 'connect'), { code: 'ECONNREFUSED' });
});

test('the version is that of the package', (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  t.is(VERSION, version);
});
