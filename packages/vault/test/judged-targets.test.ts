import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { loadModule, type Session } from '@keyferry/pkcs11';
import test from 'ava';
import fc from 'fast-check';
import { wholeFile } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { basePoint, CURVE_FACTS } from '../src/keys/curves.js';
import { WRAPS_ONLY } from '../src/keys/templates.js';
import { CANNOT_CHECK } from '../src/policies.js';
import { ecPkcs8, RSASSA_PSS, rsaPkcs8 } from './support/der.js';
import { seed } from './support/random.js';
import { blobFor, keyHsm, plaintextOf, wrapFor } from './support/transfer.js';
import { openTestVault, type TestVault } from './support/vault.js';

// Targets that open, and what the token can and cannot say about them.

const VAULT = 'https://judged.vault.azure.net';

let opened: TestVault;
let session: Session;
let kek: { kid: string; n: string; e: string };

test.before(async () => {
  opened = await openTestVault(wholeFile, { policies: new Set(['other-public-exponent', 'short-aes-key']) });
  session = loadModule(SOFTHSM_MODULE).findToken({ token: 'keyferry-vault' }).openSession();
  const body = { kty: 'RSA-HSM', key_ops: ['import'] };
  kek = (await opened.client.call('POST', `${VAULT}/keys/kek/create`, body)).body.key;
});

test.after.always(async () => {
  session.close();
  await opened.vault.close();
});

const rsa = practiceKey('rsa-2048').export({ format: 'jwk' });
const other = practiceKey('kek-2048').export({ format: 'jwk' });
const numbers = (...bytes: number[]) => Buffer.from(bytes).toString('base64url');

const der2048 = plaintextOf(practiceKey('rsa-2048'));
const scalar = Buffer.from(practiceKey('ec-p256').export({ format: 'jwk' }).d ?? '', 'base64url');
const { ecParams } = CURVE_FACTS['P-256'];
const RSA = { kty: 'RSA-HSM' };
const P256 = { kty: 'EC-HSM', crv: 'P-256' };

function importRsa(name: string, jwk: JsonWebKey, algorithm?: Buffer) {
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, rsaPkcs8(jwk, algorithm))));
  return opened.client.call('PUT', `${VAULT}/keys/${name}`, { key: { kty: 'RSA-HSM', key_hsm } });
}

function importBytes(name: string, key: Record<string, unknown>, plaintext: Buffer, aesKey = randomBytes(32)) {
  const key_hsm = keyHsm(blobFor(kek.kid, wrapFor(kek, plaintext, { aesKey })));
  return opened.client.call('PUT', `${VAULT}/keys/${name}`, { key: { ...key, key_hsm } });
}

function evenModulus(): string {
  const n = Buffer.from(rsa.n ?? '', 'base64url');
  n[n.length - 1] = (n.at(-1) ?? 0) & 0xfe;
  return n.toString('base64url');
}

const refused: readonly (readonly [what: string, inner: string, jwk: JsonWebKey])[] = [
  ['the exponent 1, under which every number signs itself', 'TargetExponent', { ...rsa, e: numbers(1), d: numbers(1) }],
  ['an even exponent', 'TargetExponent', { ...rsa, e: numbers(1, 0, 0) }],
  ['an exponent of 9 bytes', 'TargetExponent', { ...rsa, e: numbers(1, 0, 0, 0, 0, 0, 0, 0, 1) }],
  ['the exponent 0', 'TargetExponent', { ...rsa, e: numbers(0) }],
  ['an exponent that is not the one of d', 'TargetInconsistent', { ...rsa, e: numbers(3) }],
  ['an even modulus', 'TargetInconsistent', { ...rsa, n: evenModulus() }],
  ['a modulus of another key', 'TargetInconsistent', { ...rsa, n: other.n ?? '' }],
  ['the private part of another key', 'TargetInconsistent', { ...other, n: rsa.n ?? '' }],
  ['a modulus of 2047 bits', 'TargetSize', { ...rsa, n: numbers(0x7f, ...randomBytes(254), 1) }],
  ['no modulus', 'TargetSize', { ...rsa, n: numbers(0) }],
];

for (const [what, inner, jwk] of refused) {
  test(`an RSA key with ${what} is refused, and nothing of it stays in the token`, async (t) => {
    const { status, body, text } = await importRsa('refused', jwk);
    t.is(status, 400, text);
    t.is(body.error.innererror?.code, `KeyferryVault.${inner}`, text);
  });
}

for (const bytes of [0, 1, 8, 15, 17, 31, 33, 40, 64, 128, 214]) {
  test(`an "AES key" of ${bytes} bytes is refused for its size`, async (t) => {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: kek.n, e: kek.e } });
    const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
    const ciphertext = Buffer.concat([publicEncrypt(oaep, randomBytes(bytes)), randomBytes(72)]);
    const { status, body, text } = await opened.client.call('PUT', `${VAULT}/keys/refused`, {
      key: { ...P256, key_hsm: keyHsm(blobFor(kek.kid, ciphertext)) },
    });
    t.is(status, 400, text);
    t.is(body.error.innererror?.code, 'KeyferryVault.AesKeySize', text);
  });
}

test('what is no key, or does not open, leaves nothing half made in any session', async (t) => {
  const sec1 = practiceKey('ec-p256').export({ format: 'der', type: 'sec1' });
  for (const [inner, plaintext, key] of [
    ['TargetEncoding', sec1, P256],
    ['TargetEncoding', randomBytes(1200), RSA],
    ['TargetCurve', plaintextOf(practiceKey('ec-p384')), P256],
  ] as const) {
    for (let time = 0; time < 5; time += 1) {
      const { body } = await importBytes('refused', key, plaintext);
      t.is(body.error.innererror?.code, `KeyferryVault.${inner}`);
    }
  }
  const damaged = wrapFor(kek, plaintextOf(practiceKey('ec-p256')));
  damaged.writeUInt8((damaged.at(-1) ?? 0) ^ 1, damaged.length - 1);
  const { body } = await opened.client.call('PUT', `${VAULT}/keys/refused`, {
    key: { ...P256, key_hsm: keyHsm(blobFor(kek.kid, damaged)) },
  });
  t.is(body.error.innererror?.code, 'KeyferryVault.KwpFailed');
});

/** Bytes put over others, cut away or put between. */
const change = fc.record({
  how: fc.constantFrom('over', 'cut', 'between'),
  where: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(Buffer.alloc(200), Buffer.alloc(40, 255)),
  ),
});

function changed(plaintext: Buffer, changes: readonly { how: string; where: number; bytes: Uint8Array }[]): Buffer {
  return changes.reduce((before, { how, where, bytes }) => {
    const at = Math.floor(where * before.length);
    const rest = before.subarray(how === 'between' ? at : Math.min(before.length, at + bytes.length));
    const all = Buffer.concat([before.subarray(0, at), how === 'cut' ? Buffer.alloc(0) : bytes, rest]);
    return all.length < 9 ? before : all;
  }, plaintext);
}

test('whatever is done to a PKCS#8, it is refused by name, or is a key that signs as it says', async (t) => {
  const from = seed();
  t.log(`KEYFERRY_SEED=${from}`);
  const targets = [
    ['rsa-2048', RSA],
    ['ec-p256', P256],
    ['ec-p521', { kty: 'EC-HSM', crv: 'P-521' }],
    ['ec-secp256k1', { kty: 'EC-HSM', crv: 'P-256K' }],
  ] as const;
  const property = fc.asyncProperty(
    fc.constantFrom(...targets),
    fc.array(change, { minLength: 1, maxLength: 3 }),
    async ([source, key], changes) => {
      const { status, body } = await importBytes('changed', key, changed(plaintextOf(practiceKey(source)), changes));
      return status === 200 || (status === 400 && /^KeyferryVault\.Target/.test(body.error.innererror?.code));
    },
  );
  await fc.assert(property, { numRuns: Number(process.env.KEYFERRY_RUNS ?? 150), seed: from, endOnFailure: true });
  t.deepEqual(opened.unforeseen, []);
});

test('an RSA key with the exponent 3 is taken when the policy says so', async (t) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  const { status, body, text } = await importRsa('three', privateKey.export({ format: 'jwk' }));
  t.is(status, 200, text);
  t.is(body.key.e, 'Aw');
});

for (const bits of [128, 192]) {
  test(`an AES key of ${bits} bits opens a transfer when the policy says so`, async (t) => {
    const key = { kty: 'EC-HSM', crv: 'P-256' };
    const { status, text } = await importBytes(
      `aes-${bits}`,
      key,
      plaintextOf(practiceKey('ec-p256')),
      randomBytes(bits / 8),
    );
    t.is(status, 200, text);
  });
}

/** As a private value it does what 1 does. */
const orderAndOne = Buffer.from(CURVE_FACTS['P-256'].order);
orderAndOne[31] = (orderAndOne[31] ?? 0) + 1;

/** In the order of CANNOT_CHECK. */
const unchecked: readonly (readonly (readonly [what: string, key: Record<string, string>, plaintext: Buffer])[])[] = [
  [['random bytes after the DER', RSA, Buffer.concat([der2048, randomBytes(100)])]],
  [
    ['another d', RSA, rsaPkcs8({ ...rsa, d: other.d ?? '' })],
    ['other factors', RSA, rsaPkcs8({ ...other, n: rsa.n ?? '', e: rsa.e ?? '', d: rsa.d ?? '' })],
    ['another qInv', RSA, rsaPkcs8({ ...rsa, qi: other.qi ?? '' })],
  ],
  [['the base point', P256, ecPkcs8(ecParams, scalar, basePoint('P-256'))]],
  [['the order and one', P256, ecPkcs8(ecParams, orderAndOne, basePoint('P-256'))]],
  [['the identifier of RSASSA-PSS', RSA, rsaPkcs8(rsa, RSASSA_PSS)]],
  [['a length in more bytes than it needs', RSA, longForm(rsaPkcs8(rsa))]],
  [['version 2 of PKCS#8', RSA, versionTwo(rsaPkcs8(rsa))]],
];

/** The outermost length in three bytes where two would do: BER, not DER. */
function longForm(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x83, 0), bytes.subarray(2)]);
}

/** The INTEGER right after the outermost header of four bytes. */
function versionTwo(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 6), Buffer.of(2), bytes.subarray(7)]);
}

for (const [at, { what: point }] of CANNOT_CHECK.entries()) {
  for (const [what, key, plaintext] of unchecked[at] ?? []) {
    test(`cannot check ${point}: ${what} is taken`, async (t) => {
      const { status, text } = await importBytes(`unchecked-${at}-${what.length}`, key, plaintext);
      t.is(status, 200, text);
    });
  }
}

test('what cannot be checked is tried, each point of the list', (t) => {
  t.is(unchecked.length, CANNOT_CHECK.length);
});

test('an EC key shows the public key of its private value, whatever its PKCS#8 says', async (t) => {
  const plaintext = ecPkcs8(ecParams, scalar, basePoint('P-256'));
  const { body } = await importBytes('right-point', P256, plaintext);
  const { x, y } = createPublicKey(practiceKey('ec-p256')).export({ format: 'jwk' });
  t.like(body.key, { x, y });
});

test.after('nothing was unforeseen, and no session object is left but the throwaway keys of idle sessions', (t) => {
  t.deepEqual(opened.unforeseen, []);
  const throwaways = new Set(session.find({ ...WRAPS_ONLY, token: false, extractable: false }));
  t.true(throwaways.size <= 4, `${throwaways.size}`);
  t.deepEqual(
    session.find({ token: false }).filter((object) => !throwaways.has(object)),
    [],
  );
});
