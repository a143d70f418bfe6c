import { type Attributes, CKM } from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeToken, type TestToken, useToken } from '../../../test/support/softhsm.js';
import { readCheckedKek } from '../src/kek/read-kek.js';
import { idOfKek } from '../src/trust/kek-names.js';
import { removeTrusted } from '../src/trust/remove-trusted.js';
import { findTrustedKek } from '../src/trust/trusted-kek.js';
import { trustedKeys } from '../src/trust/trusted-keys.js';
import { findTrustedWrappingKey } from '../src/trust/trusted-wrapping-key.js';
import { changedSession } from './support/changed-session.js';
import { makeKekFile } from './support/kek-file.js';
import { inToken, kekObject, WRAPPING_KEY } from './support/trusted-objects.js';

/** The tokens of this file lie in one folder. Who is logged in to one is so for the process: one test after another. */
let first: TestToken;
const kek = makeKekFile(privateFolder(wholeFile), 2048);

test.before(async () => {
  first = await makeToken(wholeFile);
  useToken(first);
});

const ownToken = (t: ExecutionContext) => makeToken(t, { beside: first });

test.serial('only its numbers make a trusted object the KEK', async (t) => {
  const token = await ownToken(t);
  const checked = await readCheckedKek(kek.path, undefined);
  const name = { label: 'kek/01234567', id: idOfKek(checked) };
  const find = () => inToken(token, 'user', (session) => findTrustedKek(session, checked));
  const place = (attributes: Attributes) => inToken(token, 'so', (session) => session.create(attributes));
  t.deepEqual(await find(), { why: 'no trusted object of the token has its modulus' });
  await place(kekObject(3072, { ...name, trusted: true }));
  t.regex(JSON.stringify(await find()), /has its name, but another modulus: it is another key, and never used/);
  await place(kekObject(2048, { label: 'a', trusted: true, publicExponent: Buffer.of(3) }));
  await place(kekObject(2048, { label: 'b', trusted: false }));
  await place(kekObject(2048, { label: 'c', trusted: true, wrap: false }));
  t.regex(JSON.stringify(await find()), /its object in the token must not wrap \(CKA_WRAP is false\)/);
  const modulus = Buffer.concat([Buffer.of(0), kekObject(2048, {}).modulus ?? Buffer.alloc(0)]);
  await place(kekObject(2048, { label: 'with zeros in front', trusted: true, modulus }));
  await inToken(token, 'user', (session) => {
    const found = findTrustedKek(session, checked);
    t.is('object' in found && session.read(found.object, 'label'), 'with zeros in front');
  });
});

for (const [title, weakness, named] of [
  [
    'wrapWithTrusted',
    { wrapWithTrusted: false },
    /wrapWithTrusted is not true: anybody can take it out .* without a login/,
  ],
  ['modifiable', { modifiable: true }, /modifiable is not false: whoever is logged in can let it decrypt/],
  ['copyable', { copyable: true }, /copyable is not false: whoever is logged in can make a copy that decrypts/],
  ['sensitive', { sensitive: false }, /sensitive is not true: .*plaintext.*alwaysSensitive is not true/],
  ['decrypt', { decrypt: true }, /decrypt is not false/],
  ['unwrap', { unwrap: true }, /unwrap is not false/],
  ['encrypt', { encrypt: true }, /encrypt is not false/],
  ['sign', { sign: true }, /sign is not false/],
  ['verify', { verify: true }, /verify is not false/],
  ['derive', { derive: true }, /derive is not false/],
  ['its length', { valueLen: 16 }, /expected 256 bits, found 128/],
  ['wrap', { wrap: false }, /wrap is not true: it cannot wrap/],
  ['extractable', { extractable: false }, /extractable is not true: it cannot be wrapped under the KEK/],
  ['all at once', { modifiable: true, copyable: true }, /modifiable .*; copyable /],
] as const) {
  test.serial(`a trusted wrapping key is refused, and judged with the reason, for ${title}`, async (t) => {
    const token = await ownToken(t);
    await inToken(token, 'so', async (session) => {
      await session.generateKey({ type: CKM.AES_KEY_GEN }, { ...WRAPPING_KEY, label: 'weak', ...weakness });
    });
    await inToken(token, 'user', (session) => {
      const error = t.throws(() => findTrustedWrappingKey(session, { object: 'weak' }), {
        code: 'WRAPPING_KEY_UNSAFE',
      });
      t.regex(error?.message ?? '', named);
    });
    await inToken(token, 'user', (session) => {
      const [judged] = trustedKeys(session);
      const useless = ['its length', 'wrap', 'extractable'].includes(title);
      t.is(judged?.attacks.length === 0, useless);
      t.regex((useless ? judged?.obstacles : judged?.attacks)?.join('; ') ?? '', named);
    });
  });
}

test.serial('a wrapping key that somebody brought, and one that is not trusted, are refused', async (t) => {
  const token = await ownToken(t);
  const { valueLen: _, ...imported } = WRAPPING_KEY;
  const key = { ...imported, class: 'secret-key', keyType: 'AES', value: Buffer.alloc(32, 7) } as const;
  await inToken(token, 'so', (session) => {
    session.create({ ...key, label: 'brought' });
    session.create({ ...key, trusted: false, label: 'plain' });
    session.create({ ...key, keyType: 'generic-secret', trusted: false, label: 'generic' });
  });
  await inToken(token, 'user', (session) => {
    const refuse = (object: string, code: string) =>
      t.throws(() => findTrustedWrappingKey(session, { object }), { code })?.message ?? '';
    t.regex(refuse('brought', 'WRAPPING_KEY_UNSAFE'), /local is not true: it was not generated in this token/);
    t.regex(refuse('plain', 'WRAPPING_KEY_UNSAFE'), /trusted is not true/);
    t.regex(refuse('generic', 'KEY_UNSUPPORTED'), /generic-secret/);
    refuse('nobody', 'KEY_NOT_FOUND');
  });
});

test.serial('a token that says it destroyed a key and has it still is not believed', async (t) => {
  const token = await ownToken(t);
  await inToken(token, 'so', (session) => {
    session.create(kekObject(2048, { label: 'sticky', trusted: true }));
    const lying = changedSession(session, { destroy: () => undefined });
    t.throws(() => removeTrusted(lying, { label: 'sticky' }), { code: 'HSM_OBJECT_LEFT' });
    t.is(removeTrusted(session, { label: 'sticky' }).label, 'sticky');
  });
});
