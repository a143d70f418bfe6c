import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import {
  type Attributes,
  CKG,
  CKM,
  isHsmError,
  type Mechanism,
  type ObjectHandle,
  type Session,
} from '../src/index.js';
import { objectsOf, ownSession, ownToken } from './own-token.js';

const AES_KEY_GEN: Mechanism = { type: CKM.AES_KEY_GEN };
const KWP: Mechanism = { type: CKM.AES_KEY_WRAP_PAD };
const OAEP: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', hash: CKM.SHA_1, mgf: 1 } };
const EPHEMERAL: Attributes = {
  class: 'secret-key',
  keyType: 'AES',
  token: false,
  private: true,
  sensitive: true,
  extractable: true,
  wrap: true,
  unwrap: true,
  encrypt: true,
  decrypt: true,
  valueLen: 32,
};

test('every attribute that is written reads back the same', (t) => {
  const session = ownSession();
  const template: Attributes = {
    class: 'private-key',
    keyType: 'RSA',
    token: false,
    private: true,
    label: 'Gehälter 🔑',
    id: Buffer.from('a1b2', 'hex'),
    sensitive: false,
    extractable: true,
    unwrap: true,
    decrypt: true,
    sign: false,
    wrapWithTrusted: true,
    allowedMechanisms: [CKM.RSA_PKCS_OAEP, 0x8000_216f],
  };
  const { key, publicKey } = provision(session, 'rsa-2048', {
    ...template,
    label: 'Gehälter 🔑',
    id: Buffer.of(0xa1, 0xb2),
  });
  for (const name of Object.keys(template) as (keyof Attributes)[]) {
    const read = session.read(key, name);
    const expected = template[name];
    t.deepEqual(
      Array.isArray(read) ? new Set(read) : read,
      (Array.isArray(expected) ? new Set(expected) : expected) ?? null,
      name,
    );
  }
  const jwk = practiceKey('rsa-2048').export({ format: 'jwk' });
  t.is(session.read(key, 'modulus')?.toString('base64url'), jwk.n);
  t.is(session.read(key, 'privateExponent')?.toString('base64url'), jwk.d);
  t.is(publicKey === null ? null : session.read(publicKey, 'modulusBits'), 2048);
});

test('what the token hides, lacks or leaves empty is null', async (t) => {
  const session = ownSession();
  const key = await session.generateKey(AES_KEY_GEN, EPHEMERAL);
  t.is(session.read(key, 'value'), null, 'CKR_ATTRIBUTE_SENSITIVE');
  t.is(session.read(key, 'modulus'), null, 'CKR_ATTRIBUTE_TYPE_INVALID');
  t.is(session.read(key, 'label'), null, 'empty');
  t.is(session.read(key, 'id'), null, 'empty');
  t.is(session.read(key, 'allowedMechanisms'), null, 'empty');
  t.is(session.read(key, 'valueLen'), 32);
  t.is(session.read(key, 'checkValue')?.length, 3);
  t.true(session.read(key, 'local'));
});

test('attributes read together are what they are one by one, also where one of them is unreadable', async (t) => {
  const session = ownSession();
  const key = await session.generateKey(AES_KEY_GEN, EPHEMERAL);
  t.deepEqual(session.readTogether(key, ['valueLen', 'keyType', 'label']), {
    valueLen: 32,
    keyType: 'AES',
    label: null,
  });
  t.deepEqual(session.readTogether(key, ['valueLen', 'value']), { valueLen: 32, value: null });
  t.deepEqual(session.readTogether(key, ['modulus', 'valueLen']), { modulus: null, valueLen: 32 });
});

test('an unknown key type is written and read as its number', (t) => {
  const session = ownSession();
  const object = session.create({ class: 'data', token: false });
  t.is(session.read(object, 'class'), 'data');
  const key = session.create({ class: 'secret-key', keyType: 'DES3', value: Buffer.alloc(24, 1), sensitive: false });
  t.is(session.read(key, 'keyType'), 'DES3');
  t.is(session.find({ keyType: '0x00000015' }).length, 1);
});

test('find gives all objects that match, however many', (t) => {
  const session = ownSession();
  const made = Array.from({ length: 1030 }, (_, at) =>
    session.create({ class: 'data', token: false, label: at % 2 === 0 ? 'even' : 'odd' }),
  );
  t.deepEqual(objectsOf(session), new Set(made));
  t.is(session.find({ class: 'data', label: 'odd' }).length, 515);
  t.deepEqual(session.find({ label: 'none' }), []);
});

test('a copy differs where it is told to', (t) => {
  const session = ownSession();
  const object = session.create({ class: 'data', token: false, label: 'one' });
  const copy = session.copy(object, { label: 'two' });
  t.not(copy, object);
  t.is(session.read(copy, 'label'), 'two');
  session.write(copy, { label: 'three' });
  t.is(session.read(copy, 'label'), 'three');
  session.destroy(copy);
  t.deepEqual(objectsOf(session), new Set([object]));
});

/** Prepares the session, and gives the step that must fail. */
type Preparation = (session: Session) => Promise<() => unknown>;

const makeAes = (session: Session, more: Attributes = {}) =>
  session.generateKey(AES_KEY_GEN, { ...EPHEMERAL, ...more });

function kekObject(session: Session): ObjectHandle {
  const { n, e } = practiceKey('kek-2048').export({ format: 'jwk' });
  const modulus = Buffer.from(n ?? '', 'base64url');
  const publicExponent = Buffer.from(e ?? '', 'base64url');
  return session.create({ class: 'public-key', keyType: 'RSA', token: false, wrap: true, modulus, publicExponent });
}

const refusals: readonly (readonly [what: string, expected: string, Preparation])[] = [
  [
    'making a protected key readable',
    'HSM_ERROR C_SetAttributeValue returned CKR_ATTRIBUTE_READ_ONLY (0x00000010)',
    async (session) => {
      const key = await makeAes(session);
      return () => session.write(key, { sensitive: false });
    },
  ],
  [
    'making a bound key extractable by a copy',
    'HSM_ERROR C_CopyObject returned CKR_ATTRIBUTE_READ_ONLY (0x00000010)',
    async (session) => {
      const key = await makeAes(session, { extractable: false });
      return () => session.copy(key, { extractable: true });
    },
  ],
  [
    'copying what must not be copied',
    'HSM_ERROR C_CopyObject returned CKR_ACTION_PROHIBITED (0x0000001b)',
    async (session) => {
      const key = await makeAes(session, { copyable: false });
      return () => session.copy(key, {});
    },
  ],
  [
    'wrapping a key that must stay',
    'KEY_NOT_EXTRACTABLE C_WrapKey returned CKR_KEY_UNEXTRACTABLE (0x0000006a)',
    async (session) => {
      const kek = await makeAes(session);
      const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(1), extractable: false });
      return () => session.wrapKey(KWP, kek, key);
    },
  ],
  [
    'wrapping a key that asks for a trusted wrapping key',
    'KEY_NEEDS_TRUSTED_KEK C_WrapKey returned CKR_KEY_NOT_WRAPPABLE (0x00000069)',
    async (session) => {
      const kek = await makeAes(session);
      const { key } = provision(session, 'ec-p256', { label: 'k', id: Buffer.of(1), wrapWithTrusted: true });
      return () => session.wrapKey(KWP, kek, key);
    },
  ],
  [
    'wrapping a private key by OAEP alone',
    'HSM_ERROR C_WrapKey returned CKR_KEY_NOT_WRAPPABLE (0x00000069); the key does not ask for a trusted wrapping key',
    async (session) => {
      const kek = kekObject(session);
      const { key } = provision(session, 'ec-p256', { label: 'k', id: Buffer.of(2) });
      return () => session.wrapKey(OAEP, kek, key);
    },
  ],
  [
    'wrapping by a mechanism that the token lacks',
    'MECHANISM_MISSING C_WrapKey returned CKR_MECHANISM_INVALID (0x00000070)',
    async (session) => {
      const kek = await makeAes(session);
      return () => session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, kek, kek);
    },
  ],
  [
    'wrapping under a key without CKA_WRAP',
    'HSM_ERROR C_WrapKey returned CKR_KEY_FUNCTION_NOT_PERMITTED (0x00000068)',
    async (session) => {
      const kek = await makeAes(session, { wrap: false });
      return () => session.wrapKey(KWP, kek, kek);
    },
  ],
  [
    'OAEP with another hash',
    'HSM_ERROR C_WrapKey returned CKR_ARGUMENTS_BAD (0x00000007)',
    async (session) => {
      const kek = kekObject(session);
      const key = await makeAes(session);
      const parameter = { kind: 'oaep', hash: CKM.SHA256, mgf: CKG.MGF1_SHA256 } as const;
      return () => session.wrapKey({ type: CKM.RSA_PKCS_OAEP, parameter }, kek, key);
    },
  ],
  [
    'unwrapping what was changed',
    'HSM_ERROR C_UnwrapKey returned CKR_GENERAL_ERROR (0x00000005)',
    async (session) => {
      const kek = await makeAes(session);
      const wrapped = await session.wrapKey(KWP, kek, kek);
      wrapped.writeUInt8((wrapped[20] ?? 0) ^ 1, 20);
      return () => session.unwrapKey(KWP, kek, wrapped, { class: 'secret-key', keyType: 'AES', token: true });
    },
  ],
  [
    'unwrapping what is no multiple of 8 bytes',
    'HSM_ERROR C_UnwrapKey returned CKR_WRAPPED_KEY_LEN_RANGE (0x00000112)',
    async (session) => {
      const kek = await makeAes(session);
      return () => session.unwrapKey(KWP, kek, Buffer.alloc(41), { class: 'secret-key', keyType: 'AES', token: true });
    },
  ],
  [
    'unwrapping a key as one of another type',
    'HSM_ERROR C_UnwrapKey returned CKR_FUNCTION_FAILED (0x00000006)',
    async (session) => {
      const kek = await makeAes(session);
      const { key } = provision(session, 'ec-p256', { label: 'k', id: Buffer.of(2) });
      const wrapped = await session.wrapKey(KWP, kek, key);
      return () => session.unwrapKey(KWP, kek, wrapped, { class: 'private-key', keyType: 'RSA', token: true });
    },
  ],
  [
    'a signature by a key that may not sign',
    'HSM_ERROR C_SignInit returned CKR_KEY_FUNCTION_NOT_PERMITTED (0x00000068)',
    async (session) => {
      const { key } = provision(session, 'rsa-2048', { label: 'k', id: Buffer.of(2), sign: false });
      return () => session.sign({ type: CKM.SHA256_RSA_PKCS }, key, Buffer.from('data'));
    },
  ],
  [
    'decrypting what was not encrypted',
    'HSM_ERROR C_Decrypt returned CKR_GENERAL_ERROR (0x00000005)',
    async (session) => {
      const { key } = provision(session, 'kek-2048', { label: 'k', id: Buffer.of(2) });
      return () => session.decrypt(OAEP, key, Buffer.alloc(256, 1));
    },
  ],
  [
    'a handle that names nothing',
    'HSM_ERROR C_GetAttributeValue returned CKR_OBJECT_HANDLE_INVALID (0x00000082)',
    async (session) => () => session.read(987_654n as ObjectHandle, 'label'),
  ],
];

for (const [what, expected, prepare] of refusals) {
  test(`${what}: ${expected.split(' ')[0]}, and the token holds what it held before`, async (t) => {
    const session = ownSession();
    const step = await prepare(session);
    const before = objectsOf(session);
    const error = await t.throwsAsync(async () => step(), { instanceOf: KeyferryError });
    t.is(`${error.code} ${error.reason}`, expected);
    t.true(isHsmError(error));
    t.deepEqual(objectsOf(session), before);
    session.close();
  });
}

test('a read-only session makes no objects of the token', (t) => {
  const { token, pin } = ownToken();
  const session = token.openSession();
  session.login(pin);
  const error = t.throws(() => session.create({ class: 'data', token: true }), { instanceOf: KeyferryError });
  t.is(error.reason, 'C_CreateObject returned CKR_SESSION_READ_ONLY (0x000000b5)');
});

const halfMade: readonly (readonly [what: string, Preparation])[] = [
  [
    'C_CreateObject',
    async (session) => () =>
      session.create({ class: 'public-key', keyType: 'RSA', token: false, publicExponent: Buffer.of(1, 0, 1) }),
  ],
  ['C_GenerateKey', async (session) => () => makeAes(session, { trusted: true })],
  [
    'C_UnwrapKey',
    async (session) => {
      const kek = await makeAes(session);
      const wrapped = await session.wrapKey(KWP, kek, kek);
      return () => session.unwrapKey(KWP, kek, wrapped, { ...EPHEMERAL, trusted: true });
    },
  ],
];

for (const [call, prepare] of halfMade) {
  test(`what a refused ${call} leaves half made is gone with the session`, async (t) => {
    const { token, pin } = ownToken();
    const observer = token.openSession();
    const session = token.openSession({ writable: true });
    session.login(pin);
    const before = objectsOf(observer);
    const step = await prepare(session);
    const error = await t.throwsAsync(async () => step(), { instanceOf: KeyferryError });
    t.is(error.values.call, call);
    session.close();
    t.deepEqual(objectsOf(observer), before);
  });
}
