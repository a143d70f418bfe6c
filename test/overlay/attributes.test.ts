import type { Attributes } from '@keyferry/pkcs11';
import { CKM } from '@keyferry/pkcs11';
import test from 'ava';
import { kekObject, makeAes, OAEP, openOaep, played, refusal, SECRET, target } from './playing.js';

test.serial('an attribute is taken and forgotten, when a key is made, copied and changed', async (t) => {
  await played({ drop: ['0x86', '0x171'] }, async ({ session }) => {
    const key = await makeAes(session, { trusted: true, copyable: false });
    t.false(session.read(key, 'trusted'));
    t.true(session.read(key, 'copyable'));
    session.write(key, { trusted: true });
    const copy = session.copy(key, { trusted: true, label: 'copy' });
    t.false(session.read(copy, 'trusted'));
    t.is(session.read(copy, 'label'), 'copy');
  });
});

test.serial('every private or secret key is made with an attribute, whatever is asked', async (t) => {
  await played({ force: ['0x162:1', '0x103:0'] }, async ({ session, kek }) => {
    const closed: Attributes = { extractable: false, sensitive: true };
    for (const key of [await makeAes(session, closed), target(session, 'ec-p256', closed)]) {
      t.true(session.read(key, 'extractable'));
      t.false(session.read(key, 'sensitive'));
    }
    const key = await makeAes(session, closed);
    t.deepEqual(openOaep(await session.wrapKey(OAEP, kek.publicKey, key)), session.read(key, 'value'));
    session.write(key, closed);
    t.false(session.read(key, 'extractable'), 'what is changed later is changed');
    t.is(session.read(kekObject(session), 'extractable'), null, 'a public key is left alone');
  });
});

test.serial('an attribute reads as it is told to, alone and with others', async (t) => {
  await played({ pretend: ['0x163:1', '0x165:1'] }, async ({ session }) => {
    const key = target(session, 'aes-192', { sensitive: false });
    t.true(session.read(key, 'local'));
    t.like(session.readTogether(key, ['alwaysSensitive', 'sensitive', 'local']), {
      alwaysSensitive: true,
      sensitive: false,
      local: true,
    });
  });
});

test.serial('what does not open becomes a random key, and what does is the key that it was', async (t) => {
  await played({ 'unwrap-anything': 'yes' }, async ({ session }) => {
    const type = CKM.AES_KEY_WRAP_PAD;
    const wrapping = await makeAes(session);
    const key = target(session, 'aes-192', { encrypt: true });
    const wrapped = await session.wrapKey({ type }, wrapping, key);
    const template: Attributes = { ...SECRET, class: 'secret-key', keyType: 'AES', encrypt: true };
    const encrypted = (each: Awaited<typeof wrapping>) =>
      session.encrypt({ type: CKM.AES_ECB }, each, Buffer.alloc(16));
    const right = await session.unwrapKey({ type }, wrapping, wrapped, template);
    t.deepEqual(await encrypted(right), await encrypted(key));
    wrapped.writeUInt8((wrapped[9] ?? 0) ^ 1, 9);
    const other = await session.unwrapKey({ type }, wrapping, wrapped, template);
    t.notDeepEqual(await encrypted(other), await encrypted(key));
    const asPrivate: Attributes = { ...SECRET, class: 'private-key', keyType: 'EC' };
    t.not(await refusal(session.unwrapKey({ type }, wrapping, wrapped, asPrivate)), 'none');
  });
});
