import test from 'ava';
import { type Fault, faultSchema, parseFault } from '../src/faults/fault.js';
import { faultReply } from '../src/faults/fault-reply.js';
import { Faults, matchesPattern } from '../src/faults/faults.js';
import { makeThrottle } from '../src/faults/throttle.js';
import { memoryContext } from './support/memory-engine.js';
import { ask, keysRequest } from './support/requests.js';

const PUT = { host: 'a.vault.azure.net', method: 'PUT', path: '/keys/payroll' };

for (const [text, fault] of [
  ['reset', { kind: 'reset', count: 1 }],
  ['delay,ms=200,count=unlimited', { kind: 'delay', ms: 200, count: 'unlimited' }],
  [
    'error,status=429,retry-after=2,method=PUT,path=/keys/*,host=a.vault.azure.net,count=3',
    { kind: 'error', status: 429, retryAfter: 2, body: 'json', ...PUT, path: '/keys/*', count: 3 },
  ],
  ['clock,seconds=-7200', { kind: 'clock', seconds: -7200, count: 1 }],
] as const) {
  test(`--fault ${text} is read as it is meant`, (t) => {
    t.deepEqual(parseFault(text) as unknown, fault);
  });
}

for (const text of [
  '',
  'explode',
  'delay',
  'delay,ms=soon',
  'delay,ms=-1',
  'delay,ms=1,ms=2',
  'error,status=200',
  'error,status=503,body=xml',
  'reset,count=0',
  'reset,count',
  'reset,=1',
  'reset,kind=delay,ms=1',
  'reset,method=put',
  'reset,ms=5',
  'reset,__proto__=5',
]) {
  test(`--fault "${text}" is refused by name`, (t) => {
    const error = t.throws(() => parseFault(text));
    t.like(error, { code: 'USAGE' });
    t.regex(error?.message ?? '', /--fault/);
  });
}

for (const [pattern, text, expected] of [
  ['*', '', true],
  ['*.vault.azure.net', 'A.Vault.azure.net', true],
  ['*.vault.azure.net', 'a.managedhsm.azure.net', false],
  ['/keys/*/sign', '/keys/a/v/sign', true],
  ['/keys/*/sign', '/keys/sign', false],
  ['a*a', 'a', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a.c', 'abc', false],
  ['ab', 'abc', false],
] as const) {
  test(`the pattern ${pattern} ${expected ? 'matches' : 'does not match'} "${text}"`, (t) => {
    t.is(matchesPattern(pattern, text), expected);
  });
}

test('a fault strikes as often as it says, and only what it matches', (t) => {
  const faults = new Faults([parseFault('reset,method=PUT,path=/keys/pay*,count=2')]);
  t.is(faults.strike({ ...PUT, method: 'GET' }).answer, null);
  t.is(faults.strike({ ...PUT, path: '/keys/other' }).answer, null);
  t.is(faults.strike({ ...PUT, path: '/keys/payroll/' }).answer?.kind, 'reset');
  t.is(faults.list()[0]?.left, 1);
  t.is(faults.strike(PUT).answer?.kind, 'reset');
  t.is(faults.strike(PUT).answer, null);
  t.deepEqual(faults.list(), []);
});

test('a request bears one clock, one delay and one other fault, the oldest of each; the rest waits', (t) => {
  const faults = new Faults(
    ['clock,seconds=5', 'delay,ms=1', 'delay,ms=2', 'error,status=503', 'reset'].map(parseFault),
  );
  const first = faults.strike(PUT);
  t.like(first, { clockSeconds: 5, delayMs: 1, answer: { kind: 'error' }, kinds: ['clock', 'delay', 'error'] });
  t.like(faults.strike(PUT), { clockSeconds: 0, delayMs: 2, answer: { kind: 'reset' } });
  t.like(faults.strike(PUT), { clockSeconds: 0, delayMs: 0, answer: null, kinds: [] });
});

test('an unlimited fault stays until it is taken back', (t) => {
  const faults = new Faults();
  const { id } = faults.add(parseFault('reset,count=unlimited'));
  for (let i = 0; i < 100; i += 1) t.is(faults.strike(PUT).answer?.kind, 'reset');
  t.true(faults.remove(id));
  t.false(faults.remove(id));
  t.is(faults.strike(PUT).answer, null);
});

test('an error on demand has the shape of its host, and says that it was asked for', (t) => {
  const error = (spec: object) => faultSchema.parse({ kind: 'error', ...spec }) as Extract<Fault, { kind: 'error' }>;
  const reply = faultReply(error({ status: 429, retryAfter: 7 }), 'keys');
  t.like(reply, { status: 429, headers: { 'retry-after': '7' } });
  t.like(reply.body, { error: { code: 'Throttled', innererror: { code: 'KeyferryVault.FaultOnDemand' } } });
  t.is(faultReply(error({ status: 429 }), 'keys').headers?.['retry-after'], undefined);
  t.like(faultReply(error({ status: 503 }), 'login').body, { error: 'temporarily_unavailable' });
  t.regex(faultReply(error({ status: 502, body: 'html' }), 'keys').text ?? '', /^<html>/);
  t.is(faultReply(error({ status: 500, body: 'empty' }), 'keys').text, '');
});

test('throttling follows the published limits, for each vault by itself and for 10 seconds', async (t) => {
  const context = memoryContext();
  let now = 0;
  const throttle = makeThrottle(() => now);
  const pass = (method: string, url: string, body?: unknown) =>
    throttle(keysRequest(method, url, body), context.records)?.headers?.['retry-after'] ?? 'passes';
  const create = (vault: string, kty = 'RSA-HSM') =>
    pass('POST', `https://${vault}.vault.azure.net/keys/k/create`, { kty });

  for (let i = 0; i < 10; i += 1) t.is(create('one'), 'passes');
  now = 4_000;
  t.is(create('one'), '6');
  t.is(create('one', 'RSA'), 'passes', 'a software key');
  t.is(create('two'), 'passes', 'another vault');
  t.is(pass('POST', 'https://one.managedhsm.azure.net/keys/k/create', { kty: 'RSA-HSM' }), 'passes');
  for (let i = 0; i < 300; i += 1) t.is(pass('PUT', 'https://one.vault.azure.net/keys/k', {}), 'passes');
  t.is(pass('PUT', 'https://one.vault.azure.net/keys/k', {}), '6');
  now = 10_000;
  t.is(create('one'), 'passes');
  t.is(pass('PUT', 'https://one.vault.azure.net/keys/k', {}), 'passes');

  for (const [name, body, most] of [
    ['ec', { kty: 'EC-HSM' }, 2000],
    ['rsa', { kty: 'RSA-HSM' }, 2000],
  ] as const) {
    const vault = `https://${name}.vault.azure.net`;
    await ask(context, 'POST', `${vault}/keys/k/create`, body);
    let passed = 0;
    while (pass('POST', `${vault}/keys/k/sign`, {}) === 'passes') passed += 1;
    t.is(passed, most);
  }
});

test('larger RSA keys weigh more', async (t) => {
  const context = memoryContext();
  for (const [bits, most] of [
    [3072, 500],
    [4096, 250],
  ] as const) {
    const vault = `https://rsa-${bits}.vault.azure.net`;
    await ask(context, 'POST', `${vault}/keys/k/create`, { kty: 'RSA-HSM' });
    const key = context.records.newest(`rsa-${bits}.vault.azure.net`, 'k');
    const records = {
      newest: () => key && { ...key, material: { ...key.material, bits } },
    } as unknown as typeof context.records;
    const throttle = makeThrottle(() => 0);
    let passed = 0;
    while (throttle(keysRequest('POST', `${vault}/keys/k/sign`, {}), records) === null) passed += 1;
    t.is(passed, most);
  }
});
