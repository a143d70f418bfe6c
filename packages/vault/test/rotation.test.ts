import test from 'ava';
import fc from 'fast-check';
import { addDuration, DAY, readDuration, roughDays } from '../src/rules/duration.js';
import { memoryContext } from './support/memory-engine.js';
import { ask } from './support/requests.js';

const URL = 'https://turning.vault.azure.net';
const POOL = 'https://turning.managedhsm.azure.net';
const NOW = Date.UTC(2027, 0, 31, 12) / 1000;

const rotate = (timeAfterCreate: string) => ({ trigger: { timeAfterCreate }, action: { type: 'Rotate' } });
const notify = (timeBeforeExpiry: string) => ({ trigger: { timeBeforeExpiry }, action: { type: 'Notify' } });

async function keyIn(context: ReturnType<typeof memoryContext>, body: object = { kty: 'EC-HSM' }): Promise<void> {
  await ask(context, 'POST', `${URL}/keys/k/create`, body);
}

test('rotation makes a new version of the same kind, without the dates of the old one', async (t) => {
  for (const [url, body] of [
    [URL, { kty: 'RSA', key_ops: ['sign'], tags: { a: 'b' }, attributes: { exp: NOW + 5, enabled: false } }],
    [URL, { kty: 'RSA-HSM', key_ops: ['import'] }],
    [URL, { kty: 'EC-HSM', crv: 'P-521' }],
    [POOL, { kty: 'oct-HSM', key_size: 192 }],
  ] as const) {
    const context = memoryContext(NOW);
    const old = (await ask(context, 'POST', `${url}/keys/k/create`, body)).body;
    const { status, body: rotated } = await ask(context, 'POST', `${url}/keys/k/rotate`);
    t.is(status, 200);
    t.not(rotated.key.kid, old.key.kid);
    t.like(rotated.key, { kty: old.key.kty, key_ops: old.key.key_ops, crv: old.key.crv });
    t.deepEqual(rotated.tags, old.tags);
    t.true(rotated.attributes.enabled);
    t.is(rotated.attributes.exp, undefined);
    t.is((await ask(context, 'GET', `${url}/keys/k`)).body.key.kid, rotated.key.kid);
    t.is((await ask(context, 'GET', `${url}/keys/k/versions`)).body.value.length, 2);
  }
});

test('a key has the default policy until it is given one, which all its versions share and rotation heeds', async (t) => {
  const context = memoryContext(NOW);
  await keyIn(context);
  const id = `${URL}/keys/k/rotationpolicy`;
  t.deepEqual((await ask(context, 'GET', id)).body, {
    id,
    lifetimeActions: [notify('P30D')],
    attributes: { expiryTime: null },
  });
  const lifetimeActions = [rotate('P90D'), notify('P10D')];
  const put = await ask(context, 'PUT', id, { lifetimeActions, attributes: { expiryTime: 'P1M' } });
  t.deepEqual(put.body, { id, lifetimeActions, attributes: { expiryTime: 'P1M', created: NOW, updated: NOW } });
  const rotated = (await ask(context, 'POST', `${URL}/keys/k/rotate`)).body;
  t.is(rotated.attributes.exp, Date.UTC(2027, 1, 28, 12) / 1000, 'the 31st of January and a month');
  t.deepEqual((await ask(context, 'GET', id)).body, put.body);

  await ask(context, 'DELETE', `${URL}/keys/k`);
  t.is((await ask(context, 'GET', id)).status, 404);
  t.is((await ask(context, 'POST', `${URL}/keys/k/rotate`)).status, 404);
  await ask(context, 'POST', `${URL}/deletedkeys/k/recover`);
  t.deepEqual((await ask(context, 'GET', id)).body, put.body);
});

test('a policy without a notification gets the default one, and an empty one is the default', async (t) => {
  const context = memoryContext(NOW);
  await keyIn(context);
  const id = `${URL}/keys/k/rotationpolicy`;
  const lower = { trigger: { timeAfterCreate: 'P1Y' }, action: { type: 'rotate' } };
  t.deepEqual((await ask(context, 'PUT', id, { lifetimeActions: [lower] })).body.lifetimeActions, [
    rotate('P1Y'),
    notify('P30D'),
  ]);
  t.deepEqual((await ask(context, 'PUT', id, {})).body.lifetimeActions, [notify('P30D')]);
});

for (const [what, policy] of [
  ['an action twice', { lifetimeActions: [rotate('P90D'), rotate('P91D')] }],
  ['an action that nobody knows', { lifetimeActions: [{ ...rotate('P90D'), action: { type: 'Delete' } }] }],
  ['rotation after 6 days', { lifetimeActions: [rotate('P6D')] }],
  [
    'rotation 6 days before the expiry',
    { lifetimeActions: [{ ...notify('P6D'), action: { type: 'Rotate' } }], attributes: { expiryTime: 'P90D' } },
  ],
  [
    'rotation before an expiry that there is not',
    { lifetimeActions: [{ ...notify('P9D'), action: { type: 'Rotate' } }] },
  ],
  ['a notification after the creation', { lifetimeActions: [{ ...rotate('P90D'), action: { type: 'Notify' } }] }],
  ['no trigger', { lifetimeActions: [{ action: { type: 'Rotate' } }] }],
  [
    'two triggers',
    {
      lifetimeActions: [{ trigger: { timeAfterCreate: 'P90D', timeBeforeExpiry: 'P9D' }, action: { type: 'Rotate' } }],
    },
  ],
  ['an expiry after 27 days', { attributes: { expiryTime: 'P27D' } }],
  ['an expiry of 48 hours', { attributes: { expiryTime: 'PT48H' } }],
  ['what is no duration', { attributes: { expiryTime: '90 days' } }],
] as const) {
  test(`a rotation policy with ${what} is a bad parameter`, async (t) => {
    const context = memoryContext(NOW);
    await keyIn(context);
    const { status, body } = await ask(context, 'PUT', `${URL}/keys/k/rotationpolicy`, policy);
    t.is(status, 400);
    t.is(body.error.code, 'BadParameter');
  });
}

test('durations of ISO 8601 are read, and nothing else', (t) => {
  t.deepEqual(readDuration('P1Y10D'), { months: 12, days: 10, seconds: 0 });
  t.deepEqual(readDuration('P2M'), { months: 2, days: 0, seconds: 0 });
  t.deepEqual(readDuration('PT1H2M3S'), { months: 0, days: 0, seconds: 3723 });
  for (const text of ['', 'P', 'PT', 'P1DT', 'P1', '1D', 'P-1D', 'P1.5D', 'p1d', 'P1D2M', 'P99999Y']) {
    t.is(readDuration(text), null, text);
  }
  fc.assert(
    fc.property(fc.nat(9999), (days) => {
      const read = readDuration(`P${days}D`);
      return read !== null && roughDays(read) === days && addDuration(NOW, read) === NOW + days * DAY;
    }),
  );
});

test('a Managed HSM gives random bytes, from 1 to 128', async (t) => {
  const context = memoryContext();
  for (const count of [1, 32, 128]) {
    const { body } = await ask(context, 'POST', `${POOL}/rng`, { count });
    t.is(Buffer.from(body.value, 'base64url').length, count);
  }
  for (const count of [0, 129, -1, 1.5, '8', undefined]) {
    t.is((await ask(context, 'POST', `${POOL}/rng`, { count })).status, 400);
  }
  t.is((await ask(context, 'GET', `${POOL}/rng`)).status, 400);
  t.is((await ask(context, 'POST', `${URL}/rng`, { count: 8 })).status, 404);
});
