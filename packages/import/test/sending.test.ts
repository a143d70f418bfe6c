import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runImporter } from './support/importer.js';
import { type Fault, publicPart, type ServiceStub, send, startServiceStub } from './support/service-stub.js';
import { KEK, makeTransfer } from './support/transfer.js';

const URL = 'https://v.vault.azure.net';
const BIN = fileURLToPath(new globalThis.URL('../../../node_modules/.bin/keyferry-import', import.meta.url));

interface Scene {
  readonly stub: ServiceStub;
  readonly folder: string;
  readonly args: readonly string[];
  /** Imports with a token that the stub has seen. */
  puts(): number;
  /** `enabled` of each version of the target. */
  versions(): unknown[];
}

async function scene(t: ExecutionContext, mode: 'practice' | 'production' = 'practice'): Promise<Scene> {
  const stub = await startServiceStub();
  t.teardown(() => stub.close());
  const version = stub.add('kek', { key_ops: ['import'], publicKey: publicPart(practiceKey(KEK)) });
  stub.imported = publicPart(practiceKey('ec-p256'));
  const { blob, manifest } = makeTransfer(`${URL}/keys/kek/${version}`, 'ec-p256');
  const folder = privateFolder(t);
  const file = join(folder, 'target.byok');
  writeFileSync(file, blob);
  writeFileSync(join(folder, 'target.manifest.json'), writeManifest({ ...manifest, mode }));
  return {
    stub,
    folder,
    args: ['import', file, '--vault-url', URL, '--name', 'target'],
    puts: () => stub.seen.filter(({ method }) => method === 'PUT').length,
    versions: () => [...(stub.keys.get('target')?.values() ?? [])].map(({ attributes }) => attributes.enabled),
  };
}

/** Applies to the import alone. */
const onPut =
  (fault: Fault): Fault =>
  (request, response, work) =>
    request.method === 'PUT' && fault(request, response, work);

/** Lets the stub do the work, and sends nothing of its answer. */
function workSilently(response: Parameters<Fault>[1], work: () => void): void {
  const { writeHead, end } = response;
  response.writeHead = () => response;
  response.end = () => response;
  work();
  Object.assign(response, { writeHead, end });
}

const refusal = (status: number, code: string): Fault =>
  onPut((_request, response) => {
    send(response, status, { error: { code, message: 'no' } }, { 'Retry-After': '0' });
    return true;
  });

test('the blob travels byte for byte as key_hsm of a disabled HSM key, in one PUT', async (t) => {
  const { stub, folder, args, puts, versions } = await scene(t);
  const ended = await runImporter(
    [...args, '--ops', 'sign', '--tag', 'a=b', '--expires', '2037-01-01T00:00:00Z'],
    stub.env,
  );
  t.is(ended.code, 0, ended.stderr);
  t.is(puts(), 1);
  const key_hsm = readFileSync(join(folder, 'target.byok')).toString('base64url');
  t.deepEqual(stub.seen.find(({ method }) => method === 'PUT')?.body, {
    Hsm: true,
    key: { kty: 'EC-HSM', crv: 'P-256', key_ops: ['sign'], key_hsm },
    attributes: { enabled: false, exp: 2_114_380_800 },
    tags: { a: 'b' },
  });
  t.deepEqual(versions(), [true]);
  t.false(`${ended.stdout}${ended.stderr}`.includes(key_hsm.slice(0, 40)));
  t.deepEqual(readdirSync(folder).sort(), [
    'target.byok',
    'target.import.journal.jsonl',
    'target.manifest.json',
    'target.receipt.json',
  ]);
});

test('an exportable key travels with its release policy, byte for byte, and with its dates', async (t) => {
  const { stub, folder, args, versions } = await scene(t);
  const policy = '{ "version": "1.0.0", "anyOf": [] }\n';
  writeFileSync(join(folder, 'policy.json'), policy);
  const more = ['--exportable', '--release-policy', join(folder, 'policy.json'), '--immutable-policy'];
  const dates = ['--not-before', '2027-01-01T00:00:00Z', '--expires', '2037-01-01T00:00:00Z', '--disabled'];
  const ended = await runImporter([...args, ...more, ...dates], stub.env);
  t.is(ended.code, 0, ended.stderr);
  t.like(stub.seen.find(({ method }) => method === 'PUT')?.body, {
    attributes: { enabled: false, exportable: true, nbf: 1_798_761_600, exp: 2_114_380_800 },
    release_policy: { data: Buffer.from(policy).toString('base64url'), immutable: true },
  });
  t.deepEqual(versions(), [false]);
  t.is(stub.seen.filter(({ method }) => method === 'PATCH').length, 0);
});

const refusals: readonly (readonly [status: number, code: string, error: string])[] = [
  [400, 'BadParameter', 'SERVICE_REFUSED'],
  [401, 'Unauthorized', 'SERVICE_UNAUTHORIZED'],
  [403, 'Forbidden', 'SERVICE_FORBIDDEN'],
  [409, 'Conflict', 'SERVICE_CONFLICT'],
];
for (const [status, code, error] of refusals) {
  test(`${status} on the PUT: ${error}, one PUT, no version`, async (t) => {
    const { stub, args, puts, versions } = await scene(t);
    stub.fault = refusal(status, code);
    t.like(await runImporter(args, stub.env), { error, code: 6 });
    t.is(puts(), 1);
    t.deepEqual(versions(), []);
  });
}

test('a 429 without Retry-After on the PUT: SERVICE_BUSY, one PUT, no version', async (t) => {
  const { stub, args, puts, versions } = await scene(t);
  stub.fault = onPut((_request, response) => {
    send(response, 429, { error: { code: 'Throttled', message: 'no' } });
    return true;
  });
  t.like(await runImporter(args, stub.env), { error: 'SERVICE_BUSY', code: 6 });
  t.is(puts(), 1);
  t.deepEqual(versions(), []);
});

test('a 429 with Retry-After on the PUT is waited out: two PUTs, one version', async (t) => {
  const { stub, args, puts, versions } = await scene(t);
  const busy = refusal(429, 'Throttled');
  stub.fault = (request, response, work) => puts() === 1 && busy(request, response, work);
  const ended = await runImporter(args, stub.env);
  t.is(ended.code, 0, ended.stderr);
  t.is(puts(), 2);
  t.deepEqual(versions(), [true]);
});

const lostAnswers: Readonly<Record<string, Fault>> = {
  'a 503': (_request, response, work) => {
    workSilently(response, work);
    send(response, 503, { error: { code: 'ServiceUnavailable', message: 'later' } }, { 'Retry-After': '0' });
    return true;
  },
  'a connection that breaks': (_request, response, work) => {
    workSilently(response, work);
    response.destroy();
    return true;
  },
  'a page of a proxy': (_request, response, work) => {
    workSilently(response, work);
    send(response, 502, '<html>bad gateway</html>');
    return true;
  },
  'no answer within the time limit': (_request, response, work) => {
    workSilently(response, work);
    return true;
  },
};
for (const [words, fault] of Object.entries(lostAnswers)) {
  test(`${words} after the import was done: one PUT, one version, compared and enabled`, async (t) => {
    const { stub, args, puts, versions } = await scene(t);
    stub.fault = onPut(fault);
    const ended = await runImporter([...args, '--timeout', '5'], stub.env);
    t.is(ended.code, 0, ended.stderr);
    t.is(puts(), 1);
    t.deepEqual(versions(), [true]);
  });
}

for (const [words, fault] of [
  ['a 500', refusal(500, 'InternalError')],
  ['a broken connection', onPut((_request, response) => Boolean(response.destroy()))],
] as const) {
  test(`${words} before the import was done: unknown, exit 6; a second run looks and sends nothing`, async (t) => {
    const { stub, args, puts, versions } = await scene(t);
    stub.fault = fault;
    t.like(await runImporter(args, stub.env), { error: 'OUTCOME_UNKNOWN', code: 6 });
    stub.fault = null;
    t.like(await runImporter(args, stub.env), { error: 'OUTCOME_UNKNOWN', code: 6 });
    t.is(puts(), 1);
    t.deepEqual(versions(), []);
  });
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const) {
  test(`${signal} while the PUT is under way: the next run finishes it without a second PUT`, async (t) => {
    const { stub, args, puts, versions } = await scene(t);
    const env = { ...process.env, ...stub.env };
    const arrived = new Promise<void>((resolve) => {
      stub.fault = onPut((_request, response, work) => {
        workSilently(response, work);
        resolve();
        return true;
      });
    });
    // Whoever did not hear the signal would wait for the answer.
    const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const child = spawn(BIN, [...args, '--timeout', '600'], { env, stdio: 'ignore', ...limits });
    await arrived;
    child.kill(signal);
    t.is((await once(child, 'exit'))[0], code);
    t.deepEqual(versions(), [false]);
    stub.fault = null;
    const ended = await runImporter(args, stub.env);
    t.like(ended, { code: 0, json: { resumed: true } }, ended.stderr);
    t.is(puts(), 1);
    t.deepEqual(versions(), [true]);
  });
}

test('a KEK that cannot be retired does not sound like an import that failed', async (t) => {
  const { stub, folder, args, versions } = await scene(t);
  stub.fault = ({ method, path }, response) => {
    if (method !== 'PATCH' || !path.startsWith('/keys/kek/')) return false;
    send(response, 403, { error: { code: 'Forbidden', message: 'no', innererror: { code: 'AccessDenied' } } });
    return true;
  };
  const ended = await runImporter([...args, '--retire-kek'], stub.env);
  t.like(ended, { error: 'SERVICE_FORBIDDEN', code: 6 });
  t.regex(
    ended.stderr,
    /the import is done(?:.|\n)*hint: keyferry-import kek disable --vault-url .* --name kek --version/,
  );
  t.deepEqual(versions(), [true]);
  t.true(readdirSync(folder).includes('target.receipt.json'));
});

test('another key than the manifest says: exit 4, left disabled, no receipt', async (t) => {
  const { stub, folder, args, versions } = await scene(t);
  stub.imported = publicPart(practiceKey('ec-p384'));
  t.like(await runImporter(args, stub.env), { error: 'IMPORTED_KEY_MISMATCH', code: 4 });
  t.deepEqual(versions(), [false]);
  t.false(readdirSync(folder).includes('target.receipt.json'));
});

test('a production manifest is refused by an emulator, and a practice manifest by a real vault', async (t) => {
  const production = await scene(t, 'production');
  t.like(await runImporter(production.args, production.stub.env), { error: 'EMULATOR_REFUSED', code: 3 });
  const practice = await scene(t);
  practice.stub.emulator = false;
  t.like(await runImporter(practice.args, practice.stub.env), { error: 'MODE_MISMATCH', code: 3 });
  t.is(production.puts() + practice.puts(), 0);
  const allowed = await runImporter([...practice.args, '--practice'], practice.stub.env);
  t.like(allowed, { code: 0, json: { receipt: { mode: 'practice', emulator: false } } });
});

test('a lost answer to the creation of a KEK: OUTCOME_UNKNOWN, sent once, no file', async (t) => {
  const { stub } = await scene(t);
  stub.fault = ({ method }, response) => {
    if (method !== 'POST') return false;
    response.destroy();
    return true;
  };
  const out = privateFolder(t);
  const args = ['kek', 'create', '--vault-url', URL, '--name', 'new', '--out', out];
  t.like(await runImporter(args, stub.env), { error: 'OUTCOME_UNKNOWN', code: 6 });
  t.is(stub.seen.filter(({ method }) => method === 'POST').length, 1);
  t.deepEqual(readdirSync(out), []);
});
