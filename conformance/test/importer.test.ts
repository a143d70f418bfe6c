import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type StartedVault, startVault } from 'keyferry-vault';
import { CANNOT_CHECK } from '../../packages/vault/src/policies.js';
import { Client } from '../../packages/vault/test/support/client.js';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { HIDDEN_BY_SOFTHSM } from '../src/importer/cases/reject-knowledge.js';
import { IMPORTER_CASES } from '../src/importer/cases.js';
import { MARKER, nameOf, runOf } from '../src/importer/names.js';
import { casesWith, runConformance } from './support/conformance.js';

const program = fileURLToPath(new URL('../../node_modules/.bin/keyferry-conformance', import.meta.url));
const KID_CASES = ['--run', 'importer/kid/*'];

let vault: StartedVault;
let client: Client;
test.before(async () => {
  vault = await startVault({ data: join(privateFolder(wholeFile), 'vault') });
  client = new Client(vault.proxyUrl, readFileSync(vault.caFile, 'utf8'));
});
test.after.always(() => vault?.close());

/** A vault of the test's own that has the marker. */
async function markedVault(name: string): Promise<string> {
  const url = `https://${name}.azure.net`;
  await client.call('POST', `${url}/keys/${MARKER}/create`, { kty: 'EC-HSM', crv: 'P-256' });
  return url;
}

const judge = (url: string, ...args: string[]) => runConformance(['importer', '--url', url, ...args], vault.env);

/** The names of all keys but the marker, and with a star those that are only deleted. */
async function namesIn(url: string): Promise<string[]> {
  const names = [];
  for (const [root, star] of [
    ['keys', ''],
    ['deletedkeys', '*'],
  ]) {
    const page = await client.call('GET', `${url}/${root}?api-version=2025-07-01&maxresults=25`);
    names.push(...page.body.value.map(({ kid }: { kid: string }) => `${kid.split('/')[4]}${star}`));
  }
  return names.filter((name) => name !== MARKER);
}

test('keyferry-vault passes as a Key Vault: all cases, and nothing is left in it', async (t) => {
  const url = await markedVault('all.vault');
  const { code, results, stderr } = await judge(url);
  t.is(code, 0, stderr);
  t.is(results.verdict, 'conforms');
  t.is(results.cases.length, IMPORTER_CASES.filter(({ cell }) => cell === null || cell.kek === 'RSA-2048').length);
  t.deepEqual(casesWith(results, 'warn'), [
    'importer/reject/members/generator: importer/refused',
    'importer/reject/kid/host-in-capitals: importer/refused',
  ]);
  const { pass, warn, 'not-applicable': notApplicable } = results.counts;
  t.is(pass + warn + notApplicable, results.cases.length);
  const reasons = results.cases.filter(({ outcome }) => outcome === 'not-applicable').map(({ reason }) => reason ?? '');
  t.deepEqual(
    reasons.filter((reason) => !/^keyferry-vault cannot check |this is a Key Vault$/.test(reason)),
    [],
  );
  t.is(
    reasons.filter((reason) => reason.startsWith('keyferry-vault')).length,
    Object.values(HIDDEN_BY_SOFTHSM).flat().length,
  );
  t.deepEqual(await namesIn(url), []);
});

test('it passes as a Managed HSM, which takes AES keys, under KEKs of two sizes', async (t) => {
  const url = await markedVault('all.managedhsm');
  const runs = ['accept/*/aes-*', 'accept/kek-3072/ec-*', 'reject/kwp/rfc3394', 'reject/base64/*', 'import/aes-*'];
  const words = runs.flatMap((pattern) => ['--run', `importer/${pattern}`]);
  const { code, results, stderr } = await judge(url, '--kek-size', '2048', '--kek-size', '3072', ...words);
  t.is(code, 0, stderr);
  t.is(results.counts.pass, 6 + 4 + 1 + 16);
  t.deepEqual(casesWith(results, 'not-applicable'), ['importer/import/aes-to-key-vault']);
  t.is(results.subject.features.service, 'Managed HSM');
  t.deepEqual(await namesIn(url), []);
});

test('what the emulator is not asked is what it says that it cannot check', (t) => {
  const said: readonly string[] = CANNOT_CHECK.map(({ what }) => what);
  t.deepEqual(
    Object.keys(HIDDEN_BY_SOFTHSM).filter((what) => !said.includes(what)),
    [],
  );
});

test('cases have names of their own in the vault, and only names of runs are taken for such', (t) => {
  const names = IMPORTER_CASES.map(({ id }) => nameOf('0123abcd', id));
  t.is(new Set(names).size, names.length);
  t.true(names.every((name) => /^[0-9a-zA-Z-]{1,127}$/.test(name) && runOf(name) === '0123abcd'));
  for (const name of [MARKER, 'payroll', 'keyferry-conformance-payroll', `my-${names[0]}`])
    t.is(runOf(name), null, name);
});

test('without the marker nothing is made', async (t) => {
  const { code, error } = await judge('https://somebodys.vault.azure.net');
  t.deepEqual([code, error], [3, 'VAULT_NOT_FOR_TESTS']);
  t.deepEqual(await namesIn('https://somebodys.vault.azure.net'), []);
});

test('keys of others stay as they are, also with --clean', async (t) => {
  const url = await markedVault('shared.vault');
  await client.call('POST', `${url}/keys/keyferry-conformance-payroll/create`, { kty: 'EC', crv: 'P-256' });
  const { code, stderr } = await judge(url, '--clean', '--run', 'importer/accept/kek-2048/ec-p256');
  t.is(code, 0, stderr);
  t.deepEqual(await namesIn(url), ['keyferry-conformance-payroll']);
});

test('a vault that throttles is waited for, whatever it is asked', async (t) => {
  const url = await markedVault('busy.vault');
  const host = 'busy.vault.azure.net';
  for (const method of ['POST', 'PUT', 'GET', 'DELETE']) {
    await vault.faults.add({ kind: 'error', status: 429, retryAfter: 1, count: 2, method, host });
  }
  const { code, results, stderr } = await judge(
    url,
    '--run',
    'importer/accept/*/ec-*',
    '--run',
    'importer/kek/use/sign',
  );
  t.is(code, 0, stderr);
  t.is(results.counts.pass, 5);
  t.deepEqual(await namesIn(url), []);
});

test('a lost answer is an error of its case alone, and what it made is removed', async (t) => {
  const url = await markedVault('lossy.vault');
  await vault.faults.add({
    kind: 'lost-answer',
    method: 'PUT',
    path: '/keys/*ec-p384*',
    host: 'lossy.vault.azure.net',
  });
  const { code, results } = await judge(url, '--run', 'importer/accept/*/ec-*');
  t.is(code, 4);
  t.deepEqual(casesWith(results, 'error'), ['importer/accept/kek-2048/ec-p384']);
  t.is(results.counts.pass, 3);
  t.deepEqual(await namesIn(url), []);
});

test('where keys cannot be purged, it is said how many the vault keeps, and until when', async (t) => {
  const url = await markedVault('kept.vault');
  const host = 'kept.vault.azure.net';
  await vault.faults.add({
    kind: 'error',
    status: 403,
    method: 'DELETE',
    path: '/deletedkeys/*',
    host,
    count: 'unlimited',
  });
  const { code, stderr } = await judge(url, '--run', 'importer/accept/*/ec-p256');
  t.is(code, 0, stderr);
  t.regex(
    stderr,
    /^2 keys are deleted, and the vault keeps them until \d{4}-\d\d-\d\d; to purge them it said: .*HTTP 403/m,
  );
  t.is((await namesIn(url)).filter((name) => name.endsWith('*')).length, 2);
});

test('where keys cannot be deleted, the run says so and fails', async (t) => {
  const url = await markedVault('stuck.vault');
  const { set } = vault.environment({ client: 'importer' });
  const ended = await runConformance(['importer', '--url', url, '--run', 'importer/accept/*/ec-p256'], set);
  t.is(ended.code, 4);
  t.not(ended.results.verdict, 'conforms');
  t.regex(ended.results.run.troubles.join(), /^what the cases left could not be taken back: .*keyferry-conformance-/);
  t.is((await namesIn(url)).length, 2);
});

/** Starts a run and ends it by a signal as soon as it has made a key. */
async function endedBy(t: ExecutionContext, signal: NodeJS.Signals, url: string) {
  const env = { ...process.env, ...vault.env };
  const running = spawn(program, ['importer', '--url', url, ...KID_CASES], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => void running.kill('SIGKILL'));
  const ended = once(running, 'exit');
  while ((await namesIn(url)).length === 0 && running.exitCode === null);
  running.kill(signal);
  return (await ended) as [code: number | null, signal: NodeJS.Signals | null];
}

test('an interrupted run removes its keys', async (t) => {
  const url = await markedVault('interrupted.vault');
  t.deepEqual(await endedBy(t, 'SIGINT', url), [130, null]);
  t.deepEqual(await namesIn(url), []);
});

test('what a killed run left is found by the next one, and removed when it is told so', async (t) => {
  const url = await markedVault('killed.vault');
  t.deepEqual(await endedBy(t, 'SIGKILL', url), [null, 'SIGKILL']);
  const one = ['--run', 'importer/kek/shown'];
  const next = await judge(url, ...one);
  t.is(next.code, 0, next.stderr);
  t.regex(next.stderr, /keys of other runs are there, such as keyferry-conformance-.*--clean removes them$/m);
  t.true((await namesIn(url)).length > 0);
  const cleaning = await judge(url, '--clean', ...one);
  t.is(cleaning.code, 0, cleaning.stderr);
  t.regex(cleaning.stderr, /^removed [1-9]\d* keys of earlier runs$/m);
  t.deepEqual(await namesIn(url), []);
});
