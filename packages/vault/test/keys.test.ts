import {
  constants,
  createHash,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

const VAULT = 'https://using.vault.azure.net';
const POOL = 'https://using.managedhsm.azure.net';

let opened: TestVault;
/** kid of an imported practice key: its private part is known here. */
let rsa: string;

test.before(async () => {
  opened = await openTestVault(wholeFile);
  const kek = (await call('POST', `${VAULT}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('rsa-2048')))));
  rsa = (await call('PUT', `${VAULT}/keys/rsa`, { key: { kty: 'RSA-HSM', key_hsm } })).body.key.kid;
});

test.after.always(() => opened.vault.close());

const call = (method: string, url: string, body?: unknown) => opened.client.call(method, url, body);
const bytesOf = (text: string) => Buffer.from(text, 'base64url');
const digestOf = (hash: string, message: Buffer) => createHash(hash).update(message).digest('base64url');

for (const [alg, hash] of [
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
  ['PS256', 'sha256'],
  ['PS384', 'sha384'],
  ['PS512', 'sha512'],
] as const) {
  test(`${alg} signs what node:crypto verifies, and verifies it itself`, async (t) => {
    const message = randomBytes(99);
    const digest = digestOf(hash, message);
    const signed = await call('POST', `${rsa}/sign`, { alg, value: digest });
    t.is(signed.body.kid, rsa);
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const key = { key: createPublicKey(practiceKey('rsa-2048')), ...(alg.startsWith('PS') && pss) };
    t.true(verify(hash, message, key, bytesOf(signed.body.value)));
    t.true((await call('POST', `${rsa}/verify`, { alg, digest, value: signed.body.value })).body.value);
    const other = digestOf(hash, randomBytes(99));
    t.false((await call('POST', `${rsa}/verify`, { alg, digest: other, value: signed.body.value })).body.value);
    t.false((await call('POST', `${rsa}/verify`, { alg, digest, value: 'AAAA' })).body.value);
  });
}

for (const [crv, alg, hash] of [
  ['P-256', 'ES256', 'sha256'],
  ['P-384', 'ES384', 'sha384'],
  ['P-521', 'ES512', 'sha512'],
  ['P-256K', 'ES256K', 'sha256'],
] as const) {
  test(`a key on ${crv} is created, signs with ${alg} and verifies`, async (t) => {
    const { key } = (await call('POST', `${VAULT}/keys/made-${crv}/create`, { kty: 'EC-HSM', crv })).body;
    const message = randomBytes(20);
    const digest = digestOf(hash, message);
    const { body } = await call('POST', `${key.kid}/sign`, { alg, value: digest });
    const jwk = { kty: 'EC', crv: crv === 'P-256K' ? 'secp256k1' : crv, x: key.x, y: key.y };
    const publicKey = createPublicKey({ format: 'jwk', key: jwk });
    t.true(verify(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytesOf(body.value)));
    t.true((await call('POST', `${key.kid}/verify`, { alg, digest, value: body.value })).body.value);
    t.false((await call('POST', `${key.kid}/verify`, { alg, digest, value: body.value.slice(4) })).body.value);
  });
}

for (const [alg, options] of [
  ['RSA1_5', { padding: constants.RSA_PKCS1_PADDING }],
  ['RSA-OAEP', { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }],
  ['RSA-OAEP-256', { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }],
] as const) {
  test(`${alg} encrypts, decrypts, wraps and unwraps`, async (t) => {
    const value = randomBytes(32);
    const key = createPublicKey(practiceKey('rsa-2048'));
    for (const [forth, back] of [
      ['encrypt', 'decrypt'],
      ['wrapkey', 'unwrapkey'],
    ]) {
      const made = publicEncrypt({ key, ...options }, value).toString('base64url');
      t.is((await call('POST', `${rsa}/${back}`, { alg, value: made })).body.value, value.toString('base64url'));
      const { body } = await call('POST', `${rsa}/${forth}`, { alg, value: value.toString('base64url') });
      if (alg !== 'RSA1_5') {
        t.deepEqual(privateDecrypt({ key: practiceKey('rsa-2048'), ...options }, bytesOf(body.value)), value);
      }
      t.is((await call('POST', `${rsa}/${back}`, { alg, value: body.value })).body.value, value.toString('base64url'));
      const spoilt = bytesOf(body.value);
      spoilt[100] = (spoilt[100] ?? 0) ^ 1;
      const refused = await call('POST', `${rsa}/${back}`, { alg, value: spoilt.toString('base64url') });
      t.is(refused.status, 400);
      t.is(refused.body.error.code, 'BadParameter');
    }
  });
}

for (const bits of [128, 192, 256]) {
  test(`AES-${bits} encrypts, decrypts, wraps and unwraps in a Managed HSM`, async (t) => {
    const { kid } = (await call('POST', `${POOL}/keys/aes-${bits}/create`, { kty: 'oct-HSM', key_size: bits })).body
      .key;
    const value = randomBytes(32).toString('base64url');
    const aad = randomBytes(7).toString('base64url');

    const gcm = await call('POST', `${kid}/encrypt`, { alg: `A${bits}GCM`, value, aad });
    t.is(bytesOf(gcm.body.iv).length, 12);
    t.is(bytesOf(gcm.body.tag).length, 16);
    const { iv, tag } = gcm.body;
    const sealed = { alg: `A${bits}GCM`, value: gcm.body.value, iv, tag, aad };
    t.is((await call('POST', `${kid}/decrypt`, sealed)).body.value, value);
    t.is((await call('POST', `${kid}/decrypt`, { ...sealed, aad: undefined })).status, 400);
    t.is((await call('POST', `${kid}/decrypt`, { ...sealed, tag: undefined })).status, 400);
    const again = await call('POST', `${kid}/encrypt`, { alg: `A${bits}GCM`, value, iv });
    t.not(again.body.iv, iv, 'a nonce is never used twice, whatever the client asks');

    for (const mode of ['CBC', 'CBCPAD']) {
      const cbc = await call('POST', `${kid}/encrypt`, { alg: `A${bits}${mode}`, value });
      const sealedCbc = { alg: `A${bits}${mode}`, value: cbc.body.value, iv: cbc.body.iv };
      t.is((await call('POST', `${kid}/decrypt`, sealedCbc)).body.value, value);
    }
    t.is((await call('POST', `${kid}/encrypt`, { alg: `A${bits}CBC`, value: 'AAAA' })).status, 400);

    const wrapped = await call('POST', `${kid}/wrapkey`, { alg: `A${bits}KW`, value });
    t.is((await call('POST', `${kid}/unwrapkey`, { alg: `A${bits}KW`, value: wrapped.body.value })).body.value, value);
    const spoilt = bytesOf(wrapped.body.value);
    spoilt[3] = (spoilt[3] ?? 0) ^ 1;
    t.is(
      (await call('POST', `${kid}/unwrapkey`, { alg: `A${bits}KW`, value: spoilt.toString('base64url') })).status,
      400,
    );
  });
}

test('no bytes at all are encrypted by RSA, and otherwise refused by name', async (t) => {
  for (const alg of ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256']) {
    const { value } = (await call('POST', `${rsa}/encrypt`, { alg, value: '' })).body;
    t.is((await call('POST', `${rsa}/decrypt`, { alg, value })).body.value, '', alg);
    t.is((await call('POST', `${rsa}/decrypt`, { alg, value: '' })).status, 400);
  }
  const { kid } = (await call('POST', `${POOL}/keys/nothing/create`, { kty: 'oct-HSM' })).body.key;
  for (const [alg, ivBytes] of [
    ['A256GCM', 12],
    ['A256CBC', 16],
    ['A256CBCPAD', 16],
  ] as const) {
    t.is((await call('POST', `${kid}/encrypt`, { alg, value: '' })).status, 501);
    const [iv, tag] = [ivBytes, 16].map((bytes) => Buffer.alloc(bytes).toString('base64url'));
    t.is((await call('POST', `${kid}/decrypt`, { alg, value: '', iv, tag })).status, 400, alg);
  }
  for (const operation of ['wrapkey', 'unwrapkey']) {
    t.is((await call('POST', `${kid}/${operation}`, { alg: 'A256KW', value: '' })).status, 400);
  }
});

test('a signature of any length that does not verify is false, not an error', async (t) => {
  const ec = (await call('POST', `${VAULT}/keys/verifying/create`, { kty: 'EC' })).body.key.kid;
  const digest = randomBytes(32).toString('base64url');
  for (const bytes of [0, 1, 63, 64, 65, 255, 256, 257, 1000]) {
    const value = randomBytes(bytes).toString('base64url');
    for (const [key, alg] of [
      [rsa, 'RS256'],
      [rsa, 'PS256'],
      [ec, 'ES256'],
    ] as const) {
      const { status, body } = await call('POST', `${key}/verify`, { alg, digest, value });
      t.deepEqual([status, body.value], [200, false], `${alg} ${bytes}`);
    }
  }
});

test('CBC over a zero block with a zero IV is the encryption of zeros, as a key check value wants it', async (t) => {
  const kek = (await call('POST', `${POOL}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] })).body.key;
  const source = practiceKey('aes-256');
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(source))));
  const { kid } = (await call('PUT', `${POOL}/keys/kcv`, { key: { kty: 'oct-HSM', key_hsm } })).body.key;
  const zeros = Buffer.alloc(16).toString('base64url');
  const { body } = await call('POST', `${kid}/encrypt`, { alg: 'A256CBC', value: zeros, iv: zeros });
  const { createCipheriv } = await import('node:crypto');
  t.deepEqual(
    bytesOf(body.value),
    createCipheriv('aes-256-ecb', source.export(), null).setAutoPadding(false).update(Buffer.alloc(16)),
  );
});

test('a new key is read with and without version, with a slash at the end, and in any case of its name', async (t) => {
  const { body } = await call('POST', `${VAULT}/keys/Reading/create`, {
    kty: 'EC',
    tags: { a: 'b' },
    attributes: { enabled: false },
  });
  const { kid } = body.key;
  t.regex(kid, /^https:\/\/using\.vault\.azure\.net\/keys\/Reading\/[0-9a-f]{32}$/);
  t.is(body.key.kty, 'EC');
  for (const url of [
    kid,
    `${VAULT}/keys/Reading`,
    `${VAULT}/keys/Reading/`,
    `${VAULT}/keys/reading?api%2Dversion=7.4`,
  ]) {
    t.deepEqual((await call('GET', url)).body, body);
  }
  t.like(body.attributes, {
    enabled: false,
    exportable: false,
    recoverableDays: 90,
    recoveryLevel: 'Recoverable+Purgeable',
  });
  t.deepEqual(body.tags, { a: 'b' });
});

test('a list shows the newest of each name, a list of versions all of one name in their order', async (t) => {
  const url = 'https://lists.vault.azure.net';
  t.deepEqual((await call('GET', `${url}/keys`)).body, { value: [], nextLink: null });
  const first = (await call('POST', `${url}/keys/b/create`, { kty: 'EC' })).body;
  const second = (await call('POST', `${url}/keys/B/create`, { kty: 'EC', tags: { second: 'yes' } })).body;
  await call('POST', `${url}/keys/a/create`, { kty: 'EC' });
  const list = await call('GET', `${url}/keys?api-version=7.4&maxresults=25`);
  t.deepEqual(
    list.body.value.map((item: { kid: string }) => item.kid),
    [`${url}/keys/a`, `${url}/keys/b`],
  );
  t.deepEqual(list.body.value[1], { kid: `${url}/keys/b`, attributes: second.attributes, tags: { second: 'yes' } });
  const versions = await call('GET', `${url}/keys/b/versions`);
  t.deepEqual(
    versions.body.value.map((item: { kid: string }) => item.kid),
    [first.key.kid, second.key.kid],
  );
  t.is((await call('GET', `${url}/keys/c/versions`)).status, 404);
  t.is((await call('GET', 'https://others.vault.azure.net/keys/a')).status, 404);
});

test('outside its dates a key decrypts and verifies, and signs and encrypts nothing', async (t) => {
  const { kid } = (await call('POST', `${VAULT}/keys/dated/create`, { kty: 'RSA-HSM' })).body.key;
  const now = Math.floor(Date.now() / 1000);
  const digest = randomBytes(32).toString('base64url');
  const sealed = (await call('POST', `${kid}/encrypt`, { alg: 'RSA-OAEP', value: digest })).body.value;
  for (const [attributes, inner] of [
    [{ exp: now - 1 }, 'KeyExpired'],
    [{ exp: now + 600, nbf: now + 300 }, 'KeyNotYetValid'],
  ] as const) {
    t.is((await call('PATCH', kid, { attributes })).status, 200);
    for (const operation of ['sign', 'encrypt', 'wrapkey']) {
      const alg = operation === 'sign' ? 'RS256' : 'RSA-OAEP';
      const answer = await call('POST', `${kid}/${operation}`, { alg, value: digest });
      t.is(answer.status, 403);
      t.like(answer.body.error, { code: 'Forbidden', innererror: { code: inner } });
    }
    t.is((await call('POST', `${kid}/decrypt`, { alg: 'RSA-OAEP', value: sealed })).status, 200);
    t.is((await call('POST', `${kid}/verify`, { alg: 'RS256', digest, value: sealed })).status, 200);
  }
  await call('PATCH', kid, { attributes: { enabled: false } });
  const answer = await call('POST', `${kid}/decrypt`, { alg: 'RSA-OAEP', value: sealed });
  t.like(answer.body.error, { code: 'Forbidden', innererror: { code: 'KeyDisabled' } });
  t.is((await call('GET', kid)).status, 200);
});

test('without a good token there is a challenge, and nothing else', async (t) => {
  const { client } = opened;
  const url = `${POOL}/keys/x/create?api-version=7.4`;
  const bare = await client.send('POST', url);
  t.is(bare.status, 401);
  t.is(
    bare.headers['www-authenticate'],
    'Bearer authorization="https://login.microsoftonline.com/6b657966-6572-7279-8000-74656e616e74", resource="https://managedhsm.azure.net"',
  );
  t.is(bare.body.error.code, 'Unauthorized');
  const other = await client.token('https://vault.azure.net');
  t.is((await client.send('POST', url, { token: other, body: { kty: 'EC-HSM' } })).status, 401);
  t.is((await client.send('POST', url, { token: `${other.slice(0, -2)}AA`, body: {} })).status, 401);
  t.is((await client.send('POST', url, { headers: { authorization: 'Basic eDp5' }, body: {} })).status, 401);
});

test('every answer says that it comes from the emulator', async (t) => {
  const { client } = opened;
  const answers = [
    await client.send('GET', `${VAULT}/keys`),
    await client.send('GET', 'https://login.microsoftonline.com/common/discovery/instance'),
    await client.send('GET', 'https://login.microsoftonline.com/nothing'),
    await client.send('GET', 'https://management.azure.com/subscriptions'),
    await client.send('GET', `${VAULT}/`, { headers: { host: 'example.com' } }),
    await call('GET', `${VAULT}/keys`),
    await call('GET', `${VAULT}/keys?api-version=1`),
    await call('DELETE', `${VAULT}/keys/nobody`),
    await call('POST', `${VAULT}/keys/restore`),
    await client.send('POST', `${VAULT}/keys`, { body: 'x'.repeat(70_000), headers: { 'content-type': 'text/plain' } }),
  ];
  t.deepEqual(
    answers.map(({ status }) => status),
    [401, 200, 404, 401, 421, 200, 400, 404, 501, 413],
  );
  for (const { headers } of answers) t.is(headers['x-keyferry-emulator'], 'keyferry-vault/0.1.0');

  const socket = await client.connect('using.vault.azure.net');
  socket.end('no HTTP at all\r\n\r\n');
  t.regex(
    (await socket.setEncoding('utf8').toArray()).join(''),
    /^HTTP\/1\.1 400 .*\r\nx-keyferry-emulator: keyferry-vault\/0\.1\.0\r\n/,
  );
});

test('the log has a line a request, without its query', async (t) => {
  await call('GET', 'https://logged.vault.azure.net/keys?api-version=7.4&secret=hidden');
  const line = opened.lines.find((each) => each.includes('logged.vault'));
  t.regex(line ?? '', /^GET logged\.vault\.azure\.net \/keys 200 \d+\.\d ms admin$/);
});

test.after('no error was unforeseen', (t) => {
  t.deepEqual(opened.unforeseen, []);
});
