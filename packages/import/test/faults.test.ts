import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKek, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { type FaultSpec, type StartedVault, startVault } from 'keyferry-vault';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import type { PracticeKeyName } from '../../../test/support/practice-keys.js';
import { Client } from '../../vault/test/support/client.js';
import { type Ended, runImporter } from './support/importer.js';
import { makeTransfer } from './support/transfer.js';

// Each test has a name of its own in the vault, and faults for that name strike no other test.
const VAULT = 'https://faulty.vault.azure.net';
const POOL = 'https://faulty.managedhsm.azure.net';

let service: StartedVault;
let client: Client;
const keks = new Map<string, string>();

test.before(async () => {
  service = await startVault({ data: join(privateFolder(wholeFile), 'vault') });
  client = new Client(service.proxyUrl, readFileSync(service.caFile, 'utf8'));
  for (const url of [VAULT, POOL]) {
    const out = privateFolder(wholeFile);
    await runImporter(
      ['kek', 'create', '--vault-url', url, '--name', 'kek', '--size', '2048', '--out', out],
      environment(),
    );
    keks.set(url, join(out, 'kek.kek.json'));
  }
});
test.after.always(() => service?.close());

function environment(): Record<string, string> {
  return { ...service.env };
}

interface Import {
  /** Runs the import, as often as wanted. */
  run(more?: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** `enabled` of each version that the vault has of the name. */
  versions(): Promise<boolean[]>;
}

function importOf(t: ExecutionContext, name: string, target: PracticeKeyName = 'ec-p256', url = VAULT): Import {
  const kek = readKek(readFileSync(keks.get(url) ?? ''));
  const { blob, manifest } = makeTransfer(kek.kid.text, target, kek.key);
  const file = join(privateFolder(t), 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(file.replace('.byok', '.manifest.json'), writeManifest(manifest));
  return {
    run: (more = [], env = {}) =>
      runImporter(['import', file, '--vault-url', url, '--name', name, ...more], { ...environment(), ...env }),
    async versions() {
      const { status, body } = await client.call('GET', `${url}/keys/${name}/versions`);
      if (status !== 200 && status !== 404) throw new Error(`${status} ${JSON.stringify(body)}`);
      return (body.value ?? []).map(({ attributes }: { attributes: { enabled: boolean } }) => attributes.enabled);
    },
  };
}

function strike(name: string, fault: FaultSpec) {
  return service.faults.add({ path: `/keys/${name}*`, ...fault });
}

interface Case {
  readonly fault: FaultSpec;
  /** Null: the import ends well, with one enabled version. */
  readonly error: string | null;
  /** What is there when it does not. */
  readonly left?: readonly boolean[];
  readonly target?: PracticeKeyName;
  readonly more?: readonly string[];
}

const put = { method: 'PUT' } as const;
const patch = { method: 'PATCH' } as const;
const cases: Readonly<Record<string, Case>> = {
  'a 429 with Retry-After': { fault: { kind: 'error', status: 429, retryAfter: 1, ...put }, error: null },
  'a 429 without Retry-After': { fault: { kind: 'error', status: 429, ...put }, error: 'SERVICE_BUSY' },
  'a 429 with a Retry-After of an hour': {
    fault: { kind: 'error', status: 429, retryAfter: 3600, ...put },
    error: 'SERVICE_BUSY',
  },
  'a 500': { fault: { kind: 'error', status: 500, ...put }, error: 'OUTCOME_UNKNOWN' },
  'a 503': { fault: { kind: 'error', status: 503, ...put }, error: 'OUTCOME_UNKNOWN' },
  'a 503 with Retry-After': {
    fault: { kind: 'error', status: 503, retryAfter: 1, ...put },
    error: 'OUTCOME_UNKNOWN',
  },
  'a 502 in HTML': { fault: { kind: 'error', status: 502, body: 'html', ...put }, error: 'OUTCOME_UNKNOWN' },
  'a 500 without a body': { fault: { kind: 'error', status: 500, body: 'empty', ...put }, error: 'OUTCOME_UNKNOWN' },
  'a 403 in HTML, of a proxy': {
    fault: { kind: 'error', status: 403, body: 'html', ...put },
    error: 'OUTCOME_UNKNOWN',
  },
  'a 403': { fault: { kind: 'error', status: 403, ...put }, error: 'SERVICE_FORBIDDEN' },
  'a reset before the work': { fault: { kind: 'reset', ...put }, error: 'OUTCOME_UNKNOWN' },
  'a reset after the work': { fault: { kind: 'lost-answer', ...put }, error: null },
  'an answer that comes too late': {
    fault: { kind: 'slow-body', ms: 120_000, ...put },
    error: null,
    more: ['--timeout', '6'],
  },
  'work that does not begin in time': {
    fault: { kind: 'delay', ms: 120_000, ...put },
    error: 'OUTCOME_UNKNOWN',
    more: ['--timeout', '6'],
  },
  'a reset after the work with an AES key, of which nothing is shown': {
    fault: { kind: 'lost-answer', ...put },
    error: 'OUTCOME_UNKNOWN',
    left: [false],
    target: 'aes-256',
  },
  'two 503 when it is enabled': { fault: { kind: 'error', status: 503, count: 2, ...patch }, error: null },
  'a reset after it was enabled': { fault: { kind: 'lost-answer', ...patch }, error: null },
  'resets whenever it is to be enabled': {
    fault: { kind: 'reset', count: 3, ...patch },
    error: 'SERVICE_NO_ANSWER',
    left: [false],
  },
  'a 500 whenever the versions are asked for': {
    fault: { kind: 'error', status: 500, count: 3, method: 'GET' },
    error: 'SERVICE_FAILED',
  },
};
for (const [words, { fault, error, left = [], target, more }] of Object.entries(cases)) {
  test(`${words}: ${error ?? 'done'}, ${error === null ? 1 : left.length} version(s), never two`, async (t) => {
    // The end keeps one name from being the beginning of another.
    const name = `${words.replaceAll(/[^A-Za-z0-9]+/g, '-')}-x`;
    const { run, versions } = importOf(t, name, target, target === undefined ? VAULT : POOL);
    await strike(name, fault);
    const ended = await run(more);
    t.is(ended.error, error, ended.stderr);
    t.deepEqual(await versions(), error === null ? [true] : [...left]);
    t.false(ended.stderr.includes('    at '), ended.stderr);
    if (error !== 'OUTCOME_UNKNOWN') return;
    // The same command again looks, and sends nothing.
    t.is((await run(more)).error, 'OUTCOME_UNKNOWN');
    t.deepEqual(await versions(), [...left]);
  });
}

test('a key that could not be enabled is found by the next run, and enabled without a second PUT', async (t) => {
  const { run, versions } = importOf(t, 'resumed');
  await strike('resumed', { kind: 'reset', count: 3, ...patch });
  t.is((await run()).error, 'SERVICE_NO_ANSWER');
  t.deepEqual(await versions(), [false]);
  const resumed = await run();
  t.like(resumed, { code: 0, json: { resumed: true } }, resumed.stderr);
  t.deepEqual(await versions(), [true]);
});

test('a KEK whose creation was throttled is made once; one whose answer was lost is told of', async (t) => {
  const create = (name: string) =>
    runImporter(
      ['kek', 'create', '--vault-url', VAULT, '--name', name, '--size', '2048', '--out', privateFolder(t)],
      environment(),
    );
  await strike('kek-throttled', { kind: 'error', status: 429, retryAfter: 1, method: 'POST' });
  t.is((await create('kek-throttled')).code, 0);
  await strike('kek-lost', { kind: 'lost-answer', method: 'POST' });
  t.like(await create('kek-lost'), { error: 'OUTCOME_UNKNOWN', code: 6 });
  for (const name of ['kek-throttled', 'kek-lost']) {
    t.is((await client.call('GET', `${VAULT}/keys/${name}/versions`)).body.value.length, 1);
  }
});

test('a certificate of another authority, or of none that is known: TLS_UNTRUSTED, and no version', async (t) => {
  const other = join(privateFolder(t), 'vault');
  const second = await startVault({ data: other });
  t.teardown(() => second.close());
  const { run, versions } = importOf(t, 'untrusted');
  for (const NODE_EXTRA_CA_CERTS of ['', second.caFile]) {
    t.like(await run([], { NODE_EXTRA_CA_CERTS }), { error: 'TLS_UNTRUSTED', code: 6 });
  }
  t.deepEqual(await versions(), []);
  // Where no other variable is set, the one of Azure's other tools counts.
  const { NODE_EXTRA_CA_CERTS: ca = '', ...rest } = environment();
  const args = ['kek', 'list', '--vault-url', VAULT];
  const ended = await runImporter(args, { ...rest, SSL_CERT_FILE: ca, ...without('NODE_EXTRA_CA_CERTS') });
  t.is(ended.code, 0, ended.stderr);
});

test('a clock that is wrong is named, and nothing is made', async (t) => {
  const { run, versions } = importOf(t, 'clock');
  const { id } = await strike('clock', { kind: 'clock', seconds: 86_400, count: 'unlimited' });
  const ended = await run();
  t.like(ended, { error: 'CLOCK_SKEW', code: 6 }, ended.stderr);
  t.regex(ended.stderr, /1440 minutes behind/);
  await service.faults.clear(id);
  t.deepEqual(await versions(), []);
});

test('a client without the permission is told which role it needs, and makes nothing; one that may import needs no more', async (t) => {
  const { run, versions } = importOf(t, 'permission');
  const refused = await run([], { ...service.environment({ client: 'user' }).set });
  t.like(refused, { error: 'SERVICE_FORBIDDEN', code: 6 });
  t.regex(refused.stderr, /Microsoft\.KeyVault\/vaults\/keys\/import\/action(?:.|\n)*hint:.*Key Vault Crypto Officer/);
  t.deepEqual(await versions(), []);
  t.is((await run([], { ...service.environment({ client: 'importer' }).set })).code, 0);
  t.deepEqual(await versions(), [true]);
});

for (const [identity, auth] of [
  ['workload', 'workload-identity'],
  ['managed', 'managed-identity'],
  ['secret', 'client-secret'],
  ['secret', 'environment'],
] as const) {
  test(`--auth ${auth} logs in with what is in the environment`, async (t) => {
    const { set, unset } = service.environment({ identity });
    const env = { ...set, ...without(...unset) };
    const ended = await runImporter(['kek', 'list', '--vault-url', VAULT, '--auth', auth], env);
    t.is(ended.code, 0, ended.stderr);
    const other = await runImporter(['kek', 'list', '--vault-url', VAULT, '--auth', 'client-certificate'], env);
    t.like(other, { error: 'LOGIN_FAILED', code: 6 });
    t.regex(other.stderr, /AZURE_CLIENT_CERTIFICATE_PATH|AZURE_CLIENT_ID|AZURE_TENANT_ID/);
  });
}

function without(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, undefined])) as unknown as Record<string, string>;
}
