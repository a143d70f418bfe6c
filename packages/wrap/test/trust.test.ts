import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openPracticeBlob,
  parseThumbprint,
  readByok,
  readTargetKey,
  thumbprintHex,
  thumbprintOf,
} from '@keyferry/blob';
import type { Attributes } from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { makeToken, type TestToken, useToken } from '../../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../../test/support/token.js';
import { readCheckedKek } from '../src/kek/read-kek.js';
import { idOfKek } from '../src/trust/kek-names.js';
import { findTrustedKek } from '../src/trust/trusted-kek.js';
import { findTrustedWrappingKey } from '../src/trust/trusted-wrapping-key.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { runOnToken, type TokenOptions } from './support/token-program.js';
import { inToken, kekObject, WRAPPING_KEY } from './support/trusted-objects.js';

/** All tokens of this file lie in one folder, so tests that look at it run one after another. */
let first: TestToken;
const folder = privateFolder(wholeFile);
const kek = makeKekFile(folder, 2048);
const ID = thumbprintHex(parseThumbprint(kek.thumbprint));

test.before(async () => {
  first = await makeToken(wholeFile);
  useToken(first);
});

function soPinFile({ soPin }: HsmUnderTest, of = folder): string {
  const path = join(of, `so-${soPin}`);
  writeFileSync(path, `${soPin}\n`, { mode: 0o600 });
  return path;
}

const ownToken = (t: ExecutionContext) => makeToken(t, { beside: first });
const trust = (token: HsmUnderTest, command: string, options: TokenOptions = {}) =>
  runOnToken(token, `trust ${command}`, { 'so-pin-file': soPinFile(token), ...options });
const trustKek = (token: HsmUnderTest, options: TokenOptions = {}, file = kek) =>
  trust(token, 'kek', { kek: file.path, 'confirm-thumbprint': file.thumbprint, ...options });
const list = (token: HsmUnderTest, options: TokenOptions = {}) => runOnToken(token, 'trust list', options);

/** A command that must be refused, and leave the token as it was, to the byte. */
async function refused(t: ExecutionContext, run: () => ReturnType<typeof trust>, code: string, exit: number) {
  const before = storedObjects(first);
  const result = await run();
  t.is(result.json.error.code, code, result.stderr);
  t.is(result.code, exit);
  t.deepEqual(storedObjects(first), before);
  return result.json.error as { cause: string; hint: string };
}

test.serial('a KEK becomes a trusted key that wraps and does nothing else, once', async (t) => {
  const token = await ownToken(t);
  const made = await trustKek(token);
  t.is(made.code, 0, made.stderr);
  t.like(made.json, { made: true, label: 'kek/01234567', id: ID, thumbprint: kek.thumbprint, mode: 'practice' });
  t.true(made.json.notChecked.includes('kek-attestation'));
  await inToken(token, 'user', (session) => {
    const [object = 0n as never, ...others] = session.find({});
    t.is(others.length, 0);
    const use = { encrypt: false, verify: false, verifyRecover: false, derive: false };
    const wanted = { class: 'public-key', token: true, private: false, trusted: true, wrap: true, modifiable: false };
    for (const [name, value] of Object.entries({ ...wanted, ...use })) {
      t.is(session.read(object, name as keyof Attributes), value, name);
    }
    t.deepEqual(session.read(object, 'modulus'), kekObject(2048, {}).modulus);
  });

  const before = storedObjects(first);
  const again = await trustKek(token, { label: 'another name' });
  t.is(again.code, 0);
  t.like(again.json, { made: false, label: 'kek/01234567' });
  t.regex(
    (await trustKek(token, { json: undefined })).stdout,
    /^PRACTICE KEY\nunchanged {3}the token trusts this KEK already/,
  );
  t.deepEqual(storedObjects(first), before);
});

test.serial("the security officer's PIN comes from a file or the environment, and from nowhere else", async (t) => {
  const token = await ownToken(t);
  const wrong = join(folder, 'wrong-pin');
  const exposed = join(folder, 'exposed-pin');
  writeFileSync(wrong, '00000000', { mode: 0o600 });
  writeFileSync(exposed, token.soPin);
  chmodSync(exposed, 0o644);
  const none = { 'so-pin-file': undefined };
  for (const [options, code, exit] of [
    [{ 'so-pin-file': wrong }, 'PIN_INCORRECT', 5],
    [{ 'so-pin-file': token.pinFile }, 'PIN_INCORRECT', 5],
    [{ 'so-pin-file': exposed }, 'SECRET_FILE_EXPOSED', 2],
    [{ 'so-pin-env': 'SO_PIN' }, 'USAGE', 2],
    [{ ...none, 'pin-file': token.pinFile }, 'USAGE', 2],
    [{ ...none, 'so-pin-env': 'NOT_SET' }, 'PIN_NOT_GIVEN', 2],
    [none, 'PIN_NOT_GIVEN', 2],
    [{ ...none, 'so-pin': token.soPin }, 'SECRET_IN_ARGV', 2],
  ] as const) {
    const { cause } = await refused(t, () => trustKek(token, options), code, exit);
    t.false(cause.includes(token.soPin));
  }
  const fromEnvironment = await runOnToken(
    token,
    'trust kek',
    { kek: kek.path, 'confirm-thumbprint': kek.thumbprint, 'so-pin-env': 'SO_PIN' },
    { SO_PIN: token.soPin },
  );
  t.is(fromEnvironment.code, 0, fromEnvironment.stderr);
  t.true(fromEnvironment.json.made);
});

test.serial('a KEK is trusted by all the rules of a wrap: its own, and its thumbprint', async (t) => {
  const token = await ownToken(t);
  const wider = makeKekFile(folder, 2048, { keyOps: ['import', 'wrapKey'] });
  await refused(t, () => trustKek(token, { 'confirm-thumbprint': '00'.repeat(32) }), 'THUMBPRINT_MISMATCH', 4);
  await refused(t, () => trustKek(token, { 'confirm-thumbprint': undefined }), 'NOT_A_TERMINAL', 2);
  await refused(t, () => trustKek(token, {}, wider), 'KEK_OPS_NOT_IMPORT_ONLY', 3);
});

test.serial('an object that bears the name of the KEK without being it is named, and nothing is made', async (t) => {
  const checked = await readCheckedKek(kek.path, undefined);
  const id = idOfKek(checked);
  for (const [attributes, words] of [
    [kekObject(3072, { label: 'kek/01234567', id: Buffer.of(1) }), /"kek\/01234567" with id 01 .*another modulus/],
    [kekObject(3072, { label: 'else', id }), /"else" with id dc77\w+ .*another modulus/],
    [kekObject(2048, { label: 'kek/01234567' }), /not trusted \(CKA_TRUSTED is false\)/],
  ] as const) {
    const token = await ownToken(t);
    await inToken(token, 'user', (session) => session.create(attributes));
    const { cause } = await refused(t, () => trustKek(token), 'KEK_NAME_TAKEN', 3);
    t.regex(cause, words);
    await inToken(token, 'user', (session) => {
      const found = findTrustedKek(session, checked);
      t.regex('why' in found ? found.why : 'found', words);
    });
  }
});

test.serial('a wrapping key is made that keeps what it wraps, with the warning that it is not ephemeral', async (t) => {
  const token = await ownToken(t);
  const { code, json, stderr } = await trust(token, 'wrapping-key', { label: 'for payroll' });
  t.is(code, 0, stderr);
  t.regex(stderr, /warning: this key is not ephemeral: until it is destroyed/);
  t.regex(
    json.next,
    /^keyferry-wrap wrap .*--trusted-wrapping-key 'pkcs11:token=\S+;object=for%20payroll;type=secret-key;id=/,
  );
  await inToken(token, 'user', (session) => {
    const { object } = findTrustedWrappingKey(session, { object: 'for payroll', id: Buffer.from(json.id, 'hex') });
    for (const [name, value] of Object.entries({ ...WRAPPING_KEY, local: true, destroyable: true })) {
      t.is(session.read(object, name as keyof Attributes), value as never, name);
    }
  });
  const taken = () => trust(token, 'wrapping-key', { label: 'for payroll' });
  t.regex((await refused(t, taken, 'LABEL_EXISTS', 3)).cause, /secret-key "for payroll"/);
});

test.serial('the list shows every trusted key without a login, and judges it', async (t) => {
  const token = await ownToken(t);
  t.deepEqual((await list(token)).json.keys, []);
  await trustKek(token);
  await trust(token, 'wrapping-key', { label: 'wrapping' });
  await inToken(token, 'so', (session) => {
    session.create(kekObject(3072, { label: 'impostor', id: Buffer.from(ID, 'hex'), trusted: true }));
    session.create(kekObject(3072, { label: 'loose', trusted: true, modifiable: true, wrap: false }));
    session.create(kekObject(3072, { label: 'odd', trusted: true, publicExponent: Buffer.of(3) }));
    session.create(kekObject(3072, { label: 'untrusted' }));
  });
  const before = storedObjects(first);
  const { json } = await list(token);
  const of = (label: string) => json.keys.find((key: { label: string }) => key.label === label);
  t.is(json.keys.length, 5);
  t.is(json.privateSeen, false);
  t.is(json.safe, false);
  t.like(of('kek/01234567'), { kind: 'kek', bits: 2048, thumbprint: kek.thumbprint, id: ID, safe: true });
  t.deepEqual(of('wrapping').attributes, {
    wrap: true,
    wrapWithTrusted: true,
    modifiable: false,
    copyable: false,
    extractable: true,
  });
  t.like(of('wrapping'), { kind: 'wrapping-key', bits: 256, thumbprint: null, safe: true });
  t.regex(of('impostor').attacks.join(), /its id has the form of a thumbprint, but is not its own/);
  t.regex(of('loose').attacks.join(), /modifiable is not false/);
  t.regex(of('loose').obstacles.join(), /it cannot wrap/);
  t.regex(of('odd').attacks.join(), /its exponent is not 65537/);

  const text = await list(token, { json: undefined, 'pin-file': token.pinFile });
  t.regex(text.stdout, /: 5 trusted keys\n/);
  t.regex(text.stdout, /"wrapping" .*: AES 256\n.*\n {2}safe\n/);
  t.regex(text.stdout, /NOT SAFE: its exponent/);
  t.notRegex(text.stdout, /NOT CHECKED/);
  t.regex((await list(token, { json: undefined })).stdout, /NOT CHECKED\n.*nobody was logged in/);
  t.deepEqual(storedObjects(first), before);
});

test.serial('one trusted key is removed, by its label or its id, and never another object', async (t) => {
  const token = await ownToken(t);
  await trustKek(token);
  await inToken(token, 'so', (session) => {
    for (const id of [1, 2]) session.create(kekObject(3072, { label: 'twin', id: Buffer.of(id), trusted: true }));
    session.create(kekObject(3072, { label: 'plain', id: Buffer.of(3) }));
  });
  const remove = (options: TokenOptions) => trust(token, 'remove', options);
  await refused(t, () => remove({}), 'USAGE', 2);
  await refused(t, () => remove({ id: 'xyz' }), 'USAGE', 2);
  await refused(t, () => remove({ label: 'plain', 'so-pin-file': token.pinFile }), 'PIN_INCORRECT', 5);
  t.regex(
    (await refused(t, () => remove({ label: 'plain' }), 'KEY_NOT_FOUND', 5)).cause,
    /not touched: public-key "plain"/,
  );
  t.regex(
    (await refused(t, () => remove({ label: 'twin' }), 'KEY_AMBIGUOUS', 5)).cause,
    /^(?=.*"twin" with id 01)(?=.*"twin" with id 02)/,
  );

  const before = storedObjects(first);
  const two = await remove({ label: 'twin', id: '02' });
  t.is(two.code, 0, two.stderr);
  t.like(two.json.removed, { kind: 'kek', label: 'twin', id: '02' });
  t.is(storedObjects(first).filter((each) => before.includes(each)).length, before.length - 1);
  t.is((await remove({ id: ID })).json.removed.thumbprint, kek.thumbprint);
  t.is((await remove({ label: 'twin' })).json.removed.id, '01');
  t.deepEqual((await list(token)).json.keys, []);
  await refused(t, () => remove({ label: 'twin' }), 'KEY_NOT_FOUND', 5);
});

test.serial('keys that ask for trusted keys cross by the commands alone, and the wrapping key is gone', async (t) => {
  const token = await ownToken(t);
  await trustKek(token);
  for (const type of ['ec-p256', 'aes-256'] as const) {
    const pin = { 'pin-file': token.pinFile };
    const target = (await runOnToken(token, 'generate', { ...pin, type, label: type, 'wrap-with-trusted': true })).json;
    const wrapping = (await trust(token, 'wrapping-key', { label: `for ${type}` })).json;
    const out = join(folder, `${type}.byok`);
    const run = await runOnToken(token, 'wrap', {
      ...pin,
      token: undefined,
      module: undefined,
      kek: kek.path,
      'confirm-thumbprint': kek.thumbprint,
      key: target.key,
      'trusted-wrapping-key': wrapping.key,
      out,
    });
    t.is(run.code, 0, run.stderr);
    t.is(run.json.manifest.wrapping.ephemeral, false);
    t.is(run.json.manifest.target.attributes.wrapWithTrusted, true);
    const { plaintext } = openPracticeBlob(practiceKey('kek-2048'), readByok(readFileSync(out)).ciphertext);
    if (type === 'aes-256') t.is(plaintext.length, 32);
    else {
      const { publicKey } = readTargetKey(plaintext, 'EC');
      t.is(publicKey && thumbprintOf(publicKey), target.thumbprint);
    }
    t.deepEqual(
      (await list(token)).json.keys.map((key: { label: string }) => key.label),
      ['kek/01234567'],
    );
  }
});

for (const [command, title, behaviour, code, exit, cause] of [
  ['kek', 'keeps another modulus', { 'swap-kek': 'yes' }, 'KEK_NOT_AS_CONFIRMED', 4, /another modulus/],
  [
    'kek',
    'does not show CKA_TRUSTED',
    { 'hide-attribute': '0x86' },
    'KEY_NOT_AS_ASKED',
    5,
    /CKA_TRUSTED: asked for true, found nothing/,
  ],
  ['kek', 'refuses', { refuse: 'C_CreateObject:0x00000010' }, 'HSM_ERROR', 5, /0x00000010/],
  ['kek', 'is interrupted', { raise: 'C_CreateObject:1:2' }, 'INTERRUPTED', 130, /SIGINT/],
  [
    'wrapping-key',
    'makes shorter keys',
    { 'aes-bits': '128' },
    'KEY_NOT_AS_ASKED',
    5,
    /CKA_VALUE_LEN: asked for 32, found 16/,
  ],
  [
    'wrapping-key',
    'knows no CKA_COPYABLE',
    { 'hide-attribute': '0x171' },
    'KEY_NOT_AS_ASKED',
    5,
    /CKA_COPYABLE: asked for false, found nothing/,
  ],
  ['wrapping-key', 'refuses', { refuse: 'C_GenerateKey:0x00000010' }, 'HSM_ERROR', 5, /0x00000010/],
  ['wrapping-key', 'is interrupted', { raise: 'C_GenerateKey:1:15' }, 'INTERRUPTED', 130, /SIGTERM/],
  ['wrapping-key', 'has locked the PIN', { flags: 'so-locked' }, 'PIN_LOCKED', 5, /security officer's PIN/],
] as const) {
  test(`trust ${command} leaves a token that ${title} as it was`, async (t) => {
    const hsm = await makeOverlayToken(t, behaviour);
    const own = { 'so-pin-file': soPinFile(hsm, hsm.folder), label: 'named' };
    const options = command === 'kek' ? { kek: kek.path, 'confirm-thumbprint': kek.thumbprint } : {};
    const run = await runOnToken(hsm, `trust ${command}`, { ...own, ...options });
    t.is(run.json.error?.code, code, run.stderr);
    t.is(run.code, exit);
    t.regex(run.json.error.cause, cause);
    t.deepEqual(storedObjects(hsm), []);
  });
}
