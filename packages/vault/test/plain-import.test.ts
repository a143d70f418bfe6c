import {
  createECDH,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  randomBytes,
  verify,
} from 'node:crypto';
import { loadModule, type Session } from '@keyferry/pkcs11';
import test from 'ava';
import fc from 'fast-check';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey, TARGET_KEYS } from '../../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { CURVE_FACTS } from '../src/keys/curves.js';
import { openTestVault, type TestVault } from './support/vault.js';

const VAULT = 'https://plain.vault.azure.net';
const POOL = 'https://plain.managedhsm.azure.net';

let opened: TestVault;
let session: Session;

test.before(async () => {
  opened = await openTestVault(wholeFile);
  session = loadModule(SOFTHSM_MODULE).findToken({ token: 'keyferry-vault' }).openSession();
});
test.after.always(async () => {
  session.close();
  await opened.vault.close();
});

const call = (method: string, url: string, body?: unknown) => opened.client.call(method, url, body);
const objectsOf = (label: string) => session.find({ label });

/** A practice key as clients send it: with the service's name of the curve. */
function jwkOf(name: (typeof TARGET_KEYS)[number]): JsonWebKey {
  const jwk = practiceKey(name).export({ format: 'jwk' });
  return jwk.crv === 'secp256k1' ? { ...jwk, crv: 'P-256K' } : jwk;
}

const ALGORITHMS: Record<string, [string, string]> = {
  RSA: ['RS256', 'sha256'],
  'P-256': ['ES256', 'sha256'],
  'P-384': ['ES384', 'sha384'],
  'P-521': ['ES512', 'sha512'],
  'P-256K': ['ES256K', 'sha256'],
};

for (const name of TARGET_KEYS.filter((each) => !each.startsWith('aes-'))) {
  test(`${name} is imported from a plain JSON Web Key, signs, and cannot be taken out`, async (t) => {
    const jwk = jwkOf(name);
    const { status, body } = await call('PUT', `${VAULT}/keys/${name}`, { key: jwk, tags: { a: 'b' } });
    t.is(status, 200);
    t.like(body, { key: { kty: jwk.kty, n: jwk.n, x: jwk.x, y: jwk.y, crv: jwk.crv }, tags: { a: 'b' } });
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) t.false(secret in body.key);

    const [alg = '', hash = ''] = ALGORITHMS[jwk.crv ?? 'RSA'] ?? [];
    const message = randomBytes(50);
    const value = createHash(hash).update(message).digest('base64url');
    const signed = await call('POST', `${body.key.kid}/sign`, { alg, value });
    const publicKey = { key: createPublicKey(practiceKey(name)), dsaEncoding: 'ieee-p1363' } as const;
    t.true(verify(hash, message, publicKey, Buffer.from(signed.body.value, 'base64url')));

    const [object, ...others] = objectsOf(`plain.vault.azure.net/${name}`);
    t.deepEqual(others, []);
    if (object === undefined) return t.fail('no object');
    t.deepEqual(
      (['token', 'private', 'sensitive', 'extractable', 'derive', 'unwrap'] as const).map((each) =>
        session.read(object, each),
      ),
      [true, true, true, false, false, false],
    );
    t.is(session.read(object, jwk.kty === 'EC' ? 'value' : 'privateExponent'), null);
  });
}

for (const bits of [128, 192, 256] as const) {
  test(`an AES key of ${bits} bits is imported into a Managed HSM, and only there`, async (t) => {
    const k = practiceKey(`aes-${bits}`).export().toString('base64url');
    const key = { kty: 'oct-HSM', k, key_ops: ['wrapKey', 'unwrapKey'] };
    const { body } = await call('PUT', `${POOL}/keys/aes-${bits}`, { key });
    t.like(body.key, { kty: 'oct-HSM', key_ops: ['wrapKey', 'unwrapKey'] });
    t.false('k' in body.key);
    const value = randomBytes(32).toString('base64url');
    const wrapped = (await call('POST', `${body.key.kid}/wrapkey`, { alg: `A${bits}KW`, value })).body.value;
    t.is((await call('POST', `${body.key.kid}/unwrapkey`, { alg: `A${bits}KW`, value: wrapped })).body.value, value);
    t.is((await call('PUT', `${VAULT}/keys/aes-${bits}`, { key })).status, 400);
    t.is(objectsOf(`plain.vault.azure.net/aes-${bits}`).length, 0);
  });
}

test('the member Hsm makes an HSM key, and a Managed HSM takes nothing else', async (t) => {
  const key = jwkOf('ec-p256');
  t.is((await call('PUT', `${VAULT}/keys/hsm`, { Hsm: true, key })).body.key.kty, 'EC-HSM');
  t.is((await call('PUT', `${POOL}/keys/hsm`, { Hsm: true, key })).body.key.kty, 'EC-HSM');
  t.is((await call('PUT', `${POOL}/keys/hsm2`, { key: { ...key, kty: 'EC-HSM' } })).body.key.kty, 'EC-HSM');
  t.is((await call('PUT', `${POOL}/keys/soft`, { key })).status, 400);
});

test('leading zeros of an RSA key do no harm, and the public part is shown without them', async (t) => {
  const { n, e, ...rest } = jwkOf('rsa-2048');
  const padded = (text = '') => Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64url')]).toString('base64url');
  const { body } = await call('PUT', `${VAULT}/keys/padded`, { key: { ...rest, n: padded(n), e: padded(e) } });
  t.like(body.key, { n, e });
});

const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const ORDER_P256 = CURVE_FACTS['P-256'].order;
const number = (value: Buffer | number, bytes = 32) =>
  (typeof value === 'number' ? Buffer.from([...Buffer.alloc(bytes - 1), value]) : value).toString('base64url');

const inconsistent: [string, JsonWebKey][] = [
  ...(['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const).map((name): [string, JsonWebKey] => [
    `RSA with another ${name}`,
    { ...jwkOf('rsa-2048'), [name]: other[name] ?? '' },
  ]),
  ['RSA with the exponent 3', { ...jwkOf('rsa-2048'), e: 'Aw' }],
  ['RSA with an even exponent', { ...jwkOf('rsa-2048'), e: 'AQAA' }],
  ['RSA with the factors swapped', swapped(jwkOf('rsa-2048'))],
  ['EC with another d', { ...jwkOf('ec-p256'), d: number(randomBytes(32)) }],
  ['EC with the point of another key', { ...jwkOf('ec-p256'), ...pointOf('P-256') }],
  ['EC with d = 0', { ...jwkOf('ec-p256'), d: number(0) }],
  ['EC with d = the order', { ...jwkOf('ec-p256'), d: number(ORDER_P256) }],
  ['EC with d past the order', { ...jwkOf('ec-p256'), ...basePoint(), d: number(past(ORDER_P256)) }],
];

function swapped(jwk: JsonWebKey): JsonWebKey {
  return { ...jwk, p: jwk.q ?? '', q: jwk.p ?? '' };
}

function pointOf(namedCurve: string): JsonWebKey {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
  return { x, y };
}

function past(order: Buffer): Buffer {
  return Buffer.from((BigInt(`0x${order.toString('hex')}`) + 1n).toString(16), 'hex');
}

/** The point of the private value 1, which order + 1 would have too. */
function basePoint(): JsonWebKey {
  return {
    x: Buffer.from('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', 'hex').toString('base64url'),
    y: Buffer.from('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5', 'hex').toString('base64url'),
  };
}

for (const [what, key] of inconsistent) {
  test(`${what} is refused, and nothing of it stays in the token`, async (t) => {
    const name = what.replaceAll(/[^a-zA-Z0-9]/g, '-');
    const { status, body } = await call('PUT', `${VAULT}/keys/${name}`, { key });
    t.is(status, 400, JSON.stringify(body));
    t.is(body.error.code, 'BadParameter');
    t.is(objectsOf(`plain.vault.azure.net/${name}`).length, 0);
    t.is((await call('GET', `${VAULT}/keys/${name}`)).status, 404);
  });
}

const MEMBERS = { RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'], EC: ['x', 'y', 'd'] } as const;

test('an asymmetric key in which any one bit is wrong is refused', async (t) => {
  const names = TARGET_KEYS.filter((name) => !name.startsWith('aes-') && !/rsa-[34]/.test(name));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.nat(), fc.nat(7), async (name, which, place, bit) => {
      const jwk = jwkOf(name);
      const members = MEMBERS[jwk.kty as 'RSA' | 'EC'];
      const member = members[which % members.length] ?? 'd';
      const value = Buffer.from(jwk[member] ?? '', 'base64url');
      const at = place % value.length;
      value[at] = (value[at] ?? 0) ^ (1 << bit);
      const key = { ...jwk, [member]: value.toString('base64url') };
      const { status, body } = await call('PUT', `${VAULT}/keys/one-bit`, { key });
      return status === 400 && body.error.code === 'BadParameter';
    }),
    { numRuns: 60 },
  );
  t.is(objectsOf('plain.vault.azure.net/one-bit').length, 0);
});

const rsa = jwkOf('rsa-2048');
for (const [what, key] of [
  ['a public key alone', { kty: 'RSA', n: rsa.n, e: rsa.e }],
  ['an RSA key without its factors', { kty: 'RSA', n: rsa.n, e: rsa.e, d: rsa.d }],
  ['an RSA key of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })],
  ['padded base64url', { ...rsa, d: `${rsa.d}=` }],
  ['a number in place of text', { ...rsa, d: 1 }],
  ['an EC key on another curve', { ...jwkOf('ec-p256'), crv: 'P-384' }],
  ['an EC key without curve', { ...jwkOf('ec-p256'), crv: undefined }],
  ['a coordinate without its leading zeros', { ...jwkOf('ec-p256'), x: 'AQAB' }],
  ['key_hsm beside a plain key', { ...rsa, key_hsm: 'AAAA' }],
  ['the operation import', { ...rsa, kty: 'RSA-HSM', key_ops: ['import'] }],
  ['an operation of another type', { ...jwkOf('ec-p256'), key_ops: ['encrypt'] }],
] as const) {
  test(`${what} is a bad parameter`, async (t) => {
    const { status, body } = await call('PUT', `${VAULT}/keys/refused`, { key });
    t.is(status, 400);
    t.is(body.error.code, 'BadParameter');
    t.regex(body.error.message, /\.$/);
  });
}

test('the orders of the curves are those of OpenSSL', (t) => {
  for (const { order, openssl } of Object.values(CURVE_FACTS)) {
    const below = Buffer.from(order);
    below[below.length - 1] = (below.at(-1) ?? 0) - 1;
    t.notThrows(() => createECDH(openssl).setPrivateKey(below));
    t.throws(() => createECDH(openssl).setPrivateKey(order));
  }
});

test('an AES key of 20 bytes is refused', async (t) => {
  const key = { kty: 'oct-HSM', k: randomBytes(20).toString('base64url') };
  t.is((await call('PUT', `${POOL}/keys/odd`, { key })).status, 400);
});

test.after('no error was unforeseen, and no session object of an import is left', (t) => {
  t.deepEqual(opened.unforeseen, []);
  t.deepEqual(
    opened.lines.filter((line) => line.includes(rsa.d ?? '')),
    [],
  );
  t.is(session.find({ token: false }).length, 0);
});
