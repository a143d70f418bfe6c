import { createDecipheriv, privateDecrypt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import {
  type Attributes,
  CKG,
  CKM,
  loadModule,
  type Mechanism,
  type ObjectHandle,
  type Session,
  type Token,
} from '@keyferry/pkcs11';
import test from 'ava';
import { wholeFile } from './support/folder.js';
import { makeOverlayToken, type OverlayBehaviour } from './support/overlay.js';
import { practiceKey } from './support/practice-keys.js';
import { runCommand } from './support/programs.js';
import { provision } from './support/provision.js';
import { useToken } from './support/softhsm.js';

// One token for all tests of this file: they come one after the other, and each begins with its own behaviour.
const hsm = await makeOverlayToken(wholeFile);
useToken(hsm);

const SHA1 = { hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 };
const OAEP: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', ...SHA1 } };
const IN_ONE_CALL: Mechanism = {
  type: CKM.RSA_AES_KEY_WRAP,
  parameter: { kind: 'rsa-aes-key-wrap', aesBits: 256, ...SHA1 },
};
const SECRET: Attributes = { token: false, private: true, sensitive: true, extractable: true };

interface Played {
  readonly token: Token;
  readonly session: Session;
  readonly kek: { readonly key: ObjectHandle; readonly publicKey: ObjectHandle };
}

/** Runs work with the module behaving so. Its objects are session objects, so that the next test finds none. */
async function played(behaviour: OverlayBehaviour, work: (played: Played) => Promise<void>): Promise<void> {
  hsm.setBehaviour(behaviour);
  const module = loadModule(hsm.module);
  try {
    const token = module.findToken({ token: hsm.label });
    const session = token.openSession({ writable: true });
    session.login(hsm.pin);
    const { key } = provision(session, 'kek-2048', {
      label: 'kek',
      id: Buffer.of(1),
      token: false,
      publicObject: false,
    });
    const publicKey = kekObject(session);
    await work({ token, session, kek: { key, publicKey } });
  } finally {
    module.close();
  }
}

function kekObject(session: Session, more: Attributes = {}): ObjectHandle {
  const { n, e } = practiceKey('kek-2048').export({ format: 'jwk' });
  return session.create({
    class: 'public-key',
    keyType: 'RSA',
    token: false,
    private: false,
    wrap: true,
    modulus: Buffer.from(n ?? '', 'base64url'),
    publicExponent: Buffer.from(e ?? '', 'base64url'),
    ...more,
  });
}

function target(session: Session, name: 'ec-p256' | 'ec-p521' | 'aes-192', more: Attributes = {}): ObjectHandle {
  return provision(session, name, { label: name, id: Buffer.of(2), token: false, publicObject: false, ...more }).key;
}

const makeAes = (session: Session, more: Attributes = {}) =>
  session.generateKey({ type: CKM.AES_KEY_GEN }, { ...SECRET, wrap: true, unwrap: true, valueLen: 32, ...more });

function openOaep(wrapped: Buffer, hash = 'sha1'): Buffer {
  return privateDecrypt({ key: practiceKey('kek-2048'), oaepHash: hash }, wrapped);
}

/** RFC 5649 or RFC 3394 as OpenSSL has them. */
function openKeyWrap(aes: Buffer, wrapped: Buffer, kind: 'rfc5649' | 'rfc3394'): Buffer {
  const iv = Buffer.from(kind === 'rfc5649' ? 'a65959a6' : 'a6a6a6a6a6a6a6a6', 'hex');
  const decipher = createDecipheriv(`id-aes${aes.length * 8}-wrap${kind === 'rfc5649' ? '-pad' : ''}`, aes, iv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof KeyferryError) return `${error.code} ${error.values.call} ${error.values.ckr}`;
    throw error;
  }
  return 'none';
}

const P256_PKCS8_BYTES = 67;

/** What is in the wrapped key, by the lengths of RFC 5649 (8 bytes more, and up to a multiple of 8). */
const oneCallFlavours = [
  ['exact', 'rfc5649', P256_PKCS8_BYTES, 0],
  ['zero-tail', 'rfc5649', 72, 0],
  ['pkcs7', 'rfc3394', 72, 5],
] as const;

for (const [flavour, kind, bytes, filler] of oneCallFlavours) {
  test.serial(`the one call wraps and unwraps (${flavour})`, async (t) => {
    await played({ 'rsa-aes-key-wrap': flavour }, async ({ token, session, kek }) => {
      t.true(token.mechanisms().has(CKM.RSA_AES_KEY_WRAP));
      t.like(token.mechanismInfo(CKM.RSA_AES_KEY_WRAP), { flags: { wrap: true, unwrap: true, hardware: true } });
      const key = target(session, 'ec-p256');
      const before = session.find({}).length;
      const wrapped = await session.wrapKey(IN_ONE_CALL, kek.publicKey, key);
      const aes = openOaep(wrapped.subarray(0, 256));
      t.is(aes.length, 32);
      const plain = openKeyWrap(aes, wrapped.subarray(256), kind);
      t.is(plain.length, bytes);
      t.deepEqual(plain.subarray(P256_PKCS8_BYTES), Buffer.alloc(bytes - P256_PKCS8_BYTES, filler));
      const scalar = Buffer.from(practiceKey('ec-p256').export({ format: 'jwk' }).d ?? '', 'base64url');
      t.true(plain.includes(scalar));
      t.is(session.find({}).length, before, 'what the HSM makes for itself is not seen, and gone');

      const again = await session.wrapKey(IN_ONE_CALL, kek.publicKey, key);
      t.notDeepEqual(openOaep(again.subarray(0, 256)), aes, 'another AES key each time');

      const template: Attributes = { ...SECRET, class: 'private-key', keyType: 'EC', sign: true };
      const arrived = await session.unwrapKey(IN_ONE_CALL, kek.key, wrapped, template);
      t.is((await session.sign({ type: CKM.ECDSA }, arrived, Buffer.alloc(32, 1))).length, 64);
      wrapped.writeUInt8((wrapped[300] ?? 0) ^ 1, 300);
      t.is(
        await refusal(session.unwrapKey(IN_ONE_CALL, kek.key, wrapped, template)),
        'HSM_ERROR C_UnwrapKey CKR_WRAPPED_KEY_INVALID',
      );
    });
  });
}

test.serial(
  'the one call keeps to its rules: keys that stay, trusted keys only, wrapping only, private keys only',
  async (t) => {
    await played({ 'rsa-aes-key-wrap': 'exact' }, async ({ session, kek }) => {
      const wrap = (kekKey: ObjectHandle, key: ObjectHandle, mechanism = IN_ONE_CALL) =>
        refusal(session.wrapKey(mechanism, kekKey, key));
      const stays = target(session, 'ec-p256', { extractable: false });
      t.is(await wrap(kek.publicKey, stays), 'KEY_NOT_EXTRACTABLE C_WrapKey CKR_KEY_UNEXTRACTABLE');
      const bound = target(session, 'ec-p256', { wrapWithTrusted: true });
      t.is(await wrap(kek.publicKey, bound), 'KEY_NEEDS_TRUSTED_KEK C_WrapKey CKR_KEY_NOT_WRAPPABLE');
      const free = target(session, 'ec-p256');
      const encryptsOnly = kekObject(session, { wrap: false, encrypt: true });
      t.is(await wrap(encryptsOnly, free), 'HSM_ERROR C_WrapKey CKR_KEY_FUNCTION_NOT_PERMITTED');
      t.is(await wrap(await makeAes(session), free), 'HSM_ERROR C_WrapKey CKR_WRAPPING_KEY_TYPE_INCONSISTENT');
      t.is(await wrap(kek.publicKey, target(session, 'aes-192')), 'HSM_ERROR C_WrapKey CKR_KEY_NOT_WRAPPABLE');
      const other = { kind: 'rsa-aes-key-wrap', aesBits: 256, hash: CKM.SHA256, mgf: CKG.MGF1_SHA256 } as const;
      const withOther = { type: CKM.RSA_AES_KEY_WRAP, parameter: other };
      t.is(await wrap(kek.publicKey, free, withOther), 'HSM_ERROR C_WrapKey CKR_MECHANISM_PARAM_INVALID');
      t.is(await wrap(kek.publicKey, free), 'none');
    });
  },
);

test.serial('a key that is bound to trusted keys leaves under a trusted KEK, in one call', async (t) => {
  hsm.setBehaviour({ 'rsa-aes-key-wrap': 'exact', kwp: '0x210b:exact' });
  const module = loadModule(hsm.module);
  const token = module.findToken({ token: hsm.label });
  const session = token.openSession({ writable: true });
  session.login(hsm.soPin, 'so');
  const kek = kekObject(session, { token: true, trusted: true });
  session.logout();
  session.login(hsm.pin);
  const key = target(session, 'ec-p521', { wrapWithTrusted: true });
  const wrapped = await session.wrapKey(IN_ONE_CALL, kek, key);
  t.is(openKeyWrap(openOaep(wrapped.subarray(0, 256)), wrapped.subarray(256), 'rfc5649').length, 98);
  const kwp = session.wrapKey({ type: CKM.AES_KEY_WRAP_KWP }, await makeAes(session), key);
  t.is(await refusal(kwp), 'KEY_NEEDS_TRUSTED_KEK C_WrapKey CKR_KEY_NOT_WRAPPABLE');
  session.destroy(kek);
  module.close();
});

/** The flavours of AES key wrap: what OpenSSL finds under which kind, or null when it finds nothing. */
const kwpFlavours = [
  ['exact', 'rfc5649', 67],
  ['zero-tail', 'rfc5649', 72],
  ['pkcs7-rfc3394', 'rfc3394', 72],
  ['zero-rfc3394', 'rfc3394', 72],
  ['wrong-aiv', null, 0],
] as const;

for (const [flavour, kind, bytes] of kwpFlavours) {
  test.serial(`an AES key wrap of the flavour ${flavour}, by any number, for private and secret keys`, async (t) => {
    const numbers = [0x210a, 0x210b, 0x8000_216f];
    const behaviour = { kwp: numbers.map((number) => `0x${number.toString(16)}:${flavour}`) };
    await played(behaviour, async ({ token, session, kek }) => {
      const aes = await makeAes(session);
      const clearAes = openOaep(await session.wrapKey(OAEP, kek.publicKey, aes));
      const key = target(session, 'ec-p256');
      const secret = target(session, 'aes-192');
      for (const type of numbers) {
        t.true(token.mechanisms().has(type));
        t.true(token.mechanismInfo(type)?.flags.wrap);
        const wrapped = await session.wrapKey({ type }, aes, key);
        if (kind === null) {
          for (const each of ['rfc5649', 'rfc3394'] as const) t.throws(() => openKeyWrap(clearAes, wrapped, each));
        } else {
          t.throws(() => openKeyWrap(clearAes, wrapped, kind === 'rfc5649' ? 'rfc3394' : 'rfc5649'));
          t.is(openKeyWrap(clearAes, wrapped, kind).length, bytes);
          const plainSecret = openKeyWrap(clearAes, await session.wrapKey({ type }, aes, secret), kind);
          t.deepEqual(plainSecret.subarray(0, 24), practiceKey('aes-192').export());
          t.is(plainSecret.length, flavour === 'pkcs7-rfc3394' ? 32 : 24);
        }
        const arrived = await session.unwrapKey({ type }, aes, wrapped, {
          ...SECRET,
          class: 'private-key',
          keyType: 'EC',
          sign: true,
        });
        t.is((await session.sign({ type: CKM.ECDSA }, arrived, Buffer.alloc(32, 1))).length, 64);
      }
    });
  });
}

test.serial('plain RFC 3394 takes multiples of 8 bytes only', async (t) => {
  await played({ kwp: '0x210b:rfc3394' }, async ({ session, kek }) => {
    const type = CKM.AES_KEY_WRAP_KWP;
    const aes = await makeAes(session);
    t.is(
      await refusal(session.wrapKey({ type }, aes, target(session, 'ec-p256'))),
      'HSM_ERROR C_WrapKey CKR_KEY_SIZE_RANGE',
    );
    const wrapped = await session.wrapKey({ type }, aes, target(session, 'aes-192'));
    const clearAes = openOaep(await session.wrapKey(OAEP, kek.publicKey, aes));
    t.deepEqual(openKeyWrap(clearAes, wrapped, 'rfc3394'), practiceKey('aes-192').export());
  });
});

test.serial('mechanisms are refused at their use, or not offered at all', async (t) => {
  const behaviour = { 'rsa-aes-key-wrap': 'refuse:0x71', kwp: '0x210b:refuse:0x6a', hide: ['0x210a', '0x1040'] };
  await played(behaviour, async ({ token, session, kek }) => {
    const mechanisms = token.mechanisms();
    t.true(mechanisms.has(CKM.RSA_AES_KEY_WRAP));
    t.true(mechanisms.has(CKM.AES_KEY_WRAP_KWP));
    t.false(mechanisms.has(CKM.AES_KEY_WRAP_PAD));
    t.is(token.mechanismInfo(CKM.AES_KEY_WRAP_PAD), null);
    const aes = await makeAes(session);
    const key = target(session, 'ec-p256');
    const wrap = (mechanism: Mechanism, wrapping: ObjectHandle) => refusal(session.wrapKey(mechanism, wrapping, key));
    t.is(await wrap(IN_ONE_CALL, kek.publicKey), 'HSM_ERROR C_WrapKey CKR_MECHANISM_PARAM_INVALID');
    t.is(await wrap({ type: CKM.AES_KEY_WRAP_KWP }, aes), 'KEY_NOT_EXTRACTABLE C_WrapKey CKR_KEY_UNEXTRACTABLE');
    t.is(await wrap({ type: CKM.AES_KEY_WRAP_PAD }, aes), 'MECHANISM_MISSING C_WrapKey CKR_MECHANISM_INVALID');
    const pair = session.generateKeyPair({ type: CKM.EC_KEY_PAIR_GEN }, {}, {});
    t.is(await refusal(pair), 'MECHANISM_MISSING C_GenerateKeyPair CKR_MECHANISM_INVALID');
  });
});

test.serial('an HSM that lies about OAEP is consistent with itself', async (t) => {
  await played({ oaep: 'sha256', 'rsa-aes-key-wrap': 'exact' }, async ({ session, kek }) => {
    const aes = await makeAes(session, { encrypt: true });
    const wrapped = await session.wrapKey(OAEP, kek.publicKey, aes);
    t.throws(() => openOaep(wrapped));
    const clear = openOaep(wrapped, 'sha256');
    t.is(clear.length, 32);
    const arrived = await session.unwrapKey(OAEP, kek.key, wrapped, {
      ...SECRET,
      class: 'secret-key',
      keyType: 'AES',
      encrypt: true,
    });
    const encrypt = (key: ObjectHandle) => session.encrypt({ type: CKM.AES_ECB }, key, Buffer.alloc(16));
    t.deepEqual(await encrypt(arrived), await encrypt(aes));
    const both = await session.wrapKey(IN_ONE_CALL, kek.publicKey, target(session, 'ec-p256'));
    const inner = openKeyWrap(openOaep(both.subarray(0, 256), 'sha256'), both.subarray(256), 'rfc5649');
    t.is(inner.length, P256_PKCS8_BYTES);
  });
});

test.serial('an AES key is shorter than was asked', async (t) => {
  await played({ 'aes-bits': '128', 'rsa-aes-key-wrap': 'exact' }, async ({ session, kek }) => {
    const aes = await makeAes(session);
    t.is(openOaep(await session.wrapKey(OAEP, kek.publicKey, aes)).length, 16);
    const both = await session.wrapKey(IN_ONE_CALL, kek.publicKey, target(session, 'ec-p256'));
    t.is(openOaep(both.subarray(0, 256)).length, 16);
  });
});

test.serial('a token has the names and flags that it is given', async (t) => {
  const behaviour = { manufacturer: 'Example Instruments', model: 'HSM 9000', flags: 'final-try,so-count-low,error' };
  await played(behaviour, async ({ token }) => {
    t.is(token.manufacturer, 'Example Instruments');
    t.is(token.model, 'HSM 9000');
    t.like(token.flags, { userPinFinalTry: true, userPinLocked: false, soPinCountLow: true, errorState: true });
  });
});

const open = () => {
  const module = loadModule(hsm.module);
  const token = module.findToken({ token: hsm.label });
  return { module, token, session: token.openSession({ writable: true }) };
};

test.serial('a locked PIN refuses the login', async (t) => {
  hsm.setBehaviour({ flags: 'locked' });
  const { module, token, session } = open();
  t.true(token.flags.userPinLocked);
  t.is(await refusal(() => session.login(hsm.pin)), 'PIN_LOCKED C_Login CKR_PIN_LOCKED');
  session.login(hsm.soPin, 'so');
  module.close();
});

test.serial('a pad takes its own PIN while the program goes on, and none from the program', async (t) => {
  const person = join(hsm.folder, 'person-at-the-pad');
  hsm.setBehaviour({ flags: 'pad', 'pad-pin': hsm.pinFile, 'pad-waits': person });
  const { module, token, session } = open();
  t.true(token.flags.protectedAuthenticationPath);
  t.is(await refusal(() => session.login(hsm.pin)), 'PIN_INCORRECT C_Login CKR_PIN_INCORRECT');
  const login = session.loginAtPad();
  setImmediate(() => writeFileSync(person, ''));
  await login;
  t.truthy(await makeAes(session));
  await session.loginAtPad();
  module.close();

  const wrongPin = join(hsm.folder, 'wrong-pin');
  writeFileSync(wrongPin, '00000000\n');
  hsm.setBehaviour({ flags: 'pad', 'pad-pin': wrongPin, 'pad-also-pin': 'yes' });
  const second = open();
  const error = await t.throwsAsync(second.session.loginAtPad(), { instanceOf: KeyferryError });
  t.is(error.code, 'PIN_INCORRECT');
  t.like(error.values, { user: 'user', pinCountLow: true, pinLocked: false });
  second.session.login(hsm.pin);
  second.module.close();
});

test.serial('a call is refused always, or once', async (t) => {
  await played({ refuse: ['C_CopyObject:0x31', 'C_WrapKey:2:0x32'] }, async ({ session, kek }) => {
    const aes = await makeAes(session);
    for (const _ of [1, 2])
      t.is(await refusal(() => session.copy(aes, {})), 'HSM_ERROR C_CopyObject CKR_DEVICE_MEMORY');
    const wrap = () => refusal(session.wrapKey(OAEP, kek.publicKey, aes));
    t.deepEqual([await wrap(), await wrap(), await wrap()], ['none', 'HSM_ERROR C_WrapKey CKR_DEVICE_REMOVED', 'none']);
  });
});

test.serial('a KEK is exchanged for another one, openly or not', async (t) => {
  const { n } = practiceKey('kek-2048').export({ format: 'jwk' });
  for (const [how, reads] of [
    ['yes', false],
    ['hidden', true],
  ] as const) {
    await played({ 'swap-kek': how }, async ({ session, kek }) => {
      const modulus = session.read(kek.publicKey, 'modulus');
      t.is(modulus?.length, 256);
      t.is(modulus?.toString('base64url') === n, reads);
      const wrapped = await session.wrapKey(OAEP, kek.publicKey, await makeAes(session));
      t.throws(() => openOaep(wrapped));
    });
  }
});

test.serial('an attribute is hidden, the others are not; and nothing is destroyed', async (t) => {
  await played({ 'hide-attribute': ['0x120', '0x165'], 'no-destroy': 'yes' }, async ({ session, kek }) => {
    t.is(session.read(kek.publicKey, 'modulus'), null);
    t.is(session.read(kek.publicKey, 'modulusBits'), 2048);
    t.is(session.read(await makeAes(session), 'alwaysSensitive'), null);
    t.is(await refusal(() => session.destroy(kek.publicKey)), 'HSM_ERROR C_DestroyObject CKR_GENERAL_ERROR');
    t.is(session.find({ class: 'public-key' }).length, 1);
  });
});

test.serial('the trace tells what was asked, and nothing that is secret', async (t) => {
  await played({ 'rsa-aes-key-wrap': 'exact' }, async ({ session, kek }) => {
    const before = hsm.trace().length;
    const key = target(session, 'ec-p256');
    await session.wrapKey(IN_ONE_CALL, kek.publicKey, key);
    await session.wrapKey(OAEP, kek.publicKey, await makeAes(session));
    const lines = hsm.trace().slice(before);
    t.is(lines.length, 4);
    t.regex(lines[0] ?? '', /^C_CreateObject session=\d+ template=.*0x0=3,0x100=3,.*,0x11,.* object=\d+ -> 0x0$/);
    t.regex(
      lines[1] ?? '',
      /^C_WrapKey session=\d+ mechanism=0x1054 aesBits=256 hash=0x220 mgf=0x1 source=1 labelLength=0 wrappingKey=\d+ key=\d+ length=336 -> 0x0$/,
    );
    t.regex(lines[2] ?? '', /^C_GenerateKey .*mechanism=0x1080 template=0x1=false,0x2=true,.*0x161=32 key=\d+ -> 0x0$/);
    t.regex(lines[3] ?? '', /mechanism=0x9 hash=0x220 mgf=0x1 source=1 labelLength=0 .*length=256 -> 0x0$/);
  });
  const all = hsm.trace().join('\n');
  t.false(all.includes(hsm.pin) || all.includes(hsm.soPin));
  t.true(all.includes('user=user pin=given'));
});

/** Runs a program of its own with a session, and gives how it ended. */
function inOwnProcess(work: string, before = '') {
  const script = `
    import { readFileSync } from 'node:fs';
    import { loadModule } from '@keyferry/pkcs11';
    ${before}
    const session = loadModule(process.env.MODULE).findToken({ token: process.env.LABEL }).openSession({ writable: true });
    const login = () => session.login(readFileSync(process.env.PIN_FILE, 'utf8').trim());
    const wrong = () => { try { session.login('00000000'); } catch (error) { console.log(error.code, error.values.pinFinalTry); } };
    ${work}`;
  return runCommand(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...hsm.env, MODULE: hsm.module, LABEL: hsm.label, PIN_FILE: hsm.pinFile },
    cwd: join(import.meta.dirname, '..'),
  });
}

test.serial('a process dies when a call has done its work, and before it knows', async (t) => {
  hsm.setBehaviour({ die: 'C_CreateObject:2' });
  const script = "login(); for (const label of ['a', 'b', 'c']) session.create({ class: 'data', token: true, label });";
  t.like(await inOwnProcess(script), { code: null, stdout: '' });
  t.regex(hsm.trace().at(-1) ?? '', /^C_CreateObject .* -> died$/);
  await played({}, async ({ session }) => {
    const left = session.find({ class: 'data' });
    t.deepEqual(left.map((object) => session.read(object, 'label')).sort(), ['a', 'b']);
    for (const object of left) session.destroy(object);
  });
});

test.serial('a signal comes in the middle of a call, which goes on', async (t) => {
  const listen = `
    const alive = setInterval(() => undefined, 1000);
    process.once('SIGINT', () => { console.log(made, 'SIGINT'); clearInterval(alive); });`;
  const work = "login(); const made = typeof session.create({ class: 'data', token: false });";
  for (const raise of ['C_CreateObject:1:2', '*:8:2']) {
    hsm.setBehaviour({ raise });
    t.like(await inOwnProcess(work, listen), { code: 0, stdout: 'bigint SIGINT\n' }, raise);
  }
});

test.serial('wrong PINs are counted over all processes, until a right one or the lock', async (t) => {
  hsm.setBehaviour({ 'wrong-pin-locks': '3' });
  t.is((await inOwnProcess('wrong(); wrong(); login();')).stdout, 'PIN_INCORRECT false\nPIN_INCORRECT true\n');
  t.is((await inOwnProcess('wrong();')).stdout, 'PIN_INCORRECT false\n');
  t.is(
    (await inOwnProcess('wrong(); wrong(); wrong();')).stdout,
    'PIN_INCORRECT true\nPIN_INCORRECT false\nPIN_LOCKED false\n',
  );
  t.regex((await inOwnProcess('login();')).stderr, /PIN_LOCKED/);
});

test.serial('without a behaviour it is SoftHSM2', async (t) => {
  hsm.setBehaviour({});
  const { module, token, session } = open();
  t.is(token.manufacturer, 'SoftHSM project');
  t.false(token.mechanisms().has(CKM.RSA_AES_KEY_WRAP));
  session.login(hsm.pin);
  session.close();
  const next = token.openSession();
  t.is(
    await refusal(() => next.login('00000000')),
    'PIN_INCORRECT C_Login CKR_PIN_INCORRECT',
    'the last session logs out',
  );
  next.login(hsm.pin);
  t.deepEqual(next.find({}), []);
  module.close();
});
