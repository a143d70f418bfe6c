import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { Records } from '../src/keys/records.js';
import { memoryContext, memoryStore } from './support/memory-engine.js';
import { ask } from './support/requests.js';

const URL = 'https://pure.vault.azure.net';
const POOL = 'https://pure.managedhsm.azure.net';

const make = (context: ReturnType<typeof memoryContext>, name: string, body: object = { kty: 'RSA-HSM' }, url = URL) =>
  ask(context, 'POST', `${url}/keys/${name}/create`, body);

for (const version of ['7.0', '7.1', '7.4', '7.4-preview.1', '7.6', '2025-07-01', '2026-04-01']) {
  test(`api-version ${version} is spoken, also when the name of the parameter is percent-encoded`, async (t) => {
    t.is((await ask(memoryContext(), 'GET', `${URL}/keys?api-version=${version}`)).status, 200);
    t.is((await ask(memoryContext(), 'GET', `${URL}/keys?api%2Dversion=${version}`)).status, 200);
  });
}

test('an unknown api-version and none at all are bad parameters', async (t) => {
  for (const query of ['api-version=2016-10-01', 'api-version=7.7', 'api-version=7.4-preview.9', 'x=1']) {
    const { status, body } = await ask(memoryContext(), 'GET', `${URL}/keys?${query}`);
    t.is(status, 400);
    t.is(body.error.code, 'BadParameter');
  }
});

for (const [method, path] of [
  ['POST', '/keys/k/backup'],
  ['POST', '/keys/restore'],
  ['POST', `/keys/k/${'0'.repeat(32)}/release`],
  ['GET', '/secrets'],
  ['GET', '/certificates/c'],
] as const) {
  test(`${method} ${path} is not implemented, and says so in a sentence`, async (t) => {
    const { status, body } = await ask(memoryContext(), method, URL + path);
    t.is(status, 501);
    t.regex(body.error.message, /^keyferry-vault .*\.$/);
  });
}

for (const [method, path, status] of [
  ['GET', '/', 404],
  ['GET', '/nothing', 404],
  ['POST', '/keys', 400],
  ['POST', '/keys/k', 400],
  ['GET', '/keys/k/create', 400],
  ['GET', '/keys/k/not-a-version', 400],
  ['GET', '/keys/k/1/2/3', 400],
  ['GET', '/keys/a_b', 400],
  ['GET', '/keys/a%20b', 400],
  ['GET', `/keys/${'a'.repeat(128)}`, 400],
  ['GET', '/keys/k', 404],
  ['GET', `/keys/k/${'0'.repeat(32)}`, 404],
  ['PATCH', '/keys/k', 404],
  ['DELETE', '/keys/k', 404],
  ['DELETE', `/keys/k/${'0'.repeat(32)}`, 400],
  ['GET', '/deletedkeys/k', 404],
  ['DELETE', '/deletedkeys/k', 404],
  ['POST', '/deletedkeys/k/recover', 404],
  ['POST', '/deletedkeys/k', 400],
  ['GET', '/deletedkeys/k/versions', 400],
  ['DELETE', '/deletedkeys', 400],
  ['POST', '/keys/k/rotate', 404],
  ['GET', '/keys/k/rotationpolicy', 404],
  ['PUT', '/keys/k/rotationpolicy', 404],
  ['POST', '/rng', 404],
  ['GET', '/keys/k/attestation', 400],
  ['GET', `/keys/k/${'0'.repeat(32)}/attestation`, 400],
  ['GET', '/keys?api-version=7.4&maxresults=0', 400],
  ['GET', '/keys?api-version=7.4&maxresults=26', 400],
  ['GET', '/keys?api-version=7.4&maxresults=many', 400],
  ['GET', '/keys?api-version=7.4&$skiptoken=Lw', 400],
  ['GET', '/deletedkeys?api-version=7.4&$skiptoken=', 400],
  ['POST', '/keys/k/sign', 404],
] as const) {
  test(`${method} ${path.slice(0, 40)} on an empty vault is ${status}`, async (t) => {
    t.is((await ask(memoryContext(), method, URL + path, {})).status, status);
  });
}

for (const [what, body, url] of [
  ['no JSON', 'x', URL],
  ['a list', [], URL],
  ['no kty', {}, URL],
  ['an unknown kty', { kty: 'DSA' }, URL],
  ['a name of Object as kty', { kty: 'toString' }, URL],
  ['an RSA size that is no number', { kty: 'RSA', key_size: '2048' }, URL],
  ['an RSA size of 1024', { kty: 'RSA', key_size: 1024 }, URL],
  ['an RSA size of 8192', { kty: 'RSA-HSM', key_size: 8192 }, URL],
  ['a curve of others', { kty: 'EC', crv: 'P-192' }, URL],
  ['an AES key in a vault', { kty: 'oct-HSM' }, URL],
  ['an AES key without HSM', { kty: 'oct' }, POOL],
  ['a software key in a Managed HSM', { kty: 'RSA' }, POOL],
  ['an AES key of 512 bits', { kty: 'oct-HSM', key_size: 512 }, POOL],
  ['an operation that nobody knows', { kty: 'RSA', key_ops: ['fly'] }, URL],
  ['import beside another operation', { kty: 'RSA-HSM', key_ops: ['import', 'encrypt'] }, URL],
  ['import for a software key', { kty: 'RSA', key_ops: ['import'] }, URL],
  ['import for an EC key', { kty: 'EC-HSM', key_ops: ['import'] }, URL],
  ['a date that is no number', { kty: 'EC', attributes: { exp: 'tomorrow' } }, URL],
  ['a date before 1970', { kty: 'EC', attributes: { nbf: -1 } }, URL],
  ['tags that are no texts', { kty: 'EC', tags: { a: 1 } }, URL],
  ['16 tags', { kty: 'EC', tags: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`t${i}`, ''])) }, URL],
] as const) {
  test(`creating a key with ${what} is a bad parameter`, async (t) => {
    const context = memoryContext();
    const { status, body: reply } = await make(context, 'k', body as object, url);
    t.is(status, 400);
    t.is(reply.error.code, 'BadParameter');
    t.is(context.engine.objects.size, 0);
  });
}

test('a refusal repeats no more of a request than fits into a line', async (t) => {
  for (const body of [
    { kty: 'x'.repeat(9000) },
    { kty: 'EC', crv: 'x'.repeat(9000) },
    { kty: 'EC', tags: { ['x'.repeat(9000)]: '' } },
  ]) {
    const { status, body: reply } = await make(memoryContext(), 'k', body);
    t.is(status, 400);
    t.true(reply.error.message.length < 300);
  }
  const { body: reply } = await make(memoryContext(), 'k', []);
  t.regex(reply.error.message, /^The body of the request is not valid: /);
});

for (const [what, body] of [
  ['an exponent of 3', { kty: 'RSA', public_exponent: 3 }],
  ['exportable', { kty: 'EC', attributes: { exportable: true } }],
  ['a release policy', { kty: 'EC-HSM', release_policy: { data: 'e30' } }],
] as const) {
  test(`creating a key with ${what} is not implemented`, async (t) => {
    t.is((await make(memoryContext(), 'k', body)).status, 501);
  });
}

test('an EC key that shall encrypt is refused in the words of the service', async (t) => {
  const { body } = await make(memoryContext(), 'k', { kty: 'EC', key_ops: ['sign', 'wrapKey', 'unwrapKey'] });
  t.is(
    body.error.message,
    'Unsupported key operation(s): "wrapKey", "unwrapKey". Supported values are "sign", "verify".',
  );
});

test('an import without a key is refused in the words of the service', async (t) => {
  const { status, body } = await ask(memoryContext(), 'PUT', `${URL}/keys/k`, {});
  t.is(status, 400);
  t.is(body.error.message, 'The property "key" must be a valid JsonWebKey object.');
});

test('null members count as left out, as some clients send them', async (t) => {
  const body = { kty: 'EC', crv: null, key_ops: null, attributes: { enabled: null, exp: null }, tags: null };
  const { status, body: bundle } = await make(memoryContext(), 'k', body);
  t.is(status, 200);
  t.is(bundle.key.crv, 'P-256');
});

test('clients write wrapkey in two ways, and put nothing where a version could be', async (t) => {
  const context = memoryContext();
  await make(context, 'k');
  const body = { alg: 'RSA-OAEP', value: 'AAAA' };
  for (const path of ['/keys/k/wrapkey', '/keys/k/wrapKey', '/keys/k//wrapkey', '/keys/K/WRAPKEY']) {
    t.is((await ask(context, 'POST', URL + path, body)).status, 200, path);
  }
});

test('an update changes what it names, and replaces all tags', async (t) => {
  let now = 1_800_000_000;
  const context = { ...memoryContext(), now: () => now };
  const made = (await make(context, 'k', { kty: 'EC', tags: { a: '1' }, attributes: { exp: now + 100 } })).body;
  now += 5;
  const updated = (await ask(context, 'PATCH', made.key.kid, { tags: { b: '2' }, attributes: { enabled: false } }))
    .body;
  t.deepEqual(updated.tags, { b: '2' });
  t.like(updated.attributes, { enabled: false, exp: made.attributes.exp, created: now - 5, updated: now });
  t.deepEqual(updated.key, made.key);
  t.deepEqual((await ask(context, 'GET', made.key.kid)).body, updated);
});

test('a key that cannot be recorded is taken out of the token again', async (t) => {
  const context = memoryContext();
  const broken = {
    ...context,
    records: new Records([], { ...memoryStore(), write: () => Promise.reject(new Error('disk')) }),
  };
  await t.throwsAsync(make(broken, 'k'), { message: 'disk' });
  t.is(context.engine.objects.size, 0);
});

test('what the HSM refuses is an error of the service that names the call', async (t) => {
  const context = memoryContext();
  const engine = {
    ...context.engine,
    generate: () =>
      Promise.reject(new KeyferryError('HSM_ERROR', { reason: 'C_GenerateKeyPair returned CKR_DEVICE_ERROR' })),
  };
  const { status, body } = await make({ ...context, engine }, 'k');
  t.is(status, 500);
  t.is(body.error.innererror.code, 'KeyferryVault.HSM_ERROR');
  t.regex(body.error.message, /CKR_DEVICE_ERROR/);
});
