import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
  publicEncrypt as wrapOaep,
} from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { wholeFile } from '../../../test/support/folder.js';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import type { Answer } from './support/client.js';
import { aesWrapped, blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

const VAULT = 'https://crossing.vault.azure.net';
const POOL = 'https://crossing.managedhsm.azure.net';

interface KekJwk {
  readonly kid: string;
  readonly n: string;
  readonly e: string;
}

let opened: TestVault;
const keks: Record<string, KekJwk> = {};

test.before(async () => {
  opened = await openTestVault(wholeFile);
  const kek = (url: string) =>
    opened.client.call('POST', `${url}/keys/kek/create`, { kty: 'RSA-HSM', key_ops: ['import'] });
  for (const url of [VAULT, POOL]) keks[url] = (await kek(url)).body.key;
});

test.after.always(() => opened.vault.close());

const kekOf = (url: string) => keks[url] as KekJwk;

function put(url: string, name: string, key: Record<string, unknown>): Promise<Answer> {
  return opened.client.call('PUT', `${url}/keys/${name}`, { key, attributes: { enabled: true } });
}

/** Wraps a key under the vault's KEK and imports it. */
function importKey(url: string, name: string, key: KeyObject | Buffer, jwk: Record<string, unknown>): Promise<Answer> {
  const kek = kekOf(url);
  const ciphertext = wrapFor(kek, Buffer.isBuffer(key) ? key : plaintextOf(key));
  return put(url, name, { ...jwk, key_hsm: keyHsm(blobFor(kek.kid, ciphertext)) });
}

for (const bits of [2048, 3072, 4096]) {
  test(`an RSA-${bits} key crosses, signs and decrypts`, async (t) => {
    const source = practiceKey(`rsa-${bits}` as PracticeKeyName);
    const { status, body } = await importKey(VAULT, `rsa-${bits}`, source, { kty: 'RSA-HSM' });
    t.is(status, 200);
    const { n, e } = createPublicKey(source).export({ format: 'jwk' });
    t.like(body.key, { kty: 'RSA-HSM', n, e });
    t.deepEqual(body.key.key_ops, ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey']);

    const message = randomBytes(50);
    const value = createHash('sha256').update(message).digest('base64url');
    const signed = await opened.client.call('POST', `${body.key.kid}/sign`, { alg: 'RS256', value });
    t.true(verify('sha256', message, createPublicKey(source), Buffer.from(signed.body.value, 'base64url')));
  });
}

for (const [name, crv, alg, hash] of [
  ['ec-p256', 'P-256', 'ES256', 'sha256'],
  ['ec-p384', 'P-384', 'ES384', 'sha384'],
  ['ec-p521', 'P-521', 'ES512', 'sha512'],
  ['ec-secp256k1', 'P-256K', 'ES256K', 'sha256'],
] as const) {
  test(`an EC key on ${crv} crosses, shows its public key and signs`, async (t) => {
    const source = practiceKey(name);
    const { status, body } = await importKey(VAULT, name, source, { kty: 'EC-HSM', crv });
    t.is(status, 200);
    const { x, y } = createPublicKey(source).export({ format: 'jwk' });
    t.like(body.key, { kty: 'EC-HSM', crv, x, y });
    t.deepEqual(body.key.key_ops, ['sign', 'verify']);

    const message = randomBytes(50);
    const value = createHash(hash).update(message).digest('base64url');
    const signed = await opened.client.call('POST', `${body.key.kid}/sign`, { alg, value });
    const key = { key: createPublicKey(source), dsaEncoding: 'ieee-p1363' } as const;
    t.true(verify(hash, message, key, Buffer.from(signed.body.value, 'base64url')));
  });
}

for (const bits of [128, 192, 256]) {
  test(`an AES-${bits} key crosses to a Managed HSM and encrypts like the source`, async (t) => {
    const source = practiceKey(`aes-${bits}` as PracticeKeyName);
    const { status, body } = await importKey(POOL, `aes-${bits}`, source, { kty: 'oct-HSM' });
    t.is(status, 200);
    t.is(body.key.kty, 'oct-HSM');
    const value = randomBytes(16);
    const wrapped = await opened.client.call('POST', `${body.key.kid}/wrapkey`, {
      alg: `A${bits}KW`,
      value: value.toString('base64url'),
    });
    t.is(wrapped.body.value, aesWrapped(source.export(), value, `id-aes${bits}-wrap`).toString('base64url'));
  });
}

test('the member Hsm, a kty without -HSM and an ignored kid do not matter for key_hsm', async (t) => {
  const kek = kekOf(VAULT);
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintextOf(practiceKey('ec-p256')))));
  const body = { Hsm: false, key: { kty: 'EC', crv: 'P-256', key_ops: ['sign'], key_hsm } };
  const answer = await opened.client.call('PUT', `${VAULT}/keys/plain-kty`, body);
  t.is(answer.status, 200);
  t.is(answer.body.key.kty, 'EC-HSM');
  t.deepEqual(answer.body.key.key_ops, ['sign']);
});

test('zeros after the DER, which SoftHSM writes itself, are taken', async (t) => {
  const der = plaintextOf(practiceKey('rsa-2048'));
  const answer = await importKey(VAULT, 'zero-tail', Buffer.concat([der, Buffer.alloc(5)]), { kty: 'RSA-HSM' });
  t.is(answer.status, 200);
});

test('a second import of a name is a second version', async (t) => {
  const first = await importKey(VAULT, 'twice', practiceKey('ec-p256'), { kty: 'EC-HSM', crv: 'P-256' });
  const second = await importKey(VAULT, 'twice', practiceKey('ec-p384'), { kty: 'EC-HSM', crv: 'P-384' });
  const versions = await opened.client.call('GET', `${VAULT}/keys/twice/versions`);
  t.deepEqual(
    versions.body.value.map((item: { kid: string }) => item.kid),
    [first.body.key.kid, second.body.key.kid],
  );
});

const p256 = () => plaintextOf(practiceKey('ec-p256'));
const flipped = (bytes: Buffer, at: number) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

/** Explicit parameters of P-256 instead of its name (RFC 3279 section 2.3.5): the same curve, not named. */
function explicitP256(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
  return privateKey.export({ format: 'der', type: 'pkcs8' });
}

type Change = (kek: KekJwk) => {
  blob?: unknown;
  key_hsm?: string;
  ciphertext?: Buffer;
  key?: Record<string, unknown>;
  url?: string;
};

const faults: readonly (readonly [what: string, inner: string, change: Change])[] = [
  ['key_hsm in standard base64', 'KeyHsmEncoding', () => ({ key_hsm: 'ab+/' })],
  ['key_hsm with padding', 'KeyHsmEncoding', () => ({ key_hsm: 'eyJ9fQ==' })],
  ['an empty key_hsm', 'BlobNotJson', () => ({ key_hsm: '' })],
  ['bytes that are no JSON', 'BlobNotJson', () => ({ blob: 'hello' })],
  [
    'a byte order mark',
    'BlobNotJson',
    ({ kid }) => ({ blob: `\ufeff${JSON.stringify(blobFor(kid, Buffer.alloc(300)))}` }),
  ],
  ['a JSON list', 'BlobNotJson', () => ({ blob: [] })],
  ['deeply nested JSON', 'BlobMembers', () => ({ blob: `{"a":${'['.repeat(9000)}${']'.repeat(9000)}}` })],
  [
    'a member twice',
    'BlobDuplicateMember',
    ({ kid }) => ({ blob: JSON.stringify(blobFor(kid, Buffer.alloc(300))).replace('{', '{"generator":"x",') }),
  ],
  ['an unknown member', 'BlobMembers', ({ kid }) => ({ blob: { ...blobFor(kid, Buffer.alloc(300)), more: 1 } })],
  [
    'an unknown member of the header',
    'BlobMembers',
    ({ kid }) => ({
      blob: {
        ...blobFor(kid, Buffer.alloc(300)),
        header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP', zip: 'DEF' },
      },
    }),
  ],
  [
    'no generator',
    'BlobMembers',
    ({ kid }) => ({ blob: { ...blobFor(kid, Buffer.alloc(300)), generator: undefined } }),
  ],
  [
    'schema_version 1.0',
    'BlobSchemaVersion',
    ({ kid }) => ({ blob: { ...blobFor(kid, Buffer.alloc(300)), schema_version: '1.0' } }),
  ],
  [
    'another alg',
    'BlobAlg',
    ({ kid }) => ({
      blob: { ...blobFor(kid, Buffer.alloc(300)), header: { kid, alg: 'RSA-OAEP', enc: 'CKM_RSA_AES_KEY_WRAP' } },
    }),
  ],
  [
    'another enc',
    'BlobEnc',
    ({ kid }) => ({
      blob: { ...blobFor(kid, Buffer.alloc(300)), header: { kid, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP_PAD' } },
    }),
  ],
  [
    'ciphertext with padding',
    'BlobCiphertextEncoding',
    ({ kid }) => ({ blob: { ...blobFor(kid, Buffer.alloc(300)), ciphertext: 'AAAA=' } }),
  ],
  [
    'ciphertext in hex and blanks',
    'BlobCiphertextEncoding',
    ({ kid }) => ({ blob: { ...blobFor(kid, Buffer.alloc(300)), ciphertext: 'aa bb' } }),
  ],
  ['a kid of another kind', 'KidMalformed', () => ({ blob: blobFor('urn:kek', Buffer.alloc(300)) })],
  [
    'a kid without version',
    'KidUnversioned',
    ({ kid }) => ({ blob: blobFor(kid.replace(/\/[^/]+$/, ''), Buffer.alloc(300)) }),
  ],
  [
    'a kid of another vault',
    'KidOtherVault',
    ({ kid }) => ({ blob: blobFor(kid.replace('crossing', 'elsewhere'), Buffer.alloc(300)) }),
  ],
  [
    'a kid of nobody',
    'KidUnknown',
    ({ kid }) => ({ blob: blobFor(kid.replace(/[^/]+$/, '0'.repeat(32)), Buffer.alloc(300)) }),
  ],
  ['a ciphertext of the wrapped AES key only', 'CiphertextLength', () => ({ ciphertext: Buffer.alloc(256) })],
  ['a ciphertext that is cut', 'CiphertextLength', (kek) => ({ ciphertext: wrapFor(kek, p256()).subarray(0, -1) })],
  [
    'a ciphertext with a byte more',
    'CiphertextLength',
    (kek) => ({ ciphertext: Buffer.concat([wrapFor(kek, p256()), Buffer.alloc(1)]) }),
  ],
  [
    'halves that are reversed',
    'OaepFailed',
    (kek) => {
      const right = wrapFor(kek, p256());
      return { ciphertext: Buffer.concat([right.subarray(256), right.subarray(0, 256)]) };
    },
  ],
  ['a flipped bit in the wrapped AES key', 'OaepFailed', (kek) => ({ ciphertext: flipped(wrapFor(kek, p256()), 200) })],
  ['OAEP with SHA-256', 'OaepFailed', (kek) => ({ ciphertext: wrapFor(kek, p256(), { oaepHash: 'sha256' }) })],
  ['OAEP with a label', 'OaepFailed', (kek) => ({ ciphertext: wrapFor(kek, p256(), { oaepLabel: Buffer.from('x') }) })],
  [
    'PKCS#1 v1.5 instead of OAEP',
    'OaepFailed',
    (kek) => ({ ciphertext: wrapFor(kek, p256(), { padding: constants.RSA_PKCS1_PADDING }) }),
  ],
  [
    'an AES key of 128 bits',
    'AesKeySize',
    (kek) => ({ ciphertext: wrapFor(kek, p256(), { aesKey: randomBytes(16) }) }),
  ],
  [
    'an AES key of 192 bits',
    'AesKeySize',
    (kek) => ({ ciphertext: wrapFor(kek, p256(), { aesKey: randomBytes(24) }) }),
  ],
  ['an "AES key" of 31 bytes', 'AesKeySize', (kek) => ({ ciphertext: oddAesKey(kek, 31) })],
  ['an "AES key" of 200 bytes', 'AesKeySize', (kek) => ({ ciphertext: oddAesKey(kek, 200) })],
  [
    'a flipped bit in the wrapped target',
    'KwpFailed',
    (kek) => ({ ciphertext: flipped(wrapFor(kek, p256()), 256 + 9) }),
  ],
  [
    'RFC 3394 instead of RFC 5649',
    'KwpFailed',
    (kek) => ({ ciphertext: wrapFor(kek, Buffer.concat([p256(), Buffer.alloc(6)]), { cipher: 'id-aes256-wrap' }) }),
  ],
  [
    'SEC1 instead of PKCS#8',
    'TargetEncoding',
    (kek) => ({ ciphertext: wrapFor(kek, practiceKey('ec-p256').export({ format: 'der', type: 'sec1' })) }),
  ],
  [
    'PEM instead of DER',
    'TargetEncoding',
    (kek) => ({
      ciphertext: wrapFor(kek, Buffer.from(practiceKey('ec-p256').export({ format: 'pem', type: 'pkcs8' }))),
    }),
  ],
  [
    'an RSA key that is called EC',
    'TargetEncoding',
    (kek) => ({ ciphertext: wrapFor(kek, plaintextOf(practiceKey('rsa-2048'))) }),
  ],
  [
    'an EC key that is called RSA',
    'TargetEncoding',
    (kek) => ({ ciphertext: wrapFor(kek, p256()), key: { kty: 'RSA-HSM', crv: undefined } }),
  ],
  [
    'an RSA key of 1024 bits',
    'TargetSize',
    (kek) => ({
      ciphertext: wrapFor(
        kek,
        generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'der', type: 'pkcs8' }),
      ),
      key: { kty: 'RSA-HSM', crv: undefined },
    }),
  ],
  [
    'another curve than the request names',
    'TargetCurve',
    (kek) => ({ ciphertext: wrapFor(kek, plaintextOf(practiceKey('ec-secp256k1'))) }),
  ],
  ['a curve by explicit parameters', 'TargetCurve', (kek) => ({ ciphertext: wrapFor(kek, explicitP256()) })],
  ['an EC key whose private value is 0', 'TargetInconsistent', (kek) => ({ ciphertext: wrapFor(kek, zeroP256()) })],
  [
    'an RSA key whose factors do not fit',
    'TargetInconsistent',
    (kek) => ({ ciphertext: wrapFor(kek, misfitRsa()), key: { kty: 'RSA-HSM', crv: undefined } }),
  ],
  [
    'an AES target of 20 bytes',
    'TargetSize',
    () => {
      const kek = kekOf(POOL);
      return {
        blob: blobFor(kek.kid, wrapFor(kek, randomBytes(20))),
        key: { kty: 'oct-HSM', crv: undefined },
        url: POOL,
      };
    },
  ],
  [
    'an EC key that is called oct',
    'CiphertextLength',
    () => {
      const kek = kekOf(POOL);
      return { blob: blobFor(kek.kid, wrapFor(kek, p256())), key: { kty: 'oct-HSM', crv: undefined }, url: POOL };
    },
  ],
];

/** An AES-wrapped target under a key that node:crypto would refuse: the first half carries other bytes. */
function oddAesKey(kek: KekJwk, bytes: number): Buffer {
  const aesKey = randomBytes(32);
  const odd = wrapFor(kek, p256(), { aesKey });
  const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: kek.n, e: kek.e } });
  return Buffer.concat([oaep(key, randomBytes(bytes)), odd.subarray(256)]);
}

function oaep(key: KeyObject, bytes: Buffer): Buffer {
  return wrapOaep({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, bytes);
}

function zeroP256(): Buffer {
  const der = p256();
  const scalar = Buffer.from(practiceKey('ec-p256').export({ format: 'jwk' }).d ?? '', 'base64url');
  return Buffer.from(der.toString('hex').replace(scalar.toString('hex'), '00'.repeat(32)), 'hex');
}

/** The modulus of one key over the factors of another. */
function misfitRsa(): Buffer {
  const der = plaintextOf(practiceKey('rsa-2048')).toString('hex');
  const n = (name: PracticeKeyName) =>
    Buffer.from(practiceKey(name).export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex');
  return Buffer.from(der.replace(n('rsa-2048'), n('kek-2048')), 'hex');
}

test.serial(
  'whatever is wrong with a transfer is refused by name, and leaves neither version nor object',
  async (t) => {
    const before = traces();
    for (const [what, inner, change] of faults) {
      const { blob, key_hsm, ciphertext, key, url = VAULT } = change(kekOf(VAULT));
      const made = key_hsm ?? keyHsm(blob ?? blobFor(kekOf(VAULT).kid, ciphertext ?? Buffer.alloc(0)));
      const answer = await put(url, 'faulty', { kty: 'EC-HSM', crv: 'P-256', key_hsm: made, ...key });
      t.is(answer.status, 400, `${what}: ${answer.text}`);
      t.is(answer.body.error.code, 'BadParameter', what);
      t.is(answer.body.error.innererror?.code, `KeyferryVault.${inner}`, `${what}: ${answer.text}`);
    }
    t.is((await opened.client.call('GET', `${VAULT}/keys/faulty`)).status, 404);
    t.deepEqual(traces(), before);
    t.deepEqual(opened.unforeseen, []);
  },
);

test('a target whose bytes are changed anywhere is refused by name, or is a key that signs as it says', async (t) => {
  const kek = kekOf(VAULT);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.nat(255),
      async (isRsa, where, byte) => {
        const der = plaintextOf(practiceKey(isRsa ? 'rsa-2048' : 'ec-p256'));
        der[Math.floor(where * der.length)] = byte;
        const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, der)));
        const key = isRsa ? { kty: 'RSA-HSM', key_hsm } : { kty: 'EC-HSM', crv: 'P-256', key_hsm };
        const { status, body } = await put(VAULT, 'mutant', key);
        if (status === 400) return /^KeyferryVault\.Target/.test(body.error.innererror.code);
        const digest = randomBytes(32).toString('base64url');
        const alg = isRsa ? 'RS256' : 'ES256';
        const { value } = (await opened.client.call('POST', `${body.key.kid}/sign`, { alg, value: digest })).body;
        return (await opened.client.call('POST', `${body.key.kid}/verify`, { alg, digest, value })).body.value;
      },
    ),
    { numRuns: 80 },
  );
  t.deepEqual(opened.unforeseen, []);
});

/** The files of the token and of the records. */
function traces(): { objects: number; records: number } {
  const tokens = join(opened.data, 'tokens');
  const [token = ''] = readdirSync(tokens);
  return {
    objects: readdirSync(join(tokens, token)).filter((name) => name.endsWith('.object')).length,
    records: readdirSync(join(opened.data, 'keys')).length,
  };
}

test('a KEK that is disabled, expired, not yet valid or no KEK opens nothing', async (t) => {
  const { client } = opened;
  const now = Math.floor(Date.now() / 1000);
  const created = await client.call('POST', `${VAULT}/keys/states/create`, { kty: 'RSA-HSM', key_ops: ['import'] });
  const kek: KekJwk = created.body.key;
  const attempt = () =>
    put(VAULT, 'never', { kty: 'EC-HSM', crv: 'P-256', key_hsm: keyHsm(blobFor(kek.kid, wrapFor(kek, p256()))) });
  for (const [attributes, inner] of [
    [{ enabled: false }, 'KekDisabled'],
    [{ enabled: true, exp: now - 60 }, 'KekExpired'],
    [{ exp: now + 600, nbf: now + 300 }, 'KekNotYetValid'],
  ] as const) {
    t.is((await client.call('PATCH', kek.kid, { attributes })).status, 200);
    t.is((await attempt()).body.error.innererror.code, `KeyferryVault.${inner}`);
  }
  t.is((await client.call('PATCH', kek.kid, { attributes: { nbf: now - 60 } })).status, 200);
  t.is((await attempt()).status, 200);

  const other = await client.call('POST', `${VAULT}/keys/no-kek/create`, { kty: 'RSA-HSM' });
  const key_hsm = keyHsm(blobFor(other.body.key.kid, wrapFor(other.body.key, p256())));
  const answer = await put(VAULT, 'never', { kty: 'EC-HSM', crv: 'P-256', key_hsm });
  t.is(answer.body.error.innererror.code, 'KeyferryVault.KekNotForImport');
});

test('a KEK can be read and updated, and used for nothing but import', async (t) => {
  const { client } = opened;
  const { kid, n } = kekOf(VAULT);
  t.is((await client.call('GET', kid)).body.key.n, n);
  const value = randomBytes(32).toString('base64url');
  for (const [operation, alg] of [
    ['sign', 'RS256'],
    ['encrypt', 'RSA-OAEP'],
    ['decrypt', 'RSA-OAEP'],
    ['wrapkey', 'RSA-OAEP'],
    ['unwrapkey', 'RSA-OAEP'],
  ]) {
    const answer = await client.call('POST', `${kid}/${operation}`, { alg, value });
    t.is(answer.status, 403);
    t.is(answer.body.error.innererror.code, 'KeyOperationForbidden');
  }
  for (const key_ops of [['decrypt'], ['import', 'decrypt'], []]) {
    t.is((await client.call('PATCH', kid, { key_ops })).status, 400);
  }
  t.is((await client.call('PATCH', kid, { tags: { for: 'tests' } })).body.tags.for, 'tests');
});

test('AES keys are for a Managed HSM, and release policies for nobody yet', async (t) => {
  const key_hsm = keyHsm(blobFor(kekOf(VAULT).kid, wrapFor(kekOf(VAULT), randomBytes(32))));
  t.is((await put(VAULT, 'oct', { kty: 'oct-HSM', key_hsm })).status, 400);
  t.is((await put(VAULT, 'kek', { kty: 'EC-HSM', crv: 'P-256', key_hsm, key_ops: ['import'] })).status, 400);
  t.is((await put(VAULT, 'export', { kty: 'EC-HSM', crv: 'P-256', key_hsm, key_ops: ['sign', 'export'] })).status, 501);
});
