import { createPublicKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { publicJwkOf, type RsaPublicJwk } from '@keyferry/blob';
import { loadModule } from '@keyferry/pkcs11';
import test, { type ExecutionContext } from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { makeNssToken } from '../../../test/support/nss.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { makeOverlayToken, type OverlayBehaviour } from '../../../test/support/overlay.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun } from '../../../test/support/programs.js';
import { provision, provisionToken } from '../../../test/support/provision.js';
import { SOFTHSM_MODULE, useToken } from '../../../test/support/softhsm.js';
import type { HsmUnderTest } from '../../../test/support/token.js';
import { type Diagnosis, type DoctorOptions, examined, runDoctor, storedObjects } from './support/doctor-program.js';
import { makeKekFile } from './support/kek-file.js';

/** An HSM in hardware that does everything as the standard says. */
const GOOD: OverlayBehaviour = {
  manufacturer: 'Example HSM Co',
  model: 'H1',
  'rsa-aes-key-wrap': 'exact',
  kwp: ['0x210b:exact', '0x210a:exact'],
};

/** One that has the composite alone. */
const { 'rsa-aes-key-wrap': _, ...COMPOSITE } = GOOD;

/** Examines an HSM, which must hold exactly the same objects afterwards. */
async function examine(
  t: ExecutionContext,
  behaviour: OverlayBehaviour,
  options: DoctorOptions = {},
): Promise<Diagnosis> {
  const token = await makeOverlayToken(t, behaviour);
  const before = storedObjects(token);
  const diagnosis = await examined(token, options);
  t.deepEqual(storedObjects(token), before);
  return diagnosis;
}

const idsOf = ({ findings }: Diagnosis, level: string) =>
  findings.filter((each) => each.level === level).map(({ id }) => id);

test('hardware that does all as it should is READY', async (t) => {
  const diagnosis = await examine(t, GOOD);
  t.deepEqual([...idsOf(diagnosis, 'problem'), ...idsOf(diagnosis, 'warning')], []);
  t.is(diagnosis.verdict, 'READY');
  t.is(diagnosis.code, 0);
  for (const kind of ['RSA', 'EC-P-256']) {
    t.regex(diagnosis.words(`wrapping/${kind}`), /CKM_RSA_AES_KEY_WRAP \(0x00001054\), with --strict-der too/);
    for (const number of ['0x00001054', '0x0000210b', '0x0000210a']) {
      t.regex(diagnosis.words(`wrapping/${kind}/${number}`), /RFC 5649, exact/, `${kind} ${number}`);
    }
  }
  t.regex(diagnosis.words('wrapping/oct'), /CKM_AES_KEY_WRAP_KWP \(0x0000210b\)/);
});

test('a key that was generated in hardware, with its KEK: READY for that transfer', async (t) => {
  const token = await makeOverlayToken(t, GOOD);
  const kek = makeKekFile(token.folder, 4096);
  await mustRun(
    'pkcs11-tool',
    [
      ...['--module', token.module, '--token-label', token.label, '--login', '--pin', 'env:HSM_PIN'],
      ...['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'payroll', '--id', '01', '--extractable'],
      ...['--sensitive', '--usage-sign'],
    ],
    { env: { ...token.env, HSM_PIN: token.pin } },
  );
  const key = `pkcs11:token=${token.label};object=payroll`;
  const before = storedObjects(token);
  const diagnosis = await examined(token, { key, kek: kek.path, out: token.folder });
  t.deepEqual(storedObjects(token), before);
  t.deepEqual([...idsOf(diagnosis, 'problem'), ...idsOf(diagnosis, 'warning')], []);
  t.is(diagnosis.verdict, 'READY');
  t.regex(diagnosis.words('wrapping/EC-P-256'), /CKM_RSA_AES_KEY_WRAP/);
  t.deepEqual(diagnosis.levels('wrapping/kek'), ['ok']);
  t.true(idsOf(diagnosis, 'not-checked').includes('key/untouched'));
});

test('a key that wants trusted wrapping keys needs nothing but a trusted KEK where the single call is right', async (t) => {
  const token = await makeOverlayToken(t, GOOD);
  useToken(token);
  const module = loadModule(SOFTHSM_MODULE);
  const [officer, user] = [0, 1].map(() => module.findToken({ token: token.label }).openSession({ writable: true }));
  officer?.login(token.soPin, 'so');
  const { n, e } = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
  officer?.create({
    ...({ class: 'public-key', keyType: 'RSA', token: true, private: false, trusted: true, wrap: true } as const),
    ...{ label: 'kek', modulus: Buffer.from(n, 'base64url'), publicExponent: Buffer.from(e, 'base64url') },
  });
  officer?.logout();
  user?.login(token.pin);
  if (user) provision(user, 'ec-p256', { label: 'guarded', id: Buffer.of(1), wrapWithTrusted: true });
  module.close();
  const options = {
    key: `pkcs11:token=${token.label};object=guarded`,
    kek: makeKekFile(token.folder, 2048).path,
  };
  const good = await examined(token, options);
  t.deepEqual(good.levels('key/trusted-wrapping-key'), ['ok']);
  t.regex(good.words('key/trusted-wrapping-key'), /CKM_RSA_AES_KEY_WRAP/);
  t.not(good.verdict, 'NOT READY');
  const forced = await examined(token, { ...options, mechanism: 'composite' });
  t.deepEqual(forced.levels('key/trusted-wrapping-key'), ['problem']);
  token.setBehaviour({ ...GOOD, 'rsa-aes-key-wrap': 'pkcs7' });
  const lying = await examined(token, options);
  t.deepEqual(lying.levels('key/trusted-wrapping-key'), ['problem']);
});

for (const [name, behaviour, verdict, id, level, words] of [
  [
    '0x210A is PKCS#7 and RFC 3394, but 0x210B is there',
    { ...COMPOSITE, kwp: ['0x210b:exact', '0x210a:pkcs7-rfc3394'] },
    'READY',
    'wrapping/EC-P-256/0x0000210a',
    'ok',
    /never used, what comes out is wrong: PKCS#7 padding and RFC 3394/,
  ],
  [
    '0x210A is PKCS#7 and RFC 3394, and 0x210B is not there',
    { ...COMPOSITE, kwp: '0x210a:pkcs7-rfc3394' },
    'NOT READY',
    'wrapping/EC-P-256',
    'problem',
    /no mechanism of the token makes what the service takes -> .*--kwp-mechanism/,
  ],
  [
    '0x210B lies, and 0x210A is right',
    { ...COMPOSITE, kwp: ['0x210b:zero-rfc3394', '0x210a:exact'] },
    'READY WITH WARNINGS',
    'wrapping/EC-P-256/0x0000210b',
    'warning',
    /zeros as padding and RFC 3394/,
  ],
  [
    'the single call puts zeros behind the key, the composite does not',
    { ...GOOD, 'rsa-aes-key-wrap': 'zero-tail' },
    'READY WITH WARNINGS',
    'wrapping/EC-P-256/0x00001054',
    'warning',
    /rfc5649-zero-tail/,
  ],
  [
    'the single call is listed and refused',
    { ...GOOD, 'rsa-aes-key-wrap': 'refuse:0x70' },
    'READY WITH WARNINGS',
    'wrapping/EC-P-256/0x00001054',
    'warning',
    /the token refuses it: C_WrapKey returned CKR_MECHANISM_INVALID/,
  ],
  [
    'no AES key wrap at all',
    { manufacturer: 'Example HSM Co', hide: ['0x210a', '0x210b'] },
    'NOT READY',
    'wrapping/EC-P-256',
    'problem',
    /does not offer CKM_AES_KEY_WRAP_KWP \(0x0000210b\) or CKM_AES_KEY_WRAP_PAD/,
  ],
  [
    'no RSA-OAEP',
    { ...COMPOSITE, hide: '0x9' },
    'NOT READY',
    'wrapping/oct',
    'problem',
    /does not offer CKM_RSA_PKCS_OAEP/,
  ],
  [
    'OAEP that lies about its hash',
    { ...COMPOSITE, oaep: 'sha256' },
    'NOT READY',
    'wrapping/oct/0x0000210b',
    'warning',
    /RSA-OAEP with SHA-256 in place of SHA-1/,
  ],
  [
    'AES keys that are shorter than asked for',
    { ...COMPOSITE, 'aes-bits': '128' },
    'NOT READY',
    'temporary/aes-key',
    'problem',
    /expected an AES key of 256 bits, found 128/,
  ],
  [
    'a KEK that is swapped in the token',
    { ...GOOD, 'swap-kek': 'yes' },
    'NOT READY',
    'wrapping/oct/0x0000210b',
    'problem',
    /KEK_NOT_AS_CONFIRMED/,
  ],
  [
    'no way to make EC keys',
    { ...GOOD, hide: '0x1040' },
    'READY WITH WARNINGS',
    'mechanisms/0x00001040',
    'warning',
    /--no-probe/,
  ],
  [
    'objects that cannot be destroyed',
    { ...GOOD, 'no-destroy': 'yes' },
    'NOT READY',
    'temporary/destroyed',
    'problem',
    /still there after it was destroyed/,
  ],
  ['a locked PIN', { ...GOOD, flags: 'locked' }, 'NOT READY', 'token/pin', 'problem', /locked/],
  ['a PIN at its last try', { ...GOOD, flags: 'final-try' }, 'READY WITH WARNINGS', 'token/pin', 'warning', /locks/],
  [
    'a PIN that must be changed',
    { ...GOOD, flags: 'to-be-changed' },
    'READY WITH WARNINGS',
    'token/pin-change',
    'warning',
    /new user PIN/,
  ],
  ['a failed self-test', { ...GOOD, flags: 'error' }, 'NOT READY', 'token/error-state', 'problem', /self-test/],
  [
    'no sessions',
    { ...GOOD, refuse: 'C_OpenSession:0xb1' },
    'NOT READY',
    'token/session',
    'problem',
    /CKR_SESSION_COUNT/,
  ],
  [
    'AES keys that cannot be made',
    { ...COMPOSITE, refuse: 'C_GenerateKey:0x6' },
    'NOT READY',
    'temporary/aes-key',
    'problem',
    /C_GenerateKey returned CKR_FUNCTION_FAILED/,
  ],
  [
    'AES keys that cannot be made, but a single call that makes its own',
    { ...GOOD, refuse: 'C_GenerateKey:0x6' },
    'READY WITH WARNINGS',
    'temporary/aes-key',
    'warning',
    /C_GenerateKey returned CKR_FUNCTION_FAILED/,
  ],
  ...(
    [
      ['C_GetMechanismList', 'mechanisms/list'],
      ['C_FindObjectsInit', 'temporary/list'],
      ['C_GetTokenInfo', 'module/tokens'],
    ] as const
  ).map(
    ([call, id]) =>
      [
        `a failing ${call}`,
        { ...GOOD, refuse: `${call}:0x5` },
        'NOT READY',
        id,
        'problem',
        /CKR_GENERAL_ERROR/,
      ] as const,
  ),
] as const) {
  test(`an HSM with ${name}: ${verdict}`, async (t) => {
    const diagnosis = await examine(t, behaviour, { kek: makeKekFile(privateFolder(t), 2048).path });
    t.is(
      diagnosis.verdict,
      verdict,
      JSON.stringify(
        diagnosis.findings.filter(({ level }) => level !== 'ok'),
        null,
        1,
      ),
    );
    t.deepEqual([...new Set(diagnosis.levels(id))], [level]);
    t.regex(diagnosis.words(id), words);
    t.is(diagnosis.code, verdict === 'NOT READY' ? 3 : 0);
  });
}

test('no PIN is given to a token whose PIN is locked, or would be after one more wrong one', async (t) => {
  for (const flags of ['locked', 'final-try']) {
    const token = await makeOverlayToken(t, { ...GOOD, flags });
    const { levels } = await examined(token);
    t.deepEqual(levels('token/login'), ['not-checked'], flags);
    t.false(
      token.trace().some((line) => line.startsWith('C_Login')),
      flags,
    );
  }
});

test('the PIN is typed on the pad of the token, where there is somebody to type it', async (t) => {
  const token = await makeOverlayToken(t, GOOD);
  token.setBehaviour({ ...GOOD, flags: 'pad', 'pad-pin': token.pinFile });
  const alone = await examined(token, { 'pin-file': undefined });
  t.deepEqual(alone.levels('token/login'), ['warning']);
  t.regex(alone.words('token/login'), /type the PIN on the pad/);
  t.false(token.trace().some((line) => line.startsWith('C_Login')));
  const program = fileURLToPath(new URL('../../../node_modules/.bin/keyferry-wrap', import.meta.url));
  const run = await onTerminal(`${program} doctor --module ${token.module} --token ${token.label}`, [], token.env);
  t.is(run.code, 0, run.shown);
  t.regex(run.shown, /Type the PIN on the pad/);
  t.regex(run.shown, /\nREADY\r?\n/);
});

test("a vendor's mechanism is tried when it is named, beside the standard ones", async (t) => {
  const vendor = { ...COMPOSITE, kwp: ['0x8000216f:exact', '0x210a:pkcs7-rfc3394'] };
  const unnamed = await examine(t, vendor);
  t.is(unnamed.verdict, 'NOT READY');
  const named = await examine(t, vendor, { 'kwp-mechanism': '0x8000216F' });
  t.is(named.verdict, 'READY');
  t.regex(named.words('wrapping/EC-P-256'), /a wrap takes 0x8000216f/);
  t.regex(named.words('wrapping/EC-P-256/0x0000210a'), /never used/);
  t.deepEqual(named.levels('mechanisms/0x8000216f'), ['ok']);
});

test('an HSM that is pulled out in the middle ends the examination with its error', async (t) => {
  const token = await makeOverlayToken(t, { ...GOOD, refuse: 'C_WrapKey:2:0x32' });
  const before = storedObjects(token);
  const run = await runDoctor(token);
  t.is(run.code, 5);
  t.regex(run.stderr, /CKR_DEVICE_REMOVED/);
  t.deepEqual(storedObjects(token), before);
});

for (const call of ['C_GenerateKey', 'C_GenerateKeyPair', 'C_CreateObject', 'C_WrapKey', 'C_DestroyObject']) {
  test(`Ctrl-C during ${call} ends it with 130, when all that was made is destroyed`, async (t) => {
    const token = await makeOverlayToken(t, { ...GOOD, raise: `${call}:1:2` });
    const before = storedObjects(token);
    const run = await runDoctor(token);
    t.is(run.code, 130, run.stderr);
    t.regex(run.stderr, /error\[INTERRUPTED\]/);
    t.deepEqual(storedObjects(token), before);
    const { made, destroyed } = objectsIn(token.trace());
    t.deepEqual(destroyed.toSorted(), made.toSorted());
    t.true(made.length > 0);
  });
}

test('all that is made is of the session, and destroyed; nothing else is named but to read it', async (t) => {
  const token = await makeOverlayToken(t, GOOD);
  await provisionToken(token, [
    { key: 'ec-p256', label: 'payroll', id: Buffer.of(1) },
    { key: 'aes-256', label: 'other', id: Buffer.of(2) },
  ]);
  const kek = makeKekFile(token.folder, 2048);
  const past = token.trace().length;
  await examined(token, { key: `pkcs11:token=${token.label};object=payroll`, kek: kek.path });
  const trace = token.trace().slice(past);
  const { made, destroyed, named } = objectsIn(trace);
  t.deepEqual(destroyed.toSorted(), made.toSorted());
  t.deepEqual(
    named.filter((handle) => !made.includes(handle)),
    [],
  );
  t.true(named.length > 10);
  t.false(
    trace.some((line) => /emplate=\S*0x1=true/.test(line)),
    'CKA_TOKEN is never true',
  );
});

/** Handles of objects in a trace: those made, those destroyed, and those that anything but C_GetAttributeValue names. */
function objectsIn(trace: readonly string[]) {
  const handles = (call: RegExp, name: RegExp) =>
    trace
      .filter((line) => call.test(line) && line.endsWith('-> 0x0'))
      .flatMap((line) => [...line.matchAll(name)].map(([, handle]) => handle));
  return {
    made: handles(
      /^C_(GenerateKey|GenerateKeyPair|CreateObject|CopyObject|UnwrapKey|DeriveKey) /,
      /(?:[kK]ey|object)=(\d+)/g,
    ),
    destroyed: handles(/^C_DestroyObject /, /object=(\d+)/g),
    named: handles(/^C_(?!GetAttributeValue|FindObjects)/, /(?:[kK]ey|object)=(\d+)/g),
  };
}

test('NSS does not protect unextractable keys, and its 0x210A is not RFC 5649', async (t) => {
  const token: HsmUnderTest = await makeNssToken(wholeFile);
  const diagnosis = await examined(token);
  t.is(diagnosis.verdict, 'READY WITH WARNINGS', JSON.stringify(diagnosis.findings, null, 1));
  t.deepEqual(diagnosis.levels('token/software'), ['warning']);
  t.deepEqual(diagnosis.levels('trust/extractable'), ['warning']);
  t.regex(diagnosis.words('trust/extractable'), /this token does not protect unextractable keys/);
  t.deepEqual(diagnosis.levels('trust/wrap-with-trusted'), ['warning']);
  t.regex(diagnosis.words('wrapping/EC-P-256/0x0000210a'), /never used, .*: PKCS#7 padding and RFC 3394/);
  t.regex(diagnosis.words('wrapping/EC-P-256'), /CKM_AES_KEY_WRAP_KWP \(0x0000210b\)/);
  t.deepEqual(diagnosis.levels('temporary/left'), ['ok']);
});
