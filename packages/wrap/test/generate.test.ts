import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPracticeBlob, readByok, readTargetKey, thumbprintOf } from '@keyferry/blob';
import { type Attributes, CKM, EC_PARAMS, loadModule, type Session } from '@keyferry/pkcs11';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeNssToken } from '../../../test/support/nss.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import { practiceKey, TARGET_KEYS } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { makeToken, type TestToken, useToken } from '../../../test/support/softhsm.js';
import { generateTarget } from '../src/generate/generate-target.js';
import { KEY_KINDS, type KeyKindName } from '../src/generate/key-kinds.js';
import { readEcPoint, readRsaPublicKey } from '../src/target/public-objects.js';
import { changedSession } from './support/changed-session.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { runOnToken, type TokenOptions } from './support/token-program.js';

const bin = new URL('../../../node_modules/.bin', import.meta.url).pathname;

let token: TestToken;
let session: Session;

test.before(async () => {
  token = await makeToken(wholeFile, { label: 'hsm' });
  useToken(token);
  session = loadModule(token.module).findToken({ token: 'hsm' }).openSession({ writable: true });
  session.login(token.pin);
});

const generate = (options: TokenOptions) => runOnToken(token, 'generate', { 'pin-file': token.pinFile, ...options });

for (const type of TARGET_KEYS) {
  test(`${type} is made in the token, sensitive and extractable, and told as it is`, async (t) => {
    const { code, json, stderr } = await generate({ type, label: type });
    t.is(code, 0, stderr);
    const kind = KEY_KINDS[type];
    t.like(json, { mode: 'practice', label: type, ...kind });
    t.regex(json.id, /^[0-9a-f]{32}$/);
    const protection = { sensitive: true, alwaysSensitive: true, extractable: true, local: true };
    t.deepEqual(json.attributes, { ...protection, wrapWithTrusted: false });

    const named = { label: type, id: Buffer.from(json.id, 'hex') };
    const [key = 0n as never, ...others] = session.find({ ...named, sensitive: true });
    t.is(others.length, 0);
    const asMade = { ...protection, token: true, private: true, unwrap: false, wrapWithTrusted: false } as const;
    for (const [name, value] of Object.entries(asMade)) t.is(session.read(key, name as keyof Attributes), value, name);
    if (kind.type === 'oct') {
      t.deepEqual(session.find(named), [key]);
      const zeros = await session.encrypt({ type: CKM.AES_ECB }, key, Buffer.alloc(16));
      t.is(json.kcv, zeros.toString('hex').slice(0, 6));
      t.is(json.thumbprint, null);
      return;
    }
    const [open = 0n as never, ...more] = session.find({ ...named, class: 'public-key', private: false, token: true });
    t.is(more.length, 0);
    const published = kind.crv === null ? readRsaPublicKey(session, open) : readEcPoint(session, open, kind.crv);
    t.is(json.thumbprint, published && thumbprintOf(published));
    t.is(json.kcv, null);
    t.deepEqual(json.notChecked, []);
  });
}

for (const type of ['ec-p256', 'aes-128'] as const) {
  test(`the command that is named next wraps ${type}, and what crosses is that key`, async (t) => {
    const folder = privateFolder(t);
    const kek = makeKekFile(folder, 2048);
    const { json } = await generate({ type, label: `it's ${type}` });
    const [next, ...others] = json.next;
    t.is(others.length, 0);
    const rest = `--confirm-thumbprint ${kek.thumbprint} --pin-file ${token.pinFile}`;
    await mustRun('bash', ['-c', `PATH=${bin}:$PATH; ${next.replace('KEK.kek.json', kek.path)} ${rest}`], {
      env: token.env,
      cwd: folder,
    });
    const blob = readByok(readFileSync(join(folder, `it-s-${type}.byok`)));
    const { plaintext } = openPracticeBlob(practiceKey('kek-2048'), blob.ciphertext);
    if (type === 'aes-128') {
      const zeros = createCipheriv('aes-128-ecb', plaintext, null).update(Buffer.alloc(16));
      t.is(zeros.toString('hex').slice(0, 6), json.kcv);
      return;
    }
    const { publicKey } = readTargetKey(plaintext, 'EC');
    t.is(publicKey && thumbprintOf(publicKey), json.thumbprint);
  });
}

test('it is said plainly what EXTRACTABLE alone is worth, and what comes next with WRAP_WITH_TRUSTED', async (t) => {
  const alone = await generate({ type: 'ec-p256', label: 'alone', json: undefined });
  t.regex(alone.stderr, /warning: CKA_EXTRACTABLE without CKA_WRAP_WITH_TRUSTED protects nothing/);
  t.regex(alone.stderr, /warning: PRACTICE/);
  t.regex(alone.stdout, /^PRACTICE KEY\ngenerated {3}EC P-256 key "alone"(.*\n)+next\n {2}keyferry-wrap wrap /);
  const guarded = await generate({ type: 'aes-256', label: 'guarded', 'wrap-with-trusted': true, id: 'A1b2' });
  t.is(guarded.json.attributes.wrapWithTrusted, true);
  t.is(guarded.json.id, 'a1b2');
  t.false(guarded.json.warnings.some((text: string) => text.includes('protects nothing')));
  const [kek, wrappingKey, wrap] = guarded.json.next;
  t.regex(kek, /^keyferry-wrap trust kek --kek KEK\.kek\.json --token hsm /);
  t.regex(wrappingKey, /^keyferry-wrap trust wrapping-key --label WRAPPING-KEY --token hsm /);
  t.regex(wrap, /^keyferry-wrap wrap .* --trusted-wrapping-key /);
});

for (const [what, options] of [
  ['label of a key', { label: 'taken' }],
  ['id of a key', { label: 'other', id: 'cafe01' }],
] as const) {
  test.serial(`the ${what} that exists is not given to a second one`, async (t) => {
    const own = await makeToken(t, { label: `own-${what.slice(0, 2)}`, beside: token });
    const run = (more: TokenOptions) => runOnToken(own, 'generate', { 'pin-file': own.pinFile, ...more });
    t.is((await run({ type: 'ec-p256', label: 'taken', id: 'cafe01' })).code, 0);
    const before = storedObjects(token);
    const { code, json } = await run({ type: 'aes-256', ...options });
    t.is(code, 3);
    t.is(json.error.code, 'LABEL_EXISTS');
    t.regex(json.error.cause, /private-key "taken" with id cafe01/);
    t.deepEqual(storedObjects(token), before);
  });
}

test('a word that is no kind, no label or no id is refused before the token is touched', async (t) => {
  for (const options of [
    { type: 'rsa-1024', label: 'a' },
    { type: 'ec-p256', label: ' ' },
    { type: 'ec-p256', label: 'a\u001b[2J' },
    { type: 'ec-p256', label: 'a', id: 'abc' },
    { type: 'ec-p256', label: 'a', id: '' },
  ]) {
    const { code, json } = await generate({ ...options, module: '/nowhere.so' });
    t.is(code, 2, JSON.stringify(options));
    t.is(json.error.code, 'USAGE');
  }
});

/** Makes a key through a session that does other than it is asked; the token must be the same afterwards. */
async function failing(type: KeyKindName, methods: (real: Session) => Partial<Session>, signal = neverAborted) {
  const before = session.find({});
  const name = { label: `failing ${type}`, id: Buffer.of(1, 2, 3, 4) };
  const request = { kind: KEY_KINDS[type], name, wrapWithTrusted: true };
  const error = await generateTarget(changedSession(session, methods(session)), request, signal).then(
    () => null,
    (reason) => reason,
  );
  return { error, leftBehind: session.find({}).filter((object) => !before.includes(object)) };
}

const neverAborted = new AbortController().signal;

const secretWith = (change: Attributes) => (real: Session) =>
  ({
    generateKey: (mechanism, template) => real.generateKey(mechanism, { ...template, ...change }),
    generateKeyPair: (mechanism, open, secret) => real.generateKeyPair(mechanism, open, { ...secret, ...change }),
  }) satisfies Partial<Session>;

const publicWith = (change: Attributes) => (real: Session) =>
  ({
    generateKeyPair: (mechanism, open, secret) => real.generateKeyPair(mechanism, { ...open, ...change }, secret),
  }) satisfies Partial<Session>;

for (const [title, type, methods, named] of [
  [
    'SENSITIVE',
    'ec-p256',
    secretWith({ sensitive: false }),
    /CKA_SENSITIVE: asked for true, found false.*CKA_ALWAYS_SENSITIVE/,
  ],
  ['EXTRACTABLE', 'aes-256', secretWith({ extractable: false }), /CKA_EXTRACTABLE: asked for true, found false/],
  [
    'WRAP_WITH_TRUSTED',
    'ec-p384',
    secretWith({ wrapWithTrusted: false }),
    /CKA_WRAP_WITH_TRUSTED: asked for true, found false/,
  ],
  ['a use', 'aes-128', secretWith({ unwrap: true }), /CKA_UNWRAP: asked for false, found true/],
  ['the label', 'aes-128', secretWith({ label: 'else' }), /CKA_LABEL: asked for failing aes-128, found else/],
  ['the length', 'aes-192', secretWith({ valueLen: 16 }), /CKA_VALUE_LEN: asked for 24, found 16/],
  [
    'the curve',
    'ec-p256',
    publicWith({ ecParams: EC_PARAMS.secp256k1 }),
    /CKA_EC_PARAMS: asked for 06082a8648ce3d030107, found 06052b8104000a/,
  ],
  ['the modulus', 'rsa-2048', publicWith({ modulusBits: 1024 }), /CKA_MODULUS: asked for 2048 bits, found 1024/],
] as const) {
  test.serial(`a token that changes ${title} is told so, and keeps nothing`, async (t) => {
    const { error, leftBehind } = await failing(type, methods);
    t.is(error.code, 'KEY_NOT_AS_ASKED');
    t.regex(error.reason, named);
    t.deepEqual(leftBehind, []);
  });
}

test.serial('a public object that belongs to another key is found out, and both are destroyed', async (t) => {
  const { error, leftBehind } = await failing('ec-p256', (real) => ({
    async generateKeyPair(...templates) {
      const [one, other] = [await real.generateKeyPair(...templates), await real.generateKeyPair(...templates)];
      real.destroy(one.publicKey);
      real.destroy(other.privateKey);
      return { privateKey: one.privateKey, publicKey: other.publicKey };
    },
  }));
  t.is(error.code, 'KEY_NOT_AS_ASKED');
  t.regex(error.reason, /it belongs to another private key/);
  t.deepEqual(leftBehind, []);
});

test.serial('what SoftHSM leaves half made when it refuses a template is swept, and nothing else', async (t) => {
  const bystander = session.create({ class: 'data', token: true, label: 'bystander', value: Buffer.of(7) } as never);
  for (const type of ['aes-256', 'ec-p256'] as const) {
    const { error, leftBehind } = await failing(type, secretWith({ neverExtractable: true }));
    t.is(error.code, 'HSM_ERROR');
    t.deepEqual(leftBehind, [], type);
  }
  t.deepEqual(session.find({ label: 'bystander' }), [bystander]);
  session.destroy(bystander);
});

test.serial('an interruption while the token is at work leaves nothing', async (t) => {
  const controller = new AbortController();
  const { error, leftBehind } = await failing(
    'ec-p256',
    (real) => ({
      async generateKeyPair(...templates) {
        const made = await real.generateKeyPair(...templates);
        controller.abort(new Error('interrupted'));
        return made;
      },
    }),
    controller.signal,
  );
  t.is(error.message, 'interrupted');
  t.deepEqual(leftBehind, []);
});

for (const [title, behaviour, code, exit, cause] of [
  ['makes shorter keys', { 'aes-bits': '128' }, 'KEY_NOT_AS_ASKED', 5, /CKA_VALUE_LEN: asked for 32, found 16/],
  [
    'does not show whether a key is sensitive',
    { 'hide-attribute': '0x103' },
    'KEY_NOT_AS_ASKED',
    5,
    /CKA_SENSITIVE: asked for true, found nothing/,
  ],
  ['refuses', { refuse: 'C_GenerateKey:0x00000031' }, 'HSM_ERROR', 5, /0x00000031/],
  ['is interrupted', { raise: 'C_GenerateKey:1:2' }, 'INTERRUPTED', 130, /SIGINT/],
] as const) {
  test(`the program leaves a token that ${title} as it was`, async (t) => {
    const hsm = await makeOverlayToken(t, behaviour);
    const options = { type: 'aes-256', label: 'payroll', 'pin-file': hsm.pinFile };
    const run = await runOnToken(hsm, 'generate', options);
    t.is(run.code, exit, run.stderr);
    t.is(run.json.error.code, code);
    t.regex(run.json.error.cause, cause);
    t.deepEqual(storedObjects(hsm), []);
  });
}

test('what a token does not destroy is told', async (t) => {
  const hsm = await makeOverlayToken(t, { 'aes-bits': '128', 'no-destroy': 'yes' });
  const { code, json } = await runOnToken(hsm, 'generate', {
    type: 'aes-256',
    label: 'payroll',
    'pin-file': hsm.pinFile,
  });
  t.is(code, 5);
  t.is(json.error.code, 'HSM_OBJECT_LEFT');
  t.regex(json.error.cause, /"payroll".*CKA_VALUE_LEN.*C_DestroyObject/);
  t.is(storedObjects(hsm).length, 1);
});

test('NSS softokn says of a key that it generates that it came from elsewhere: it is refused, and gone', async (t) => {
  const nss = await makeNssToken(t);
  for (let times = 0; times < 2; times++) {
    const { json } = await runOnToken(nss, 'generate', { type: 'ec-p256', label: 'payroll', 'pin-file': nss.pinFile });
    t.is(json.error.code, 'KEY_NOT_AS_ASKED');
    t.regex(json.error.cause, /CKA_LOCAL: asked for true, found false/);
  }
});
