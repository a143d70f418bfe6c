import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { publicJwkOf, publicKeyPem } from '../src/jwk.js';
import { readKek } from '../src/kek-reading.js';
import { thumbprintOf } from '../src/thumbprint.js';
import { bits, integer, NULL, OID, sequence } from './support/der.js';
import { codeOf, refusal } from './support/refusal.js';
import { azKey, json, KEK_SIZES, KID, kekDer, kekFile, kekJwk, kekPem, manifest, VERSION } from './support/samples.js';

const OTHER_KID = `https://other.vault.azure.net/keys/kek/${VERSION}`;
const UNSEEN = ['kek-ops', 'kek-state', 'kek-dates'];
const NEVER_SEEN = ['kek-attestation', 'kek-signature'];

for (const size of KEK_SIZES) {
  test(`a KEK of ${size} bits reads the same from each form`, (t) => {
    const key = kekJwk(size);
    const forms: [form: string, bytes: Buffer, kid: string | undefined][] = [
      ['spki', Buffer.from(kekPem(size)), KID],
      ['spki', Buffer.from(`KEK of the bank\n${kekPem(size).replaceAll('\n', '\r\n')}`), KID],
      ['spki', kekDer(size), KID],
      ['jwk', json(key), KID],
      ['jwk', json({ ...key, kid: KID, kty: 'RSA-HSM' }), undefined],
      ['jwk', json({ ...key, kid: KID }), KID],
      ['az-key-show', json(azKey({ n: Buffer.from(key.n, 'base64url').toString('base64') })), undefined],
    ];
    for (const [form, bytes, kid] of forms) {
      const kek = readKek(bytes, { kid });
      t.is(kek.form, form as typeof kek.form);
      t.deepEqual(kek.key, key);
      t.is(kek.bits, size);
      t.is(kek.thumbprint, thumbprintOf(key));
      t.is(kek.kid.text, KID);
      t.is(kek.kidSource, bytes.includes(KID) ? 'file' : 'given');
      t.is(kek.fetchedAt, null);
      t.is(kek.tool, null);
    }
  });
}

test('what az key show prints carries operations, state and dates', (t) => {
  const kek = readKek(json(azKey({}, { notBefore: '2026-11-01T02:00:00.5+02:00' })));
  t.deepEqual(kek.keyOps, ['import']);
  t.deepEqual(kek.attributes, {
    enabled: true,
    exp: Date.UTC(2026, 10, 30) / 1000,
    nbf: Date.UTC(2026, 10, 1) / 1000 + 1,
    hsmPlatform: '2',
  });
  t.deepEqual(kek.notChecked, NEVER_SEEN);
});

test('an answer of the REST API is read like it, with its own spellings', (t) => {
  const kek = readKek(
    json({
      key: { ...kekJwk(3072), kid: KID, kty: 'RSA-HSM', key_ops: ['import', 'wrapKey'] },
      attributes: { enabled: false, exp: 1_800_000_000, attestation: { version: 'MRVL-1' } },
    }),
  );
  t.deepEqual(kek.keyOps, ['import', 'wrapKey']);
  t.deepEqual(kek.attributes, { enabled: false, exp: 1_800_000_000, nbf: null, hsmPlatform: null });
  t.deepEqual(kek.attestation, { version: 'MRVL-1' });
});

test('what a form cannot carry is listed as not checked', (t) => {
  t.deepEqual(readKek(kekDer(2048), { kid: KID }).notChecked, [...UNSEEN, ...NEVER_SEEN]);
  t.deepEqual(readKek(json({ ...kekJwk(2048), key_ops: ['import'] }), { kid: KID }).notChecked, [
    'kek-state',
    'kek-dates',
    ...NEVER_SEEN,
  ]);
  t.deepEqual(readKek(json({ key: { ...kekJwk(2048), kty: 'RSA-HSM', kid: KID } })).notChecked, [
    ...UNSEEN,
    ...NEVER_SEEN,
  ]);
  t.deepEqual(readKek(json(azKey({}, { enabled: null }))).notChecked, ['kek-state', ...NEVER_SEEN]);
});

const file = (): Record<string, unknown> => JSON.parse(kekFile().toString());
const pss = sequence(sequence(OID.rsaPss), bits(sequence(integer(2n ** 2047n + 1n), integer(65537))));
const evenExponent = sequence(sequence(OID.rsaEncryption, NULL), bits(sequence(integer(15), integer(65536))));

const REFUSED: readonly [what: string, input: string | Uint8Array, code: ErrorCode, kid?: string][] = [
  ['nothing', '', 'KEK_UNREADABLE', KID],
  ['text', 'Dear colleague, here is the key', 'KEK_UNREADABLE', KID],
  ['zeros', Buffer.alloc(300), 'KEK_UNREADABLE', KID],
  ['too many bytes', Buffer.alloc(256 * 1024 + 1, 0x20), 'KEK_UNREADABLE', KID],
  ['a PEM that is cut off', kekPem(2048).slice(0, 200), 'KEK_UNREADABLE', KID],
  ['a PEM without a line of its middle', kekPem(2048).replace(/\n.{64}\n/, '\n'), 'KEK_UNREADABLE', KID],
  ['DER with a byte after it', Buffer.concat([kekDer(2048), Buffer.from([0])]), 'KEK_UNREADABLE', KID],
  ['DER without its last byte', kekDer(2048).subarray(0, -1), 'KEK_UNREADABLE', KID],
  ['an RSASSA-PSS key', pss, 'KEK_NOT_RSA', KID],
  ['an EC key in PEM', publicKeyPem(publicJwkOf(practiceKey('ec-p256'))), 'KEK_NOT_RSA', KID],
  ['an EC key as JWK', json(publicJwkOf(practiceKey('ec-p256'))), 'KEK_NOT_RSA', KID],
  ['an EC key of az', json(azKey({ kty: 'EC-HSM' })), 'KEK_NOT_RSA'],
  ['a key that az shows in software', json(azKey({ kty: 'RSA' })), 'KEK_NOT_IN_HSM'],
  ['no kid', kekPem(2048), 'KEK_KID_MISSING'],
  ['no kid in az', json(azKey({ kid: null })), 'KEK_KID_MISSING'],
  ['another kid beside it', json(azKey()), 'KEK_KID_CONFLICT', OTHER_KID],
  ['a kid in other letters beside it', json(azKey()), 'KEK_KID_CONFLICT', KID.toUpperCase()],
  ['a kid without version', kekPem(2048), 'KID_UNVERSIONED', 'https://bank.vault.azure.net/keys/kek'],
  ['a kid of a stranger', json(azKey({ kid: KID.replace('azure.net', 'azure.net.evil.com') })), 'KID_FOREIGN_HOST'],
  ['a kid that is no URL', json({ ...kekJwk(2048), kid: 'my-kek' }), 'KID_INVALID'],
  ['a private PKCS#8 PEM', practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem' }), 'KEK_IS_PRIVATE', KID],
  ['a private PKCS#1 PEM', practiceKey('kek-2048').export({ type: 'pkcs1', format: 'pem' }), 'KEK_IS_PRIVATE', KID],
  ['an encrypted PEM', encryptedPem(), 'KEK_IS_PRIVATE', KID],
  ['an OpenSSH private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n', 'KEK_IS_PRIVATE', KID],
  [
    'half a private PEM',
    practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem' }).slice(0, 99),
    'KEK_IS_PRIVATE',
    KID,
  ],
  ['private PKCS#8 DER', practiceKey('kek-2048').export({ type: 'pkcs8', format: 'der' }), 'KEK_IS_PRIVATE', KID],
  ['private PKCS#1 DER', practiceKey('kek-2048').export({ type: 'pkcs1', format: 'der' }), 'KEK_IS_PRIVATE', KID],
  ['a private JWK', json(practiceKey('kek-2048').export({ format: 'jwk' })), 'KEK_IS_PRIVATE', KID],
  ['a private member in az', json(azKey({ qi: 'AQAB' })), 'KEK_IS_PRIVATE'],
  ['a secret member in az', json(azKey({ k: '' })), 'KEK_IS_PRIVATE'],
  ['a private member in our file', json({ ...file(), key: { ...kekJwk(2048), d: 'AQAB' } }), 'KEK_IS_PRIVATE'],
  ['a byte order mark', `\uFEFF${JSON.stringify(azKey())}`, 'JSON_INVALID'],
  ['UTF-16', Buffer.from(`\uFEFF${JSON.stringify(azKey())}`, 'utf16le'), 'FILE_NOT_UTF8'],
  ['a member twice', JSON.stringify(azKey()).replace('"tags"', '"\\u006bey":{},"tags"'), 'JSON_DUPLICATE_MEMBER'],
  ['cut-off JSON', JSON.stringify(azKey()).slice(0, 400), 'JSON_INVALID'],
  ['an array', '[]', 'KEK_UNREADABLE'],
  ['an empty object', '{}', 'KEK_UNREADABLE'],
  ['a set of JWKs', json({ keys: [kekJwk(2048)] }), 'KEK_UNREADABLE'],
  ['a manifest', json(manifest()), 'KEK_UNREADABLE'],
  ['a later version of our file', json({ ...file(), schema: 'keyferry/kek/2' }), 'KEK_UNREADABLE'],
  ['an unknown member in our file', json({ ...file(), note: '' }), 'KEK_UNREADABLE'],
  ['an unknown member __proto__ in our file', kekFile().toString().replace('{', '{"__proto__":{},'), 'KEK_UNREADABLE'],
  ['a missing member in our file', json({ ...file(), keyOps: undefined }), 'KEK_UNREADABLE'],
  [
    'a date beyond the calendar',
    json({ ...file(), attributes: { enabled: true, exp: 1e15, nbf: null, hsmPlatform: null } }),
    'KEK_UNREADABLE',
  ],
  ['another key than its thumbprint', json({ ...file(), key: kekJwk(3072) }), 'THUMBPRINT_MISMATCH'],
  ['another vault than its kid', json({ ...file(), kid: OTHER_KID }), 'KEK_UNREADABLE'],
  [
    'another kind than its vault',
    json({ ...file(), vault: { url: 'https://bank.vault.azure.net', kind: 'managed-hsm' } }),
    'KEK_UNREADABLE',
  ],
  ['operations that are text', json(azKey({ keyOps: 'import' })), 'KEK_UNREADABLE'],
  ['operations under two names', json(azKey({ key_ops: ['import'] })), 'KEK_UNREADABLE'],
  ['expiry under two names', json(azKey({}, { exp: 1_800_000_000 })), 'KEK_UNREADABLE'],
  ['a date without zone', json(azKey({}, { expires: '2026-11-30T00:00:00' })), 'KEK_UNREADABLE'],
  ['a date that is none', json(azKey({}, { expires: '2026-02-30T00:00:00Z' })), 'KEK_UNREADABLE'],
  ['enabled as text', json(azKey({}, { enabled: 'true' })), 'KEK_UNREADABLE'],
  ['a modulus in mixed alphabets', json(azKey({ n: '-+/_' })), 'KEK_UNREADABLE'],
  ['a modulus of zeros', json(azKey({ n: 'AAAA' })), 'KEK_UNREADABLE'],
  ['no modulus', json(azKey({ n: null })), 'KEK_UNREADABLE'],
];

for (const [what, input, code, kid] of REFUSED) {
  test(`a KEK with ${what} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => readKek(Buffer.from(input as Uint8Array), { kid })),
      code,
    );
  });
}

test('keys that break only the rules of KEKs can still be read', (t) => {
  t.is(readKek(evenExponent, { kid: KID }).bits, 4);
});

test('a private key is not quoted by the refusal', (t) => {
  const { d = '' } = practiceKey('kek-2048').export({ format: 'jwk' });
  const { message, hint, values, cause } = refusal(() => readKek(json({ ...kekJwk(2048), d })));
  t.false(`${message}${hint}${JSON.stringify(values)}${String(cause)}`.includes(d.slice(0, 8)));
});

function encryptedPem(): string {
  const key = practiceKey('kek-2048');
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string;
}
