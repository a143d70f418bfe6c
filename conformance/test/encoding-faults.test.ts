import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { practiceKey } from '../../test/support/practice-keys.js';
import * as asn1 from '../src/making/asn1.js';
import { ecKey, explicitP256, rsaKey, withExponent } from '../src/making/targets.js';
import { judgeBlob } from '../src/oracle/index.js';
import { blobByNode, envelope, kwp, oaep } from './support/by-node.js';
import { idsOf } from './support/findings.js';
import { bytesFor, plaintextOf, testKek, VAULT_KID } from './support/keys.js';
import { ecParts, rsaNumbers } from './support/targets.js';

const kek = testKek(2048);
const rsa = plaintextOf('rsa-2048');
const ec = plaintextOf('ec-p256');
const numbers = rsaNumbers('rsa-2048');
const { scalar, point } = ecParts('ec-p256');
const after = (bytes: Uint8Array, ...tail: Uint8Array[]) => Buffer.concat([bytes, ...tail]);

const FORM = 'blob/encoding/form';
const FAILS: readonly (readonly [fault: string, id: string, target: Uint8Array])[] = [
  ['PKCS#1', FORM, practiceKey('rsa-2048').export({ type: 'pkcs1', format: 'der' })],
  ['SEC 1', FORM, practiceKey('ec-p256').export({ type: 'sec1', format: 'der' })],
  ['PEM', FORM, Buffer.from(practiceKey('ec-p256').export({ type: 'pkcs8', format: 'pem' }))],
  ['an encrypted PKCS#8', FORM, encryptedPkcs8()],
  ['a public key', FORM, asn1.sequence(asn1.sequence(asn1.EC_PUBLIC_KEY, asn1.P256), asn1.bits(point))],
  ['a JWK', FORM, Buffer.from(JSON.stringify(practiceKey('ec-p256').export({ format: 'jwk' })))],
  ['hex digits', FORM, Buffer.from(ec.toString('hex'))],
  ['base64 text', FORM, Buffer.from(ec.toString('base64'))],
  ['an AES key in hex', FORM, Buffer.from(plaintextOf('aes-256').toString('hex'))],
  ['an AES-128 key in hex', FORM, Buffer.from(plaintextOf('aes-128').toString('hex'))],
  ['an AES-128 key in base64', FORM, Buffer.from(plaintextOf('aes-128').toString('base64'))],
  ['an AES-192 key in base64', FORM, Buffer.from(plaintextOf('aes-192').toString('base64'))],
  ['20 bytes', FORM, bytesFor('odd', 20)],
  ['one byte', FORM, Buffer.of(0)],
  ['a truncated PKCS#8', FORM, ec.subarray(0, -1)],
  ['a byte before the PKCS#8', FORM, after(Buffer.of(0), ec)],
  [
    'a PKCS#8 with a field that is unknown',
    FORM,
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar), 0n, asn1.NULL),
  ],
  ['a hundred bytes after the DER', 'blob/encoding/trailing', after(ec, bytesFor('x', 50), bytesFor('y', 50))],
  ['one byte that is not zero after the DER', 'blob/encoding/trailing', after(ec, Buffer.of(1))],
  ['eight zero bytes after the DER', 'blob/encoding/trailing', after(ec, Buffer.alloc(8 + (8 - (ec.length % 8))))],
  ['one zero byte that pads to nothing', 'blob/encoding/trailing', after(ec, Buffer.alloc(1))],
  ['a length in too many bytes', 'blob/encoding/der', withLongLength(ec)],
  ['an indefinite length', 'blob/encoding/der', after(Buffer.of(0x30, 0x80), ec.subarray(3), Buffer.alloc(2))],
  [
    'an integer with a needless zero',
    'blob/encoding/der',
    rsaKey({ ...numbers, raw: { e: Buffer.from('020400010001', 'hex') } }),
  ],
  [
    'bytes after the inner key',
    'blob/encoding/der',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], after(ecKey(scalar), Buffer.alloc(3))),
  ],
  ['version 1 of PKCS#8', 'blob/encoding/version', asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar), 1n)],
  [
    'RFC 5958 with a public key',
    'blob/encoding/version',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar), 1n, asn1.tlv(0x81, Buffer.of(0), point)),
  ],
  ['RSA-PSS', 'blob/encoding/algorithm', rsaKey({ ...numbers, algorithm: [asn1.RSA_PSS] })],
  [
    'Ed25519',
    'blob/encoding/algorithm',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
  ],
  ['RSA without NULL', 'blob/encoding/rsa/parameters', rsaKey({ ...numbers, algorithm: [asn1.RSA_ENCRYPTION] })],
  [
    'an EC key that says rsaEncryption',
    'blob/encoding/rsa/structure',
    asn1.pkcs8([asn1.RSA_ENCRYPTION, asn1.NULL], ecKey(scalar)),
  ],
  [
    'an RSA key without coefficient',
    'blob/encoding/rsa/structure',
    rsaKey({ ...numbers, raw: { qInv: Buffer.alloc(0) } }),
  ],
  [
    'a negative modulus',
    'blob/encoding/rsa/structure',
    rsaKey({ ...numbers, raw: { n: asn1.tlv(0x02, Buffer.alloc(256, 0x81)) } }),
  ],
  ['an empty integer', 'blob/encoding/rsa/structure', rsaKey({ ...numbers, raw: { d: Buffer.of(2, 0) } })],
  [
    'random bytes in place of the key',
    'blob/encoding/rsa/structure',
    asn1.pkcs8([asn1.RSA_ENCRYPTION, asn1.NULL], bytesFor('x', 40)),
  ],
  [
    'three primes',
    'blob/encoding/rsa/two-prime',
    rsaKey({ ...numbers, version: 1n, rest: asn1.sequence(asn1.sequence(...[3n, 3n, 3n].map(asn1.integer))) }),
  ],
  ['version 1 with two primes', 'blob/encoding/rsa/two-prime', rsaKey({ ...numbers, version: 1n })],
  [
    'an RSA key of n, e and d alone',
    'blob/encoding/rsa/crt-values',
    rsaKey({ ...numbers, p: 0n, q: 0n, dP: 0n, dQ: 0n, qInv: 0n }),
  ],
  ['another modulus', 'blob/key-consistency/rsa/modulus', rsaKey({ ...numbers, n: numbers.n + 2n })],
  ['another private exponent', 'blob/key-consistency/rsa/private-exponent', rsaKey(withWrongExponent())],
  [
    'a private exponent above the modulus',
    'blob/key-consistency/rsa/private-exponent',
    rsaKey({ ...numbers, d: numbers.d + (numbers.p - 1n) * (numbers.q - 1n) }),
  ],
  ['another exponent1', 'blob/key-consistency/rsa/crt', rsaKey({ ...numbers, dP: numbers.dP + 2n })],
  ['another exponent2', 'blob/key-consistency/rsa/crt', rsaKey({ ...numbers, dQ: numbers.dQ - 2n })],
  ['another coefficient', 'blob/key-consistency/rsa/crt', rsaKey({ ...numbers, qInv: numbers.qInv + 1n })],
  [
    'primes exchanged, coefficient kept',
    'blob/key-consistency/rsa/crt',
    rsaKey({ ...numbers, p: numbers.q, q: numbers.p, dP: numbers.dQ, dQ: numbers.dP }),
  ],
  ['RSA-1024', 'blob/policy/rsa/size', rsaOfBits(1024)],
  ['RSA-2056', 'blob/policy/rsa/size', rsaOfBits(2056)],
  ['e = 1', 'blob/policy/rsa/exponent', rsaKey({ ...numbers, e: 1n, d: 1n, dP: 1n, dQ: 1n })],
  [
    'explicit curve parameters',
    'blob/encoding/ec/named-curve',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, explicitP256()], ecKey(scalar)),
  ],
  ['no curve', 'blob/encoding/ec/named-curve', asn1.pkcs8([asn1.EC_PUBLIC_KEY], ecKey(scalar))],
  ['brainpoolP256r1', 'blob/policy/ec/curve', asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.BRAINPOOL_P256R1], ecKey(scalar))],
  [
    'an RSA key that says EC',
    'blob/encoding/ec/structure',
    rsaKey({ ...numbers, algorithm: [asn1.EC_PUBLIC_KEY, asn1.P256] }),
  ],
  ['a bare scalar', 'blob/encoding/ec/structure', asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], asn1.octets(scalar))],
  [
    'ECPrivateKey of version 0',
    'blob/encoding/ec/structure',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], asn1.sequence(asn1.integer(0n), asn1.octets(scalar))),
  ],
  [
    'parameters inside under a primitive tag',
    'blob/encoding/ec/structure',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.tlv(0x80, asn1.P256))),
  ],
  [
    'attributes under a primitive tag',
    'blob/encoding/form',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar), 0n, asn1.tlv(0x80, asn1.NULL)),
  ],
  [
    'another curve inside',
    'blob/encoding/ec/parameters',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.context(0, asn1.P384))),
  ],
  [
    'explicit parameters inside',
    'blob/encoding/ec/parameters',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.context(0, explicitP256()))),
  ],
  [
    'a scalar of 31 bytes',
    'blob/encoding/ec/scalar-length',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar.subarray(1))),
  ],
  [
    'a scalar of 33 bytes',
    'blob/encoding/ec/scalar-length',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(after(Buffer.of(0), scalar))),
  ],
  [
    'a scalar of zero',
    'blob/key-consistency/ec/scalar',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(Buffer.alloc(32))),
  ],
  [
    'a scalar above the order',
    'blob/key-consistency/ec/scalar',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(Buffer.alloc(32, 0xff))),
  ],
  [
    'the public key of another scalar',
    'blob/key-consistency/ec/public-key',
    asn1.pkcs8(
      [asn1.EC_PUBLIC_KEY, asn1.P256],
      ecKey(scalar, asn1.context(1, asn1.bits(ecParts('ec-secp256k1').point))),
    ),
  ],
  [
    'a public key that is no BIT STRING',
    'blob/key-consistency/ec/public-key',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.context(1, asn1.octets(point)))),
  ],
];

for (const [fault, id, target] of FAILS) {
  test(`${fault} is found by ${id} alone`, (t) => {
    const { right, findings } = judgeBlob(blobByNode(target), kek);
    t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], [id]);
    t.false(right);
  });
}

const WARNINGS: readonly (readonly [fault: string, id: string, target: Uint8Array])[] = [
  [
    'zero bytes up to a multiple of 8, as SoftHSM 2.6.1 adds them,',
    'blob/encoding/trailing',
    after(ec, Buffer.alloc(8 - (ec.length % 8))),
  ],
  [
    'attributes in PKCS#8',
    'blob/encoding/attributes',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar), 0n, asn1.context(0)),
  ],
  [
    'a compressed public key',
    'blob/key-consistency/ec/public-key',
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.context(1, asn1.bits(compressed(point))))),
  ],
  ['an unusual public exponent', 'blob/policy/rsa/exponent', rsaKey(withExponent(numbers))],
];

for (const [what, id, target] of WARNINGS) {
  test(`${what} is a warning of ${id} alone`, (t) => {
    const { right, findings } = judgeBlob(blobByNode(target), kek);
    t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], [id]);
    t.true(right);
  });
}

test('the forms that are not PKCS#8 are named', (t) => {
  const names = ['PKCS#1', 'SEC 1', 'PEM', 'EncryptedPrivateKeyInfo', 'SubjectPublicKeyInfo', 'JWK', 'hex', 'base64'];
  const wrong = FAILS.filter(([, id]) => id === FORM);
  for (const [index, name] of names.entries()) {
    const { findings } = judgeBlob(blobByNode(wrong[index]?.[2] ?? ec), kek);
    t.true(findings.find(({ id }) => id === FORM)?.actual.includes(name), name);
  }
});

test('other right spellings of a key are right', (t) => {
  const spellings = [
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar)),
    asn1.pkcs8([asn1.EC_PUBLIC_KEY, asn1.P256], ecKey(scalar, asn1.context(0, asn1.P256))),
    asn1.pkcs8(
      [asn1.EC_PUBLIC_KEY, asn1.P256],
      ecKey(scalar, asn1.context(0, asn1.P256), asn1.context(1, asn1.bits(point))),
    ),
    rsaKey(numbers),
  ];
  for (const target of spellings) {
    const { findings } = judgeBlob(blobByNode(target), kek);
    t.deepEqual([...idsOf(findings, 'fail'), ...idsOf(findings, 'warn')], []);
  }
});

test('an AES key for a Key Vault is found by blob/policy/oct/managed-hsm alone', (t) => {
  const aesKey = bytesFor('AES key', 32);
  const halves = [oaep('sha1')(aesKey, practiceKey('kek-2048')), kwp(plaintextOf('aes-256'), aesKey)];
  const header = { kid: VAULT_KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
  const blob = envelope({ header, ciphertext: Buffer.concat(halves).toString('base64url') });
  t.deepEqual(idsOf(judgeBlob(blob, kek).findings, 'fail'), ['blob/policy/oct/managed-hsm']);
});

test('no finding carries a byte of the key', (t) => {
  const secret = asn1.pkcs8([asn1.tlv(0x06, bytesFor('secret', 32)), asn1.P256], bytesFor('secret', 32));
  for (const target of [
    rsa,
    ec,
    secret,
    bytesFor('secret', 32),
    bytesFor('secret', 40),
    Buffer.from(rsa.toString('hex')),
  ]) {
    const text = JSON.stringify(judgeBlob(blobByNode(target), kek));
    for (let at = 0; at + 6 <= target.length; at += 3) {
      const part = target.subarray(at, at + 6);
      for (const spelling of ['hex', 'base64', 'base64url'] as const) t.false(text.includes(part.toString(spelling)));
    }
  }
});

test('random bytes, deep nesting and huge numbers are judged', (t) => {
  const nested = Buffer.concat(Array.from({ length: 5000 }, () => Buffer.of(0x30, 0x80)));
  const huge = rsaKey({
    ...numbers,
    n: 1n << 100_000n,
    d: (1n << 99_999n) + 1n,
    p: (1n << 50_000n) + 1n,
    q: (1n << 50_001n) + 1n,
  });
  for (const target of [nested, huge, Buffer.alloc(40_000, 0x30), Buffer.alloc(40_000, 0x5a)]) {
    t.false(judgeBlob(blobByNode(target), kek).right);
  }
});

function encryptedPkcs8(): Buffer {
  return practiceKey('ec-p256').export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'practice' });
}

function withLongLength(der: Buffer): Buffer {
  return after(Buffer.of(0x30, 0x82, 0x00, der[2] ?? 0), der.subarray(3));
}

/** d + 2 with exponents that follow from it, so that only e * d is wrong. */
function withWrongExponent() {
  const d = numbers.d + 2n;
  return { ...numbers, d, dP: d % (numbers.p - 1n), dQ: d % (numbers.q - 1n) };
}

function rsaOfBits(modulusLength: number): Buffer {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'der' });
}

function compressed(uncompressed: Buffer): Buffer {
  return Buffer.of(2 + ((uncompressed.at(-1) ?? 0) & 1), ...uncompressed.subarray(1, 33));
}
