import { createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Manifest,
  openPracticeBlob,
  publicJwkOf,
  readByok,
  readManifest,
  readTargetKey,
  samePublicKey,
} from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeNssToken } from '../../../test/support/nss.js';
import { makeOverlayToken, type OverlayBehaviour } from '../../../test/support/overlay.js';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken } from '../../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../../test/support/token.js';
import { storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';
import { keyUri, type WrapOptions, wrapOn } from './support/wrap-program.js';

const TARGETS = ['rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'aes-128', 'aes-256'] as const;

/** Hardware by its name, with every mechanism, each as the standard words it. */
const GOOD: OverlayBehaviour = {
  manufacturer: 'Example HSM Co',
  model: 'H1',
  'rsa-aes-key-wrap': 'exact',
  kwp: ['0x210b:exact', '0x210a:exact'],
};

interface Subject {
  readonly make: () => Promise<HsmUnderTest>;
  readonly targets: readonly PracticeKeyName[];
  readonly mode: Manifest['mode'];
  /** Of an asymmetric key and of an AES key. */
  readonly mechanisms: readonly [inner: string | null, innerOfAes: string];
  readonly flavours: readonly Manifest['wrapping']['flavour'][];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  SoftHSM2: {
    make: () => makeToken(wholeFile, { label: 'hsm' }),
    targets: TARGETS,
    mode: 'practice',
    mechanisms: ['0x0000210a', '0x0000210a'],
    flavours: ['rfc5649', 'rfc5649-zero-tail'],
  },
  'NSS softokn': {
    make: () => makeNssToken(wholeFile, { label: 'hsm' }),
    targets: TARGETS.filter((name) => name !== 'ec-secp256k1'),
    mode: 'practice',
    mechanisms: ['0x0000210b', '0x0000210b'],
    flavours: ['rfc5649'],
  },
  'hardware with CKM_RSA_AES_KEY_WRAP': {
    make: () => makeOverlayToken(wholeFile, GOOD, { label: 'hsm' }),
    targets: TARGETS,
    mode: 'production',
    mechanisms: [null, '0x0000210b'],
    flavours: ['rfc5649'],
  },
};

const tokens = new Map<string, HsmUnderTest>();

test.before(async () => {
  for (const [name, { make, targets }] of Object.entries(SUBJECTS)) {
    const token = await make();
    await provisionToken(
      token,
      targets.map((key, index) => ({ key, label: key, id: Buffer.of(0xa0, index) })),
    );
    tokens.set(name, token);
  }
});

async function wrap(t: ExecutionContext, token: HsmUnderTest, key: PracticeKeyName, options: WrapOptions = {}) {
  const folder = privateFolder(t);
  const kek = makeKekFile(folder, 2048);
  const out = join(folder, 'a.byok');
  const common = { kek: kek.path, key: keyUri(key), 'confirm-thumbprint': kek.thumbprint, out };
  const run = await wrapOn(token, { ...common, ...options });
  return { run, out, folder, manifest: () => readManifest(readFileSync(join(folder, 'a.manifest.json'))) };
}

/** The blob holds the practice key. */
function holds(t: ExecutionContext, out: string, name: PracticeKeyName) {
  const { plaintext, aesBits } = openPracticeBlob(practiceKey('kek-2048'), readByok(readFileSync(out)).ciphertext);
  t.is(aesBits, 256);
  const key = practiceKey(name);
  if (key.type === 'secret') {
    t.deepEqual(plaintext, key.export());
    return;
  }
  const inside = readTargetKey(plaintext, key.asymmetricKeyType === 'rsa' ? 'RSA' : 'EC').publicKey;
  t.true(inside !== null && samePublicKey(inside, publicJwkOf(createPublicKey(key))), name);
}

for (const [name, subject] of Object.entries(SUBJECTS)) {
  for (const target of subject.targets) {
    test(`${name}: ${target} crosses, is rehearsed, and is the same key inside`, async (t) => {
      const token = tokens.get(name);
      if (token === undefined) return t.fail();
      const isAes = target.startsWith('aes');
      const { run, out, manifest } = await wrap(t, token, target, { 'rehearse-target': true });
      t.is(run.code, 0, run.stderr);
      holds(t, out, target);
      const { wrapping, mode, target: described } = manifest();
      t.is(mode, subject.mode);
      t.is(wrapping.inner, subject.mechanisms[isAes ? 1 : 0]);
      t.is(wrapping.mechanism, wrapping.inner === null ? 'rsa-aes-key-wrap' : 'composite');
      t.is(wrapping.outer, wrapping.inner === null ? '0x00001054' : '0x00000009');
      t.true(subject.flavours.includes(wrapping.flavour), wrapping.flavour);
      t.true(wrapping.probed && wrapping.rehearsed && wrapping.ephemeral);
      t.is(described.publicKey === null, isAes);
    });
  }
}

/** Makes a token that behaves so, with one key, wraps it, and shows that the token holds what it held before. */
async function onOverlay(
  t: ExecutionContext,
  behaviour: OverlayBehaviour,
  options: WrapOptions = {},
  key: PracticeKeyName = 'ec-p256',
) {
  const token = await makeOverlayToken(t, {}, { label: 'hsm' });
  await provisionToken(token, [{ key, label: key, id: Buffer.of(1) }]);
  const before = storedObjects(token);
  token.setBehaviour(behaviour);
  const done = await wrap(t, token, key, options);
  t.deepEqual(storedObjects(token), before);
  return { ...done, token };
}

/** The code with which a wrap failed; it wrote no file. */
async function refused(t: ExecutionContext, ...args: [OverlayBehaviour, WrapOptions?, PracticeKeyName?]) {
  const { run, folder } = await onOverlay(t, ...args);
  t.deepEqual(
    readdirSync(folder).filter((name) => !name.endsWith('.kek.json')),
    [],
  );
  const { error } = JSON.parse(run.stdout);
  t.regex(run.stderr, /^hint: ./m);
  return { code: error.code as string, cause: error.cause as string, exit: run.code };
}

test('the parameters of the one call are those of Azure', async (t) => {
  const { run, token } = await onOverlay(t, GOOD);
  t.is(run.code, 0, run.stderr);
  const calls = token.trace().filter((line) => /^C_WrapKey\b/.test(line) && line.includes('0x1054'));
  t.is(calls.length, 2, 'the probe and the key');
  for (const call of calls) t.regex(call, /256.*0x220.*mgf=(0x)?1\b/);
});

test('PKCS#7 and RFC 3394 in place of RFC 5649 is refused, and the other mechanism taken', async (t) => {
  const { run, out, manifest } = await onOverlay(t, { kwp: ['0x210b:pkcs7-rfc3394', '0x210a:exact'] });
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /CKM_AES_KEY_WRAP_KWP \(0x0000210b\) is not used: .*PKCS#7 padding and RFC 3394/);
  t.is(manifest().wrapping.inner, '0x0000210a');
  holds(t, out, 'ec-p256');
  const nothing = await refused(t, { kwp: ['0x210a:pkcs7-rfc3394'] });
  t.is(nothing.code, 'MECHANISM_NOT_RFC5649');
  t.is(nothing.exit, 5);
});

const LIES: readonly [title: string, behaviour: OverlayBehaviour, found: RegExp][] = [
  ['RFC 3394 over zeros', { kwp: ['0x210a:zero-rfc3394'] }, /zeros as padding and RFC 3394/],
  ['another initial value', { kwp: ['0x210a:wrong-aiv'] }, /neither RFC 5649 nor RFC 3394/],
  ['OAEP with SHA-256', { oaep: 'sha256' }, /RSA-OAEP with SHA-256 in place of SHA-1/],
  ['an AES key of 128 bits', { 'aes-bits': '128' }, /an AES key of 128 bits/],
];

for (const [title, behaviour, found] of LIES) {
  test(`an HSM that lies is found out before the key moves: ${title}`, async (t) => {
    const { code, cause } = await refused(t, behaviour);
    t.is(code, 'MECHANISM_NOT_RFC5649');
    t.regex(cause, found);
  });
}

test("a vendor's mechanism is taken by its number", async (t) => {
  const { run, out, manifest } = await onOverlay(
    t,
    { ...GOOD, kwp: ['0x8000216f:exact'] },
    { 'kwp-mechanism': '0x8000216F' },
  );
  t.is(run.code, 0, run.stderr);
  t.is(manifest().wrapping.inner, '0x8000216f');
  holds(t, out, 'ec-p256');
});

test('a token that refuses the one call is wrapped with by the composite, which is said', async (t) => {
  const { run, out, manifest } = await onOverlay(t, { ...GOOD, 'rsa-aes-key-wrap': 'refuse:0x71' });
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /CKM_RSA_AES_KEY_WRAP \(0x00001054\) is not used: the token refuses it .*0x00000071/);
  t.is(manifest().wrapping.mechanism, 'composite');
  holds(t, out, 'ec-p256');
  const forced = await refused(t, { ...GOOD, 'rsa-aes-key-wrap': 'refuse:0x71' }, { mechanism: 'rsa-aes-key-wrap' });
  t.is(forced.code, 'MECHANISM_NOT_RFC5649');
});

test('a token that refuses the one call for the real key alone is wrapped with by the composite', async (t) => {
  const { run, out, manifest } = await onOverlay(t, { ...GOOD, refuse: 'C_WrapKey:2:0x60' });
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /the token refuses it for this key/);
  t.is(manifest().wrapping.mechanism, 'composite');
  holds(t, out, 'ec-p256');
});

test('another KEK in the token than the one that was confirmed is never used', async (t) => {
  for (const behaviour of [{ 'swap-kek': 'yes' }, { ...GOOD, 'swap-kek': 'yes' }]) {
    const { code, exit } = await refused(t, behaviour, { 'no-probe': true });
    t.is(code, 'KEK_NOT_AS_CONFIRMED');
    t.is(exit, 4);
  }
  const hidden = await refused(t, { 'swap-kek': 'hidden' });
  t.is(hidden.code, 'MECHANISM_NOT_RFC5649', 'the probe opens what was wrapped, and cannot');
});

test('the PIN is typed on the pad of a token that has one', async (t) => {
  const token = await makeOverlayToken(t, {}, { label: 'hsm' });
  await provisionToken(token, [{ key: 'ec-p256', label: 'ec-p256', id: Buffer.of(1) }]);
  token.setBehaviour({ flags: 'pad', 'pad-pin': token.pinFile });
  const { run, out } = await wrap(t, token, 'ec-p256', { 'pin-file': undefined });
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /on the pad of token "hsm"/);
  holds(t, out, 'ec-p256');
});

test('a locked PIN is not tried, and the last try is announced', async (t) => {
  const { code, exit } = await refused(t, { flags: 'locked' });
  t.is(code, 'PIN_LOCKED');
  t.is(exit, 5);
  const { run } = await onOverlay(t, { flags: 'final-try' });
  t.regex(run.stderr, /warning: one more wrong PIN locks token "hsm"/);
});

test('an HSM that cannot destroy temporary keys is reported, and no blob is written', async (t) => {
  t.is((await refused(t, { 'no-destroy': 'yes' })).code, 'HSM_LEFTOVER');
});

test('a refusal of any call leaves no object and no file, and names the call', async (t) => {
  const { token } = await onOverlay(t, GOOD);
  const names = new Set(token.trace().map((line) => /^C_\w+/.exec(line)?.[0] ?? ''));
  // Ending does no work, a refused C_WrapKey is told from the others above, and a signature proves but is not needed.
  const without = ['', 'C_Finalize', 'C_GetFunctionList', 'C_CloseSession', 'C_WrapKey', 'C_SignInit', 'C_Sign'];
  const fatal = [...names].filter((name) => !without.includes(name));
  t.true(fatal.length > 10, fatal.join());
  for (const name of fatal) {
    const { run, out } = await onOverlay(t, { ...GOOD, refuse: `${name}:0x30` });
    t.false(existsSync(out), name);
    const { error } = JSON.parse(run.stdout);
    t.true(['HSM_ERROR', 'HSM_LEFTOVER', 'PROBE_IMPOSSIBLE'].includes(error.code), `${name}: ${error.code}`);
    t.regex(error.cause, new RegExp(name), name);
  }
});
