import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import { CKG, CKM, type Mechanism } from '../src/index.js';
import { objectsOf, ownSession } from './own-token.js';

const data = Buffer.from('what is signed or encrypted');
const SHA256_RSA: Mechanism = { type: CKM.SHA256_RSA_PKCS };

test('an RSA signature of the token verifies under the public key, in the token and outside', async (t) => {
  const session = ownSession();
  const { key, publicKey } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const outside = createPublicKey(practiceKey('rsa-2048'));
  const signature = await session.sign(SHA256_RSA, key, data);
  t.true(verify('sha256', data, outside, signature));
  if (publicKey === null) throw new Error('no public object');
  t.true(await session.verify(SHA256_RSA, publicKey, data, signature));
  t.false(await session.verify(SHA256_RSA, publicKey, Buffer.from('other'), signature));
  t.false(await session.verify(SHA256_RSA, publicKey, data, signature.subarray(1)));
});

test.serial('a failure of the module leaves nothing behind that Node would take for an error of its own', async (t) => {
  const session = ownSession();
  const { publicKey } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  if (publicKey === null) throw new Error('no public object');
  t.false(await session.verify({ type: CKM.RSA_PKCS }, publicKey, Buffer.alloc(16), Buffer.alloc(256, 0xff)));
  t.is(practiceKey('rsa-2048').asymmetricKeyType, 'rsa');
});

test('PSS takes its parameters', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const parameter = { kind: 'pss', hash: CKM.SHA256, mgf: CKG.MGF1_SHA256, saltBytes: 32 } as const;
  const signature = await session.sign({ type: CKM.SHA256_RSA_PKCS_PSS, parameter }, key, data);
  const outside = createPublicKey(practiceKey('rsa-2048'));
  t.true(verify('sha256', data, { key: outside, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature));
});

test('OAEP ciphertext from outside opens in the token', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'kek-3072', { label: 'k', id: Buffer.of(1) });
  const outside = createPublicKey(practiceKey('kek-3072'));
  const ciphertext = publicEncrypt({ key: outside, oaepHash: 'sha1' }, data);
  const parameter = { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 } as const;
  t.deepEqual(await session.decrypt({ type: CKM.RSA_PKCS_OAEP, parameter }, key, ciphertext), data);
});

test('AES-GCM takes its parameters', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'aes-256', { label: 'k', id: Buffer.of(1) });
  const iv = Buffer.alloc(12, 7);
  const aad = Buffer.from('header');
  const mechanism: Mechanism = { type: CKM.AES_GCM, parameter: { kind: 'gcm', iv, aad, tagBits: 128 } };
  const sealed = await session.encrypt(mechanism, key, data);
  const decipher = createDecipheriv('aes-256-gcm', practiceKey('aes-256'), iv).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  t.deepEqual(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]), data);
  t.deepEqual(await session.decrypt(mechanism, key, sealed), data);
});

test('AES-CBC takes its initialisation vector as bytes, and a text longer than any buffer of ours', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'aes-128', { label: 'k', id: Buffer.of(1) });
  const iv = Buffer.alloc(16, 7);
  const long = Buffer.alloc(100_000, 'x');
  const mechanism: Mechanism = { type: CKM.AES_CBC_PAD, parameter: iv };
  const cipher = createCipheriv('aes-128-cbc', practiceKey('aes-128'), iv);
  const expected = Buffer.concat([cipher.update(long), cipher.final()]);
  t.true((await session.encrypt(mechanism, key, long)).equals(expected));
  t.true((await session.decrypt(mechanism, key, expected)).equals(long));
});

test('the check value of an AES key is the start of an encryption of zeros', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'aes-192', { label: 'k', id: Buffer.of(1) });
  const zeros = await session.encrypt({ type: CKM.AES_ECB }, key, Buffer.alloc(16));
  t.deepEqual(session.read(key, 'checkValue'), zeros.subarray(0, 3));
});

test('ECDH gives the secret that the other side computes', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'ec-p256', { label: 'k', id: Buffer.of(1), derive: true });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = other.publicKey.export({ format: 'jwk' });
  const point = [Buffer.of(4), Buffer.from(x ?? '', 'base64url'), Buffer.from(y ?? '', 'base64url')];
  const secret = await session.derive(
    { type: CKM.ECDH1_DERIVE, parameter: { kind: 'ecdh', publicData: Buffer.concat(point) } },
    key,
    { class: 'secret-key', keyType: 'generic-secret', token: false, sensitive: false, extractable: true, valueLen: 32 },
  );
  const publicKey = createPublicKey(practiceKey('ec-p256'));
  t.deepEqual(session.read(secret, 'value'), diffieHellman({ privateKey: other.privateKey, publicKey }));
});

test('a key pair is generated with the attributes that are asked for', async (t) => {
  const session = ownSession();
  const { publicKey, privateKey } = await session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    { token: false, wrap: true, modulusBits: 1024, publicExponent: Buffer.of(1, 0, 1) },
    { token: false, unwrap: true, sensitive: true, extractable: false },
  );
  t.is(session.read(publicKey, 'modulus')?.length, 128);
  t.deepEqual(session.read(publicKey, 'modulus'), session.read(privateKey, 'modulus'));
  t.true(session.read(privateKey, 'alwaysSensitive'));
  t.true(session.read(privateKey, 'neverExtractable'));
  t.deepEqual(objectsOf(session), new Set([publicKey, privateKey]));
});

test('the random number generator gives as many bytes as asked, other ones each time', (t) => {
  const session = ownSession();
  t.is(session.random(32).length, 32);
  t.notDeepEqual(session.random(32), session.random(32));
});

test('operations that are started together run one after the other', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const aes = provision(session, 'aes-128', { label: 'k', id: Buffer.of(2) }).key;
  const texts = Array.from({ length: 20 }, (_, at) => Buffer.from(`text ${at}`));
  const work = texts.map(async (text) => [
    await session.sign(SHA256_RSA, key, text),
    await session.encrypt({ type: CKM.AES_CBC_PAD, parameter: Buffer.alloc(16) }, aes, text),
  ]);
  const outside = createPublicKey(practiceKey('rsa-2048'));
  for (const [at, [signature, ciphertext]] of (await Promise.all(work)).entries()) {
    t.true(verify('sha256', texts[at] ?? data, outside, signature ?? data));
    t.is(ciphertext?.length, 16);
  }
});

test('an operation that fails does not stop those behind it', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const attempts = [
    session.sign(SHA256_RSA, key, data),
    session.sign({ type: CKM.ECDSA }, key, data),
    session.sign(SHA256_RSA, key, data),
  ];
  const results = await Promise.allSettled(attempts);
  t.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('find in the middle of another operation is refused', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const signature = session.sign(SHA256_RSA, key, data);
  t.is(t.throws(() => session.find({}), { instanceOf: KeyferryError }).code, 'INTERNAL');
  t.is((await signature).length, 256);
  t.is(session.find({}).length, 2);
});

test('closing waits for the operation that is under way and refuses those that wait', async (t) => {
  const session = ownSession();
  const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1) });
  const running = session.sign(SHA256_RSA, key, data);
  const waiting = session.sign(SHA256_RSA, key, data);
  session.close();
  t.is((await running).length, 256);
  t.is((await t.throwsAsync(waiting, { instanceOf: KeyferryError })).code, 'INTERNAL');
});
