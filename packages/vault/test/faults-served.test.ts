import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { parseFault } from '../src/faults/fault.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

// Each test has a host of its own: faults for it strike no other test.
let opened: TestVault;
test.before(async () => {
  opened = await openTestVault(wholeFile);
});
test.after.always(() => opened.vault.close());

const EC = { kty: 'EC-HSM' };

function fault(host: string, text: string): void {
  opened.vault.faults.add({ ...parseFault(text), host: `${host}.vault.azure.net` });
}
const call = (method: string, host: string, path: string, body?: unknown) =>
  opened.client.call(method, `https://${host}.vault.azure.net${path}`, body);
const create = (host: string) => call('POST', host, '/keys/k/create', EC);
const eventsOf = (host: string) => opened.events.filter((event) => event.host === `${host}.vault.azure.net`);

test('a reset comes before the work', async (t) => {
  fault('reset', 'reset,method=POST');
  await t.throwsAsync(create('reset'), { code: 'ECONNRESET' });
  t.is((await call('GET', 'reset', '/keys/k')).status, 404);
  t.is((await create('reset')).status, 200);
  t.like(eventsOf('reset')[0], { status: null, faults: ['reset'] });
});

test('a lost answer comes after the work: an import is there once, and its steps are in the log', async (t) => {
  const kek = (await call('POST', 'lost', '/keys/kek/create', { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p256')))));
  fault('lost', 'lost-answer,method=PUT,path=/keys/target');
  await t.throwsAsync(call('PUT', 'lost', '/keys/target', { key: { kty: 'EC-HSM', crv: 'P-256', key_hsm } }), {
    code: 'ECONNRESET',
  });
  t.is((await call('GET', 'lost', '/keys/target/versions')).body.value.length, 1);
  const event = eventsOf('lost').find(({ method }) => method === 'PUT');
  t.like(event, { status: null, faults: ['lost-answer'] });
  t.deepEqual(
    event?.steps.map(({ step }) => step),
    ['decode', 'kid', 'kek', 'lengths', 'oaep', 'aes-length', 'kwp', 'encoding', 'curve', 'signature', 'commit'],
  );
});

test('an import that fails is in the log up to the step where it failed, with the reason', async (t) => {
  const kek = (await call('POST', 'fails', '/keys/kek/create', { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const wrapped = wrapFor(kek, plaintextOf(practiceKey('ec-p256')), { oaepHash: 'sha256' });
  const key = { kty: 'EC-HSM', crv: 'P-256', key_hsm: keyHsm(blobFor(kek.kid, wrapped)) };
  t.is((await call('PUT', 'fails', '/keys/target', { key })).status, 400);
  const { steps = [] } = eventsOf('fails').find(({ method }) => method === 'PUT') ?? {};
  t.deepEqual(
    steps.map(({ step }) => step),
    ['decode', 'kid', 'kek', 'lengths', 'refused'],
  );
  t.regex(steps.at(-1)?.detail ?? '', /^KeyferryVault\.OaepFailed: /);
  const line = opened.lines.find((each) => each.includes('PUT fails.vault.azure.net'));
  t.regex(line ?? '', /\n {4}kek +RSA-2048.*\n {4}lengths +256 \+ 152 bytes\n {4}refused +KeyferryVault\.OaepFailed/);
  t.false(line?.includes(key.key_hsm.slice(0, 40)));
});

test('an error stands in place of the work, as often as it says', async (t) => {
  fault('error', 'error,status=429,retry-after=3,count=2');
  for (let i = 0; i < 2; i += 1) {
    const { status, headers, body } = await create('error');
    t.is(status, 429);
    t.is(headers['retry-after'], '3');
    t.is(headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');
    t.is(body.error.code, 'Throttled');
  }
  t.is((await create('error')).status, 200);
});

test('an error can be no JSON', async (t) => {
  fault('html', 'error,status=503,body=html');
  const { status, headers, text } = await create('html');
  t.is(status, 503);
  t.regex(headers['content-type'] ?? '', /^text\/html/);
  t.regex(text, /^<html>/);
});

test('the request without token that a client sends first is spared', async (t) => {
  fault('first', 'reset');
  const { status } = await opened.client.send('GET', 'https://first.vault.azure.net/keys?api-version=7.4');
  t.is(status, 401);
  await t.throwsAsync(call('GET', 'first', '/keys'), { code: 'ECONNRESET' });
});

test('a client that leaves during a delay ends it, and nothing is done', async (t) => {
  fault('delay', 'delay,ms=600000');
  const token = await opened.client.token('https://vault.azure.net');
  const socket = await opened.client.connect('delay.vault.azure.net');
  const text = JSON.stringify(EC);
  const head = [
    'POST /keys/k/create?api-version=7.4 HTTP/1.1',
    'host: delay.vault.azure.net',
    `authorization: Bearer ${token}`,
    `content-length: ${text.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  while (opened.vault.faults.list().some((each) => each.host === 'delay.vault.azure.net')) {
    await new Promise(setImmediate);
  }
  socket.destroy();
  await once(socket, 'close');
  while (eventsOf('delay').length === 0) await new Promise(setImmediate);
  t.like(eventsOf('delay')[0], { status: null, faults: ['delay'] });
  t.is((await call('GET', 'delay', '/keys/k')).status, 404);
  t.deepEqual(opened.unforeseen, []);
});

test('a short delay is only a delay', async (t) => {
  fault('short', 'delay,ms=1');
  t.is((await create('short')).status, 200);
});

test('a slow body begins before it ends, and is whole', async (t) => {
  await create('slow');
  fault('slow', 'slow-body,ms=200');
  const token = await opened.client.token('https://vault.azure.net');
  const socket = await opened.client.connect('slow.vault.azure.net');
  const asked = request({
    host: 'slow.vault.azure.net',
    path: '/keys/k?api-version=7.4',
    headers: { authorization: `Bearer ${token}`, connection: 'close' },
    createConnection: () => socket,
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const pieces = await response.toArray();
  t.true(pieces.length > 1);
  t.is(JSON.parse(Buffer.concat(pieces).toString()).key.kty, 'EC-HSM');
});

test('a clock that is wrong shows in Date, in tokens, in exp and in what is written down', async (t) => {
  const kek = await call('POST', 'clock', '/keys/k/create', { ...EC, attributes: { exp: 4_000_000_000 } });
  fault('clock', 'clock,seconds=7200');
  const late = await call('GET', 'clock', '/keys/k');
  t.is(late.status, 401, 'the token has expired by that clock');
  const ahead = Date.parse(late.headers.date ?? '') - Date.now();
  t.true(ahead > 7_000_000 && ahead < 7_300_000);

  fault('clock', 'clock,seconds=-30');
  t.is((await call('GET', 'clock', '/keys/k')).status, 401, 'the token is not valid yet by that clock');
  t.is((await call('GET', 'clock', '/keys/k')).body.attributes.created, kek.body.attributes.created);
});

test('/health asks for no token, and no fault strikes it', async (t) => {
  fault('healthy', 'reset,count=unlimited');
  const { status, body, headers } = await opened.client.send('GET', 'https://healthy.vault.azure.net/health');
  t.is(status, 200);
  t.like(body, { status: 'ok', emulator: 'keyferry-vault/0.1.0' });
  t.is(headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');
});
