import { createHash, createPublicKey } from 'node:crypto';
import { openPracticeBlob, publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import {
  type Attributes,
  CKM,
  EC_PARAMS,
  loadModule,
  type ObjectHandle,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, useToken } from '../../../test/support/softhsm.js';
import { keyCheckValue } from '../src/target/key-check-value.js';
import { findPublicKey } from '../src/target/public-key.js';
import { readTarget, type Target } from '../src/target/target.js';
import { composite, ladder, SINGLE_CALL } from '../src/wrapping/ladder.js';
import { type WrapRequest, wrapTarget } from '../src/wrapping/wrap-target.js';

let token: Token;
let pin: string;

test.before(async () => {
  const made = await makeToken(wholeFile, { label: 'hsm' });
  useToken(made);
  token = loadModule(SOFTHSM_MODULE).findToken({ token: 'hsm' });
  pin = made.pin;
});

/** A session of the test's own. Its session objects are seen by all sessions of the process, so ids keep tests apart. */
function openSession(t: ExecutionContext): Session {
  const session = token.openSession({ writable: true });
  session.login(pin);
  t.teardown(() => session.close());
  return session;
}

/** A practice key as session object. */
function place(
  session: Session,
  name: Parameters<typeof provision>[1],
  attributes: Attributes & { publicObject?: boolean } = {},
): ObjectHandle {
  const id = createHash('sha256').update(String(nextId++)).digest();
  return provision(session, name, { label: `${name} ${nextId}`, id, token: false, publicObject: false, ...attributes })
    .key;
}
let nextId = 0;

const kek = (): RsaPublicJwk => publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
const never = new AbortController().signal;
const request = (target: Target): WrapRequest => ({ kek: kek(), target, wrapping: composite(CKM.AES_KEY_WRAP_PAD) });

/** Runs work that must fail, and shows its code; the token must then hold exactly the objects it held before. */
async function codeOf(t: ExecutionContext, session: Session, work: () => Promise<unknown>): Promise<string> {
  const before = temporaries(session);
  const error = await t.throwsAsync(work);
  t.deepEqual(temporaries(session), before);
  return error instanceof KeyferryError ? error.code : String(error);
}

/** How many objects stand in the token under the labels that wrapTarget gives. */
function temporaries(session: Session): number[] {
  return ['keyferry KEK', 'keyferry ephemeral key'].map((label) => session.find({ label }).length);
}

test.serial('a key that the token refuses to wrap leaves no temporary object', async (t) => {
  const session = openSession(t);
  const target: Target = {
    ...readTarget(session, place(session, 'ec-p256'), 'private-key'),
    object: place(session, 'ec-p256', { extractable: false }),
  };
  t.is(await codeOf(t, session, () => wrapTarget(session, request(target), never)), 'KEY_NOT_EXTRACTABLE');
});

test.serial('an interruption between two steps leaves no temporary object', async (t) => {
  const session = openSession(t);
  const target = readTarget(session, place(session, 'ec-p256'), 'private-key');
  const aborted = AbortSignal.abort(new KeyferryError('INTERRUPTED', { reason: 'SIGINT' }));
  t.is(await codeOf(t, session, () => wrapTarget(session, request(target), aborted)), 'INTERRUPTED');
});

test.serial('an HSM that reads back another KEK is found out before the AES key is wrapped', async (t) => {
  const session = openSession(t);
  const target = readTarget(session, place(session, 'ec-p256'), 'private-key');
  const wrapped: ObjectHandle[] = [];
  const lying: Session = Object.create(session, {
    readTogether: {
      value: (object: ObjectHandle, names: (keyof Attributes)[]) => {
        const read = session.readTogether(object, names);
        return names.includes('modulus') ? { ...read, modulus: Buffer.alloc(256, 0xd1) } : read;
      },
    },
    wrapKey: {
      value: (...args: Parameters<Session['wrapKey']>) => {
        wrapped.push(args[2]);
        return session.wrapKey(...args);
      },
    },
    temporary: { value: session.temporary.bind(session) },
    create: { value: session.create.bind(session) },
    generateKey: { value: session.generateKey.bind(session) },
  });
  t.is(await codeOf(t, session, () => wrapTarget(lying, request(target), never)), 'KEK_NOT_AS_CONFIRMED');
  t.deepEqual(wrapped, [target.object], 'only the target was wrapped, under the ephemeral key');
});

test.serial('a mechanism whose product has an impossible length is refused', async (t) => {
  const session = openSession(t);
  const target: Target = { ...readTarget(session, place(session, 'aes-256'), 'secret-key'), bits: 128 };
  t.is(await codeOf(t, session, () => wrapTarget(session, request(target), never)), 'WRAP_PRODUCT');
});

test.serial('a public object that belongs to another key is not believed', async (t) => {
  const session = openSession(t);
  const id = Buffer.from('11aa', 'hex');
  const mine = place(session, 'ec-p256', { id });
  const other = publicJwkOf(createPublicKey(practiceKey('ec-secp256k1')));
  if (other.kty !== 'EC') return t.fail();
  const point = Buffer.concat([
    Buffer.of(4, 65, 4),
    Buffer.from(other.x, 'base64url'),
    Buffer.from(other.y, 'base64url'),
  ]);
  session.create({
    class: 'public-key',
    keyType: 'EC',
    token: false,
    private: false,
    id,
    ecParams: EC_PARAMS['P-256'],
    ecPoint: point,
  });
  const found = await findPublicKey(session, readTarget(session, mine, 'private-key'));
  t.is(found.source, 'recovered');
  t.deepEqual(found.publicKey, publicJwkOf(createPublicKey(practiceKey('ec-p256'))));
});

test.serial('an RSA public object of another key is not believed either', async (t) => {
  const session = openSession(t);
  const id = Buffer.from('11bb', 'hex');
  const mine = place(session, 'rsa-2048', { id });
  const modulus = Buffer.from(kek().n, 'base64url');
  session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    id,
    modulus,
    publicExponent: Buffer.of(1, 0, 1),
  });
  const found = await findPublicKey(session, readTarget(session, mine, 'private-key'));
  t.deepEqual(found, {
    publicKey: publicJwkOf(createPublicKey(practiceKey('rsa-2048'))),
    source: 'recovered',
    notChecked: [],
  });
});

test.serial(
  'an RSA key that must not sign has its public key from its own attributes, which is said to be unproven',
  async (t) => {
    const session = openSession(t);
    const target = readTarget(session, place(session, 'rsa-2048', { sign: false }), 'private-key');
    const found = await findPublicKey(session, target);
    t.is(found.source, 'recovered');
    t.deepEqual(found.notChecked, ['target-private-match']);
  },
);

test.serial('keys that the service cannot take are refused before anything is made', async (t) => {
  const session = openSession(t);
  const refused = (object: ObjectHandle, keyClass: 'private-key' | 'secret-key') =>
    t.throws(() => readTarget(session, object, keyClass), { code: 'KEY_UNSUPPORTED' });
  const common = { token: false, private: true, sensitive: true, extractable: true };
  const rsa1024 = await session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    { class: 'public-key', token: false, modulusBits: 1024, publicExponent: Buffer.of(1, 0, 1) },
    { class: 'private-key', ...common },
  );
  t.regex(refused(rsa1024.privateKey, 'private-key')?.message ?? '', /1024/);
  const p224 = Buffer.from('06052b81040021', 'hex');
  const ec224 = await session.generateKeyPair(
    { type: CKM.EC_KEY_PAIR_GEN },
    { class: 'public-key', token: false, ecParams: p224 },
    { class: 'private-key', ...common },
  );
  t.regex(refused(ec224.privateKey, 'private-key')?.message ?? '', /06052b81040021/);
  const generic = session.create({
    class: 'secret-key',
    keyType: 'generic-secret',
    ...common,
    value: Buffer.alloc(32, 7),
  });
  refused(generic, 'secret-key');
});

test.serial(
  'an AES key of which the token does not tell the size crosses, and its size follows from the product',
  async (t) => {
    const session = openSession(t);
    const wrappingKey = await session.generateKey(
      { type: CKM.AES_KEY_GEN },
      { class: 'secret-key', keyType: 'AES', token: false, wrap: true, unwrap: true, valueLen: 32 },
    );
    const wrapped = await session.wrapKey({ type: CKM.AES_KEY_WRAP_PAD }, wrappingKey, place(session, 'aes-192'));
    const object = await session.unwrapKey({ type: CKM.AES_KEY_WRAP_PAD }, wrappingKey, wrapped, {
      class: 'secret-key',
      keyType: 'AES',
      token: false,
      private: true,
      sensitive: true,
      extractable: true,
      encrypt: true,
    });
    const target = readTarget(session, object, 'secret-key');
    t.is(target.bits, null);
    const ciphertext = await wrapTarget(session, request(target), never);
    t.is(ciphertext.length, 256 + 32);
    t.deepEqual(openPracticeBlob(practiceKey('kek-2048'), ciphertext).plaintext, practiceKey('aes-192').export());
    t.is(await keyCheckValue(session, object), await keyCheckValue(session, place(session, 'aes-192')));
  },
);

const offering = (...types: number[]): Token => ({ ...token, label: 'x', mechanisms: () => new Set(types) }) as Token;
const COMPOSITE = [CKM.AES_KEY_GEN, CKM.RSA_PKCS_OAEP, CKM.AES_KEY_WRAP_PAD];

test('a token without the mechanisms is told so by their names', (t) => {
  for (const missing of COMPOSITE) {
    const error = t.throws(() => ladder(offering(...COMPOSITE.filter((type) => type !== missing)), 'EC'), {
      code: 'MECHANISM_MISSING',
    });
    t.regex(error?.message ?? '', new RegExp(missing.toString(16), 'i'));
  }
});

test('the ladder begins with one call for asymmetric keys, and goes down to the older mechanism', (t) => {
  const all = offering(...COMPOSITE, CKM.AES_KEY_WRAP_KWP, CKM.RSA_AES_KEY_WRAP);
  const composites = [composite(CKM.AES_KEY_WRAP_KWP), composite(CKM.AES_KEY_WRAP_PAD)];
  t.deepEqual(ladder(all, 'EC'), [SINGLE_CALL, ...composites]);
  t.deepEqual(ladder(all, 'RSA'), [SINGLE_CALL, ...composites]);
  t.deepEqual(ladder(all, 'oct'), composites);
  t.deepEqual(ladder(offering(CKM.RSA_AES_KEY_WRAP), 'EC'), [SINGLE_CALL]);
  t.throws(() => ladder(offering(CKM.RSA_AES_KEY_WRAP), 'oct'), { code: 'MECHANISM_MISSING' });
});

test('the operator decides about the mechanism', (t) => {
  const all = offering(...COMPOSITE, CKM.AES_KEY_WRAP_KWP, CKM.RSA_AES_KEY_WRAP);
  t.deepEqual(ladder(all, 'EC', { mechanism: 'rsa-aes-key-wrap' }), [SINGLE_CALL]);
  t.deepEqual(ladder(all, 'EC', { mechanism: 'composite' })[0], composite(CKM.AES_KEY_WRAP_KWP));
  t.deepEqual(ladder(all, 'EC', { kwpMechanism: 0x8000216f }), [composite(0x8000216f)]);
  t.throws(() => ladder(all, 'EC', { mechanism: 'rsa-aes-key-wrap', kwpMechanism: 1 }), { code: 'USAGE' });
  t.throws(() => ladder(offering(...COMPOSITE), 'EC', { mechanism: 'rsa-aes-key-wrap' }), {
    code: 'MECHANISM_MISSING',
  });
});
