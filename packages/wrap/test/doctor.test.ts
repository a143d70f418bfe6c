import { createPublicKey } from 'node:crypto';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';
import { type Attributes, CKM, loadModule, type Session } from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { provision } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, type TestToken, useToken } from '../../../test/support/softhsm.js';
import { checkByTrying } from '../src/doctor/check-by-trying.js';
import { type DoctorOptions, examined, runDoctor, storedObjects } from './support/doctor-program.js';
import { KID, makeKekFile } from './support/kek-file.js';
import { keyUri } from './support/wrap-program.js';

let token: TestToken;
/** In the same folder: here the security officer trusts the KEK of 2048 bits, and a weak AES key. */
let trusting: TestToken;
/** Here he trusts an AES key as it must be. */
let equipped: TestToken;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  trusting = await makeToken(wholeFile, { label: 'trusting', beside: token });
  equipped = await makeToken(wholeFile, { label: 'equipped', beside: token });
  useToken(token);
  const module = loadModule(SOFTHSM_MODULE);
  try {
    await placeKeys(openSession(module, token, 'user'));
    for (const [made, wrapWithTrusted] of [
      [trusting, false],
      [equipped, true],
    ] as const) {
      const officer = openSession(module, made, 'so');
      await placeTrustedKeys(officer, { wrapWithTrusted });
      officer.logout();
      const user = openSession(module, made, 'user');
      provision(user, 'ec-p256', { label: 'guarded', id: Buffer.of(1), wrapWithTrusted: true });
    }
  } finally {
    module.close();
  }
});

function openSession(
  module: ReturnType<typeof loadModule>,
  { label, pin, soPin }: TestToken,
  who: 'user' | 'so',
): Session {
  const session = module.findToken({ token: label }).openSession({ writable: true });
  session.login(who === 'so' ? soPin : pin, who);
  return session;
}

async function placeKeys(session: Session): Promise<void> {
  let next = 1;
  const id = () => Buffer.of(next++);
  for (const name of ['rsa-2048', 'ec-p256', 'ec-p384', 'aes-256'] as const)
    provision(session, name, { label: name, id: id() });
  provision(session, 'ec-p256', { label: 'stays', id: id(), extractable: false });
  provision(session, 'ec-p256', { label: 'guarded', id: id(), wrapWithTrusted: true });
  provision(session, 'ec-p256', { label: 'mute', id: id(), sign: false, publicObject: false });
  provision(session, 'ec-p256', { label: 'readable', id: id(), sensitive: false });
  provision(session, 'ec-p256', { label: 'twin', id: id() });
  provision(session, 'ec-p384', { label: 'twin', id: id() });
  const secret = { token: true, private: true, sensitive: true, extractable: true } as const;
  await session.generateKeyPair(
    { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
    { token: true, private: false, label: 'rsa-1024', id: id(), modulusBits: 1024, publicExponent: Buffer.of(1, 0, 1) },
    { ...secret, label: 'rsa-1024', sign: true },
  );
  await session.generateKeyPair(
    { type: CKM.EC_KEY_PAIR_GEN },
    { token: true, private: false, label: 'p-224', id: id(), ecParams: Buffer.from('06052b81040021', 'hex') },
    { ...secret, label: 'p-224', sign: true },
  );
  session.create({
    class: 'secret-key',
    keyType: 'generic-secret',
    ...secret,
    label: 'generic',
    value: Buffer.alloc(32, 7),
  });
}

async function placeTrustedKeys(officer: Session, weakness: Attributes): Promise<void> {
  const key = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
  officer.create({
    class: 'public-key',
    keyType: 'RSA',
    token: true,
    private: false,
    label: 'kek',
    trusted: true,
    wrap: true,
    modulus: Buffer.from(key.n, 'base64url'),
    publicExponent: Buffer.from(key.e, 'base64url'),
  });
  const never = { unwrap: false, encrypt: false, decrypt: false, sign: false, verify: false, derive: false } as const;
  const fixed = { modifiable: false, copyable: false } as const;
  await officer.generateKey(
    { type: CKM.AES_KEY_GEN },
    {
      class: 'secret-key',
      keyType: 'AES',
      token: true,
      private: false,
      label: 'officer',
      trusted: true,
      wrap: true,
      sensitive: true,
      extractable: true,
      ...never,
      ...fixed,
      ...weakness,
      valueLen: 32,
    },
  );
}

/** Examines a token, which must hold exactly the same objects afterwards. */
async function examine(t: ExecutionContext, options: DoctorOptions = {}, of: TestToken = token) {
  const before = storedObjects(of);
  const diagnosis = await examined(of, options);
  t.deepEqual(storedObjects(of), before);
  return diagnosis;
}

const idsOf = ({ findings }: { findings: readonly { id: string; level: string }[] }, level: string) =>
  findings.filter((each) => each.level === level).map(({ id }) => id);

test('a good token in software is READY WITH WARNINGS: it is for practice, and it puts zeros behind a key', async (t) => {
  const diagnosis = await examine(t);
  t.is(diagnosis.code, 0);
  t.is(diagnosis.verdict, 'READY WITH WARNINGS');
  t.deepEqual(idsOf(diagnosis, 'problem'), []);
  t.deepEqual(idsOf(diagnosis, 'warning'), [
    'token/software',
    'wrapping/RSA/0x0000210a',
    'wrapping/EC-P-256/0x0000210a',
  ]);
  t.regex(diagnosis.words('wrapping/EC-P-256/0x0000210a'), /rfc5649-zero-tail/);
  t.regex(diagnosis.words('wrapping/EC-P-256'), /--strict-der refuses/);
  t.regex(diagnosis.words('wrapping/oct/0x0000210a'), /RFC 5649, exact/);
  t.regex(diagnosis.words('wrapping/oct'), /CKM_AES_KEY_WRAP_PAD \(0x0000210a\), with --strict-der too/);
  for (const id of ['wrapping/kek-2048', 'wrapping/kek-3072', 'wrapping/kek-4096', 'trust/extractable']) {
    t.deepEqual(diagnosis.levels(id), ['ok'], id);
  }
  for (const id of [
    'temporary/aes-key',
    'temporary/attributes',
    'temporary/destroyed',
    'temporary/left',
    'trust/wrap-with-trusted',
  ]) {
    t.deepEqual(diagnosis.levels(id), ['ok'], id);
  }
  t.deepEqual(idsOf(diagnosis, 'not-checked'), ['kek/file', 'key/object']);
});

test('the report names module, token, mechanisms and make; its last line is the verdict', async (t) => {
  const run = await runDoctor(token);
  const lines = run.stdout.trimEnd().split('\n');
  t.is(lines.at(-1), 'READY WITH WARNINGS');
  t.regex(run.stdout, /SHA-256 [0-9a-f]{64}/);
  t.regex(run.stdout, /"hsm": SoftHSM project SoftHSM v2, serial [0-9a-f]+, firmware 2\.6/);
  t.regex(run.stdout, /CKM_RSA_AES_KEY_WRAP \(0x00001054\).*; the token lacks it/);
  t.regex(run.stdout, /CKM_RSA_PKCS_OAEP \(0x00000009\).*; key size 512 to 16384; .*wrap/);
  t.regex(run.stdout, /known of SoftHSM: .*CKA_TRUSTED/);
  t.false(run.stdout.includes(token.pin) || run.stderr.includes(token.pin));
  const refused = await runDoctor(token, { key: keyUri('stays') });
  t.is(refused.code, 3);
  t.is(refused.stdout.trimEnd().split('\n').at(-1), 'NOT READY');
});

test('with a key, only its own kind is tried; with a KEK, only its own size, and the KEK itself', async (t) => {
  const kek = makeKekFile(privateFolder(t), 3072);
  const diagnosis = await examine(t, { token: undefined, key: keyUri('ec-p384'), kek: kek.path });
  t.is(diagnosis.verdict, 'READY WITH WARNINGS');
  const tried = diagnosis.findings.map(({ id }) => id).filter((id) => id.startsWith('wrapping/'));
  t.deepEqual(tried, ['wrapping/EC-P-384/0x0000210a', 'wrapping/EC-P-384', 'wrapping/kek-3072', 'wrapping/kek']);
  t.regex(diagnosis.words('wrapping/EC-P-384/0x0000210a'), /RFC 5649, exact/);
  t.true(diagnosis.words('kek/thumbprint').includes(kek.thumbprint));
  t.regex(diagnosis.words('key/kind'), /"ec-p384", id 03: EC P-384/);
  t.regex(diagnosis.words('key/attributes'), /sensitive=true.*extractable=true.*wrapWithTrusted=false/);
  t.true(idsOf(diagnosis, 'not-checked').includes('key/untouched'));
  t.true(idsOf(diagnosis, 'not-checked').includes('key/public-part'));
  t.true(idsOf(diagnosis, 'not-checked').includes('kek/attestation'));
});

test('without a PIN it tells what can be seen, and what stays unknown', async (t) => {
  const diagnosis = await examine(t, { 'pin-file': undefined, key: keyUri('ec-p256') });
  t.is(diagnosis.verdict, 'READY WITH WARNINGS');
  t.deepEqual(diagnosis.levels('token/login'), ['warning']);
  t.deepEqual(idsOf(diagnosis, 'not-checked'), [
    'kek/file',
    'key/object',
    'temporary/login',
    'wrapping/login',
    'trust/login',
  ]);
  t.deepEqual(diagnosis.levels('mechanisms/0x0000210a'), ['ok']);
});

test('the token must be one: there is none of that name, there are two, or the options contradict each other', async (t) => {
  const none = await examine(t, { token: 'elsewhere' });
  t.is(none.verdict, 'NOT READY');
  t.is(none.code, 3);
  t.regex(none.words('token/choice'), /TOKEN_NOT_FOUND/);
  t.true(none.findings.every(({ id }) => !id.startsWith('wrapping/')));

  const both = await examine(t, { token: undefined });
  t.is(both.verdict, 'NOT READY');
  t.regex(both.words('token/choice'), /TOKEN_AMBIGUOUS.*name the token with --token/);
  t.regex(both.words('module/tokens'), /"hsm" /);

  const two = await examine(t, { token: 'trusting', key: keyUri('ec-p256') });
  t.is(two.verdict, 'NOT READY');
  t.regex(two.words('token/choice'), /--token names "trusting", and --key "hsm"/);
});

test('one token alone needs no name', async (t) => {
  const alone = await makeToken(t);
  const diagnosis = await examine(t, { token: undefined, 'pin-file': undefined }, alone);
  t.true(diagnosis.words('token/identity').includes(alone.label));
});

test('each kind of key and each size of KEK that is tried is one step of the progress', async (t) => {
  const module = loadModule(SOFTHSM_MODULE);
  const session = openSession(module, token, 'user');
  const shown: (number | 'end')[] = [];
  const progress = (_what: string, total: number) => {
    shown.push(total);
    return { step: (done: number) => void shown.push(done), end: () => void shown.push('end') };
  };
  const tried = { token: module.findToken({ token: token.label }), session, kek: null, target: null, choice: {} };
  await checkByTrying({ ...tried, terminal: { progress } }, [], new AbortController().signal);
  t.deepEqual(shown, [6, 1, 2, 3, 4, 5, 6, 'end']);
  session.close();
});

for (const [label, id, level, words] of [
  ['stays', 'key/extractable', 'problem', /CKA_EXTRACTABLE is false.*can ever change that -> make a new key pair/],
  ['rsa-1024', 'key/kind', 'problem', /KEY_UNSUPPORTED/],
  ['p-224', 'key/kind', 'problem', /06052b81040021/],
  ['generic', 'key/kind', 'problem', /generic-secret/],
  ['nobody', 'key/object', 'problem', /KEY_NOT_FOUND/],
  ['twin', 'key/object', 'problem', /KEY_AMBIGUOUS/],
  ['aes-256', 'key/vault', 'problem', /Managed HSM only/],
  [
    'guarded',
    'key/trusted-kek',
    'problem',
    /no trusted object .* -> the security officer runs: keyferry-wrap trust kek/,
  ],
  ['guarded', 'key/trusted-wrapping-key', 'problem', /keyferry-wrap trust wrapping-key/],
  ['readable', 'key/past', 'warning', /CKA_SENSITIVE is false/],
  ['mute', 'key/public-part', 'warning', /CKA_SIGN is false.*no public object/],
] as const) {
  test(`what stands in the way of the key "${label}" is named: ${id}`, async (t) => {
    const kek = makeKekFile(privateFolder(t), 2048, { kid: KID.replace('managedhsm', 'vault') });
    const diagnosis = await examine(t, { key: keyUri(label), kek: kek.path });
    t.is(diagnosis.verdict, level === 'problem' ? 'NOT READY' : 'READY WITH WARNINGS');
    t.deepEqual(diagnosis.levels(id), [level]);
    t.regex(diagnosis.words(id), words);
  });
}

test('a key that wants trusted wrapping keys is told by its KEK and by the AES keys of the security officer', async (t) => {
  const kek = makeKekFile(privateFolder(t), 2048);
  const onToken = (made: TestToken, options: DoctorOptions) =>
    examine(t, { token: undefined, key: `pkcs11:token=${made.label};object=guarded`, ...options }, made);

  const blind = await onToken(equipped, {});
  t.deepEqual(blind.levels('key/trusted-kek'), ['not-checked']);

  const weak = await onToken(trusting, { kek: kek.path });
  t.deepEqual(weak.levels('key/trusted-kek'), ['ok']);
  t.deepEqual(weak.levels('trust/kek'), ['ok']);
  t.deepEqual(weak.levels('trust/wrapping-key'), ['warning']);
  t.regex(weak.words('trust/wrapping-key'), /"officer".*wrapWithTrusted is not true/);
  t.deepEqual(weak.levels('key/trusted-wrapping-key'), ['problem']);
  t.is(weak.verdict, 'NOT READY');

  const good = await onToken(equipped, { kek: kek.path });
  t.deepEqual(good.levels('trust/wrapping-key'), ['ok']);
  t.deepEqual(good.levels('key/trusted-wrapping-key'), ['ok']);
  t.regex(good.words('key/trusted-wrapping-key'), /"officer".*--trusted-wrapping-key/);
  t.is(good.verdict, 'READY WITH WARNINGS');

  const other = await onToken(equipped, { kek: makeKekFile(privateFolder(t), 3072).path });
  t.deepEqual(other.levels('key/trusted-kek'), ['problem']);
});

test('each rule that a KEK breaks is told, not only the first', async (t) => {
  const kek = makeKekFile(privateFolder(t), 2048, {
    keyOps: ['import', 'wrapKey'],
    attributes: { enabled: false, exp: 1_600_000_000 },
  });
  const diagnosis = await examine(t, { kek: kek.path, 'pin-file': undefined });
  t.is(diagnosis.verdict, 'NOT READY');
  t.deepEqual(diagnosis.levels('kek/rules'), ['problem', 'problem', 'problem']);
  for (const code of ['KEK_OPS_NOT_IMPORT_ONLY', 'KEK_DISABLED', 'KEK_EXPIRED']) {
    t.true(diagnosis.words('kek/rules').includes(code), code);
  }
});

test('a KEK that is not valid yet makes the clock suspicious, and one that soon expires is warned of', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const early = makeKekFile(privateFolder(t), 2048, { attributes: { nbf: now + 86400 } });
  const first = await examine(t, { kek: early.path, 'pin-file': undefined });
  t.regex(first.words('kek/rules'), /KEK_NOT_YET_VALID/);
  t.deepEqual(first.levels('machine/clock'), ['warning']);

  const short = makeKekFile(privateFolder(t), 2048, { attributes: { exp: now + 3600 } });
  const second = await examine(t, { kek: short.path, 'pin-file': undefined });
  t.deepEqual(second.levels('kek/expiry'), ['warning']);
  t.regex(second.words('kek/expiry'), /expires in (5\d|60) minutes/);
});

test('a KEK file that cannot be read is a finding; a PEM wants --kid', async (t) => {
  const folder = privateFolder(t);
  const missing = await examine(t, { kek: join(folder, 'no.kek.json'), 'pin-file': undefined });
  t.is(missing.verdict, 'NOT READY');
  t.regex(missing.words('kek/file'), /FILE_NOT_FOUND/);
  const pem = join(folder, 'kek.pem');
  writeFileSync(pem, createPublicKey(practiceKey('kek-2048')).export({ type: 'spki', format: 'pem' }));
  t.deepEqual((await examine(t, { kek: pem, 'pin-file': undefined })).levels('kek/file'), ['problem']);
  const kid = 'https://bank.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
  const named = await examine(t, { kek: pem, kid, 'pin-file': undefined });
  t.deepEqual(named.levels('kek/file'), ['ok']);
  t.deepEqual(named.levels('kek/ops'), ['not-checked']);
});

test('a wrong PIN is given once, and told; afterwards the token warns of it', async (t) => {
  const own = await makeToken(t, { label: 'own' });
  const wrong = join(own.folder, 'wrong');
  writeFileSync(wrong, 'not-the-pin', { mode: 0o600 });
  const first = await examine(t, { 'pin-file': wrong }, own);
  t.is(first.verdict, 'NOT READY');
  t.regex(first.words('token/login'), /PIN_INCORRECT/);
  t.true(idsOf(first, 'not-checked').includes('wrapping/login'));
  const second = await examine(t, { 'pin-file': undefined }, own);
  t.deepEqual(second.levels('token/pin'), ['warning']);
});

test('the PIN comes from the environment or from the URI of the key as well', async (t) => {
  const key = `${keyUri('aes-256')}?pin-source=file:${token.pinFile}`;
  const fromUri = await examine(t, { 'pin-file': undefined, key });
  t.deepEqual(fromUri.levels('token/login'), ['ok']);
  const fromEnv = await examined(
    token,
    { 'pin-file': undefined, 'pin-env': 'HSM_PIN', key: keyUri('aes-256') },
    { HSM_PIN: token.pin },
  );
  t.deepEqual(fromEnv.levels('token/login'), ['ok']);
  t.is((await runDoctor(token, { 'pin-env': 'HSM_PIN' })).code, 2, 'two sources');
});

test('a PIN file that others can read is refused, as a wrap would refuse it', async (t) => {
  const exposed = join(privateFolder(t), 'pin');
  writeFileSync(exposed, token.pin);
  chmodSync(exposed, 0o644);
  t.regex((await examine(t, { 'pin-file': exposed })).words('token/login'), /SECRET_FILE_EXPOSED/);
});

test('the place of the output is tried, and left as it was', async (t) => {
  const folder = privateFolder(t);
  const good = await examine(t, { out: folder, 'pin-file': undefined });
  t.deepEqual(good.levels('machine/out'), ['ok']);
  t.deepEqual(good.levels('machine/disk'), ['ok']);
  const missing = await examine(t, { out: join(folder, 'nowhere'), 'pin-file': undefined });
  t.is(missing.verdict, 'NOT READY');
  t.regex(missing.words('machine/disk'), /OUTPUT_FOLDER_MISSING/);
});

test('a module that every user can change is warned of', async (t) => {
  const copy = join(privateFolder(t), 'module.so');
  copyFileSync(SOFTHSM_MODULE, copy);
  chmodSync(copy, 0o666);
  t.deepEqual((await examine(t, { module: copy, 'pin-file': undefined })).levels('module/mode'), ['warning']);
});

test('what makes an examination impossible is an error with its own status', async (t) => {
  t.is((await runDoctor(token, { module: undefined })).code, 2);
  t.is((await runDoctor(token, { module: '/nowhere.so' })).code, 5);
  t.is((await runDoctor(token, { key: 'not a URI' })).code, 2);
  const contradiction = { mechanism: 'rsa-aes-key-wrap', 'kwp-mechanism': '0x210b' };
  t.is((await runDoctor(token, contradiction)).code, 2);
});
