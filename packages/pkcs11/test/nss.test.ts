import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { makeNssToken } from '../../../test/support/nss.js';
import { practiceKey, TARGET_KEYS } from '../../../test/support/practice-keys.js';
import { provision, provisionToken } from '../../../test/support/provision.js';
import {
  type Attributes,
  CKG,
  CKM,
  curveOfEcParams,
  EC_PARAMS,
  loadModule,
  type Mechanism,
  type OaepParameter,
  type ObjectHandle,
  type Session,
} from '../src/index.js';

/** NSS lacks secp256k1. */
const KEYS = TARGET_KEYS.filter((name) => name !== 'ec-secp256k1');

const nss = await makeNssToken(wholeFile, { label: 'NSS for tests' });
await provisionToken(
  nss,
  KEYS.map((key, at) => ({ key, label: key, id: Buffer.of(at) })),
);
const module = loadModule(nss.module, { parameters: nss.moduleParameters });
const token = module.findToken({ token: nss.label });
token.openSession().login(nss.pin);

const OAEP: Mechanism = {
  type: CKM.RSA_PKCS_OAEP,
  parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 },
};
const SECRET: Attributes = { token: false, private: true, sensitive: true, extractable: true };

function kekObject(session: Session): ObjectHandle {
  const { n, e } = practiceKey('kek-2048').export({ format: 'jwk' });
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    wrap: true,
    modulus: Buffer.from(n ?? '', 'base64url'),
    publicExponent: Buffer.from(e ?? '', 'base64url'),
  });
}

const makeAes = (session: Session, more: Attributes = {}) =>
  session.generateKey({ type: CKM.AES_KEY_GEN }, { ...SECRET, wrap: true, unwrap: true, valueLen: 32, ...more });

function keyNamed(session: Session, label: string): ObjectHandle {
  const [key] = session.find({ class: label.startsWith('aes-') ? 'secret-key' : 'private-key', label });
  if (key === undefined) throw new Error(`no ${label}`);
  return key;
}

/** The bytes of the AES key, as the owner of the KEK sees them. */
async function clear(session: Session, aes: ObjectHandle): Promise<Buffer> {
  const wrapped = await session.wrapKey(OAEP, kekObject(session), aes);
  return privateDecrypt({ key: practiceKey('kek-2048'), oaepHash: 'sha1' }, wrapped);
}

function open(cipher: 'id-aes256-wrap-pad' | 'id-aes256-wrap', aes: Buffer, wrapped: Buffer): Buffer {
  const iv = Buffer.from(cipher === 'id-aes256-wrap-pad' ? 'a65959a6' : 'a6a6a6a6a6a6a6a6', 'hex');
  const decipher = createDecipheriv(cipher, aes, iv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

test('the token with keys stands beside one without, and says what it is', (t) => {
  t.deepEqual(
    module.tokens().map(({ label }) => label),
    ['NSS Generic Crypto Services', nss.label],
  );
  t.is(token.manufacturer, 'Mozilla Foundation');
  t.is(token.model, 'NSS 3');
  t.true(token.flags.loginRequired);
  t.true(token.flags.userPinInitialized);
  t.like(token.mechanismInfo(CKM.AES_KEY_WRAP_KWP), { flags: { wrap: true, unwrap: true, hardware: false } });
  t.is(token.mechanismInfo(CKM.RSA_AES_KEY_WRAP), null);
});

test('keys that another process made are found, and their attributes read', (t) => {
  const session = token.openSession();
  for (const [at, name] of KEYS.entries()) {
    const key = keyNamed(session, name);
    t.deepEqual(session.read(key, 'id'), Buffer.of(at));
    t.true(session.read(key, 'token'));
    t.true(session.read(key, 'sensitive'));
    t.true(session.read(key, 'extractable'));
    t.false(session.read(key, 'alwaysSensitive'));
    t.is(session.read(key, 'value'), null);
    t.is(session.read(key, 'wrapWithTrusted'), null, 'NSS has it only where it was given');
    t.is(session.read(key, 'checkValue'), null);
  }
  const curve = session.read(keyNamed(session, 'ec-p384'), 'ecParams');
  t.is(curve && curveOfEcParams(curve), 'P-384');
  t.is(session.read(keyNamed(session, 'rsa-3072'), 'modulus')?.length, 384);
  t.is(session.read(keyNamed(session, 'aes-192'), 'valueLen'), 24);
  t.is(session.find({ class: 'public-key' }).length, 6);
  session.close();
});

for (const name of KEYS) {
  test(`the composite of OAEP and 0x210B is exact RFC 5649: ${name}`, async (t) => {
    const session = token.openSession();
    const key = keyNamed(session, name);
    const aes = await makeAes(session);
    const wrapped = await session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, key);
    const plain = open('id-aes256-wrap-pad', await clear(session, aes), wrapped);
    const practice = practiceKey(name);
    if (name.startsWith('aes-')) {
      t.deepEqual(plain, practice.export());
      return session.close();
    }
    t.is(plain.length, plain.readUInt8(1) === 0x82 ? 4 + plain.readUInt16BE(2) : 2 + plain.readUInt8(1), 'no tail');
    const opened = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    t.deepEqual(opened.export({ format: 'jwk' }), practice.export({ format: 'jwk' }));

    const isEc = name.startsWith('ec-');
    const template: Attributes = { ...SECRET, class: 'private-key', keyType: isEc ? 'EC' : 'RSA', sign: true };
    const [publicKey] = session.find({ class: 'public-key', label: name });
    const nssDb = isEc && publicKey !== undefined ? session.read(publicKey, 'ecPoint') : null;
    const arrived = await session.unwrapKey(
      { type: CKM.AES_KEY_WRAP_KWP },
      aes,
      wrapped,
      nssDb === null ? template : { ...template, nssDb },
    );
    const data = Buffer.from('signed inside');
    const verifier = { key: createPublicKey(practice), dsaEncoding: 'ieee-p1363' } as const;
    const signature = isEc
      ? await session.sign({ type: CKM.ECDSA }, arrived, createHash('sha256').update(data).digest())
      : await session.sign({ type: CKM.SHA256_RSA_PKCS }, arrived, data);
    t.true(verify('sha256', data, verifier, signature));
    session.close();
  });
}

test('the hash, the mask and the label of OAEP reach the module, and other kinds of parameters are refused', async (t) => {
  const session = token.openSession();
  const placement = { label: 'kek', id: Buffer.of(77), token: false, unwrap: true, publicObject: false };
  const { key: kek } = provision(session, 'kek-2048', placement);
  const aes = Buffer.alloc(32, 9);
  const label = Buffer.from('a label');
  const wrapped = publicEncrypt(
    { key: createPublicKey(practiceKey('kek-2048')), oaepHash: 'sha256', oaepLabel: label },
    aes,
  );
  const right: OaepParameter = { kind: 'oaep', hash: CKM.SHA256, mgf: CKG.MGF1_SHA256, label };
  const template: Attributes = { ...SECRET, class: 'secret-key', keyType: 'AES', sensitive: false };
  const unwrapBy = (parameter: Mechanism['parameter']) =>
    session.unwrapKey({ type: CKM.RSA_PKCS_OAEP, ...(parameter && { parameter }) }, kek, wrapped, template);
  t.deepEqual(session.read(await unwrapBy(right), 'value'), aes);
  for (const change of [{ label: Buffer.from('another') }, { hash: CKM.SHA_1 }, { mgf: CKG.MGF1_SHA1 }]) {
    await t.throwsAsync(unwrapBy({ ...right, ...change }), { code: 'HSM_ERROR' });
  }
  await t.throwsAsync(unwrapBy({ kind: 'pss', hash: CKM.SHA256, mgf: CKG.MGF1_SHA256, saltBytes: 32 }), {
    code: 'INTERNAL',
  });
  session.close();
});

test('0x210A is PKCS #7 padding and RFC 3394, and not RFC 5649', async (t) => {
  const session = token.openSession();
  const aes = await makeAes(session);
  const clearAes = await clear(session, aes);
  for (const [name, padding] of [
    ['ec-p256', Buffer.alloc(5, 5)],
    ['aes-256', Buffer.alloc(8, 8)],
  ] as const) {
    const wrapped = await session.wrapKey({ type: CKM.AES_KEY_WRAP_PAD }, aes, keyNamed(session, name));
    t.throws(() => open('id-aes256-wrap-pad', clearAes, wrapped));
    t.deepEqual(open('id-aes256-wrap', clearAes, wrapped).subarray(-padding.length), padding);
  }
  session.close();
});

test('an EC private key is unwrapped only with its public point in the template', async (t) => {
  const session = token.openSession();
  const aes = await makeAes(session);
  const wrapped = await session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, keyNamed(session, 'ec-p256'));
  const template: Attributes = { ...SECRET, class: 'private-key', keyType: 'EC' };
  const error = await t.throwsAsync(session.unwrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, wrapped, template), {
    instanceOf: KeyferryError,
  });
  t.is(error.reason, 'C_UnwrapKey returned CKR_TEMPLATE_INCOMPLETE (0x000000d0)');
  session.close();
});

test('a generated EC key carries its public point in its encoding', async (t) => {
  const session = token.openSession();
  const pair = await session.generateKeyPair(
    { type: CKM.EC_KEY_PAIR_GEN },
    { token: false, private: false, ecParams: EC_PARAMS['P-256'] },
    { ...SECRET, sign: true },
  );
  const aes = await makeAes(session);
  const wrapped = await session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, pair.privateKey);
  const plain = open('id-aes256-wrap-pad', await clear(session, aes), wrapped);
  const point = session.read(pair.publicKey, 'ecPoint')?.subarray(2);
  t.true(point !== undefined && plain.includes(point));
  session.close();
});

test('NSS heeds neither CKA_EXTRACTABLE nor CKA_WRAP_WITH_TRUSTED', async (t) => {
  const session = token.openSession();
  const aes = await makeAes(session);
  for (const more of [{ extractable: false }, { wrapWithTrusted: true }]) {
    const key = await makeAes(session, more);
    t.like(
      { extractable: session.read(key, 'extractable'), wrapWithTrusted: session.read(key, 'wrapWithTrusted') },
      more,
    );
    t.is((await session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, key)).length, 40);
  }
  session.close();
});

/** What NSS lacks or refuses, and what it says. */
const refusals: readonly (readonly [string, string, (session: Session) => Promise<unknown>])[] = [
  [
    'wrapping in one call',
    'MECHANISM_MISSING C_WrapKey CKR_MECHANISM_INVALID',
    async (session) => {
      const parameter = { kind: 'rsa-aes-key-wrap', aesBits: 256, hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 } as const;
      const type = CKM.RSA_AES_KEY_WRAP;
      return session.wrapKey({ type, parameter }, kekObject(session), keyNamed(session, 'aes-256'));
    },
  ],
  [
    'RFC 3394 of what is no multiple of 8 bytes',
    'HSM_ERROR C_WrapKey CKR_DATA_LEN_RANGE',
    async (session) => {
      const aes = await makeAes(session);
      return session.wrapKey({ type: CKM.AES_KEY_WRAP }, aes, keyNamed(session, 'ec-p256'));
    },
  ],
  [
    'a wrapping key without CKA_WRAP',
    'HSM_ERROR C_WrapKey CKR_KEY_TYPE_INCONSISTENT',
    async (session) => {
      const aes = await makeAes(session, { wrap: false });
      return session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, aes, aes);
    },
  ],
  [
    'secp256k1',
    'HSM_ERROR C_CreateObject CKR_DOMAIN_PARAMS_INVALID',
    async (session) => provision(session, 'ec-secp256k1', { label: 'k1', id: Buffer.of(99), token: false }),
  ],
];

for (const [what, expected, attempt] of refusals) {
  test(`${what}: ${expected.split(' ')[0]}`, async (t) => {
    const session = token.openSession();
    const error = await t.throwsAsync(() => attempt(session), { instanceOf: KeyferryError });
    t.is(`${error.code} ${error.values.call} ${error.values.ckr}`, expected);
    session.close();
  });
}
