import { type Attributes, CKG, CKM, type Mechanism, type ObjectHandle } from '@keyferry/pkcs11';
import test from 'ava';
import { practiceKey } from '../support/practice-keys.js';
import {
  hsm,
  IN_ONE_CALL,
  kekObject,
  loaded,
  makeAes,
  OAEP,
  openKeyWrap,
  openOaep,
  played,
  refusal,
  SECRET,
  target,
} from './playing.js';

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
  const { module, session } = loaded();
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
