import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { STUB_CLIENT } from '../src/identity/credentials.js';
import { lineLog } from '../src/log/line-log.js';
import type { RequestEvent } from '../src/log/request-event.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

let opened: TestVault;
test.before(async () => {
  opened = await openTestVault(wholeFile);
});
test.after.always(() => opened.vault.close());

const event: RequestEvent = {
  method: 'PUT',
  host: 'a.vault.azure.net',
  path: '/keys/k',
  status: null,
  ms: 1.2345,
  client: 'importer',
  faults: ['delay', 'reset'],
  steps: [{ step: 'oaep', detail: 'SHA-1' }],
};

function logged(form: 'text' | 'json', logs = event) {
  const said: string[] = [];
  const warned: string[] = [];
  const lines = {
    say: (text: string) => said.push(text),
    warn: (text: string) => warned.push(text),
    write: (text: string) => said.push(text),
  };
  const log = lineLog(form, lines, () => new Date(0));
  log.request(logs);
  log.note('something');
  log.unforeseen(new Error('odd'));
  return { said, warned };
}

test('the log for people has a line a request, and one a step below it', (t) => {
  const { said, warned } = logged('text');
  t.deepEqual(said, ['PUT a.vault.azure.net /keys/k aborted 1.2 ms importer fault delay reset\n    oaep       SHA-1']);
  t.is(warned[0], 'something');
  t.regex(warned[1] ?? '', /^INTERNAL Error: odd\n/);
});

test('the log for programs has one JSON object a line, and nothing else', (t) => {
  const { said, warned } = logged('json');
  t.deepEqual(warned, []);
  const [request, note, unforeseen] = said.map((line) => JSON.parse(line));
  t.deepEqual(request, { at: '1970-01-01T00:00:00.000Z', event: 'request', ...event, ms: 1.2 });
  t.like(note, { event: 'note', text: 'something' });
  t.like(unforeseen, { event: 'unforeseen' });
  for (const line of said) t.false(line.includes('\n'));
});

test('what a client sends forges no line and steers no terminal, and the JSON stays JSON', (t) => {
  const detail = 'found "\n  PUT all is well\u009b2J"';
  const forged: RequestEvent = { ...event, path: '/keys/\u009b2J', steps: [{ step: 'refused', detail }] };
  const [text = ''] = logged('text', forged).said;
  t.is(text.split('\n').length, 2);
  t.false(text.includes('\u009b'));
  const [json = ''] = logged('json', forged).said;
  t.false(json.includes('\u009b'));
  t.like(JSON.parse(json), { path: forged.path, steps: [{ detail }] });
});

test('no token, secret, blob or key byte is in the log, and no private key of the authority on the disk', async (t) => {
  const { client, vault, data, events, lines } = opened;
  const url = 'https://quiet.vault.azure.net';
  const kek = (await client.call('POST', `${url}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p256')))));
  const imported = await client.call('PUT', `${url}/keys/byok`, { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm } });
  const jwk = practiceKey('ec-p384').export({ format: 'jwk' });
  const plain = await client.call('PUT', `${url}/keys/plain`, { key: jwk });
  await client.call('PUT', `${url}/keys/bad`, { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm: `${key_hsm}%` } });
  t.deepEqual([imported.status, plain.status], [200, 200]);

  const written = `${lines.join('\n')}\n${events.map((each) => JSON.stringify(each)).join('\n')}`;
  t.true(written.includes('PUT quiet.vault.azure.net /keys/plain 200'));
  const secrets = {
    token: await client.token('https://vault.azure.net'),
    secret: STUB_CLIENT.clientSecret,
    blob: key_hsm.slice(0, 60),
    'private value': jwk.d ?? '',
    'admin token': readFileSync(vault.endpoint.adminTokenFile, 'utf8').trim(),
    'workload token': readFileSync(vault.endpoint.federatedTokenFile, 'utf8').trim(),
  };
  for (const [what, text] of Object.entries(secrets)) {
    t.true(text.length > 20);
    t.false(written.includes(text), what);
  }
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  t.true(files.some(({ name }) => name === 'ca.pem'));
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    t.false(bytes.includes('PRIVATE KEY'), file.name);
    t.false(bytes.includes(Buffer.from(jwk.d ?? '', 'base64url')), file.name);
  }
});
