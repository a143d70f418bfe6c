import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import {
  ecPublicJwk,
  keyBits,
  publicJwkOf,
  publicKeyObject,
  publicKeyPem,
  rsaBits,
  rsaPublicJwk,
  samePublicKey,
} from '../src/jwk.js';
import { readPublicKey } from '../src/public-key.js';
import { bits, der, integer, NULL, OID, sequence } from './support/der.js';
import { codeOf, refusal } from './support/refusal.js';
import { json, TARGETS } from './support/samples.js';

for (const [name, , size, crv] of TARGETS) {
  const publicKey = createPublicKey(practiceKey(name));
  const jwk = publicJwkOf(publicKey);

  test(`the public key of ${name} is read from PEM, DER and JWK, and is the same each time`, (t) => {
    const forms = [
      Buffer.from(publicKeyPem(jwk)),
      Buffer.from(`subject: payroll\n\n${publicKeyPem(jwk).replaceAll('\n', '\r\n')}\nthe end\n`),
      publicKey.export({ type: 'spki', format: 'der' }),
      json(publicKey.export({ format: 'jwk' })),
      json({ kid: 'x', use: 'sig', ...jwk, d: null }),
    ];
    for (const form of forms) t.deepEqual(readPublicKey(form), jwk);
    t.true(publicKeyObject(jwk).equals(publicKey));
    t.is(keyBits(jwk), size);
    t.is(jwk.kty === 'EC' ? jwk.crv : null, crv);
  });

  test(`nothing takes the private key of ${name} for a public one`, (t) => {
    const key = practiceKey(name);
    const own = size >= 2048 ? 'pkcs1' : 'sec1';
    const secret = { cipher: 'aes-256-cbc', passphrase: 'x' };
    const forms = [
      key.export({ type: 'pkcs8', format: 'pem' }),
      key.export({ type: own, format: 'pem' }),
      key.export({ type: 'pkcs8', format: 'pem', ...secret }),
      key.export({ type: own, format: 'pem', ...secret }),
      key.export({ type: 'pkcs8', format: 'pem' }).slice(0, 90),
      key.export({ type: 'pkcs8', format: 'der' }),
      key.export({ type: 'pkcs8', format: 'der' }).subarray(0, 60),
      key.export({ type: own, format: 'der' }),
      key.export({ type: 'pkcs8', format: 'der', ...secret }),
      `${publicKeyPem(jwk)}${key.export({ type: 'pkcs8', format: 'pem' })}`,
      `-----BEGIN PUBLIC KEY-----\n${key.export({ type: 'pkcs8', format: 'der' }).toString('base64')}\n-----END PUBLIC KEY-----\n`,
      JSON.stringify(key.export({ format: 'jwk' })),
    ];
    for (const form of forms) {
      t.is(
        codeOf(() => readPublicKey(Buffer.from(form as string))),
        'PUBLIC_KEY_IS_PRIVATE',
        String(form).slice(0, 60),
      );
    }
  });
}

const rsa = publicJwkOf(practiceKey('rsa-2048'));
const ec = publicJwkOf(practiceKey('ec-p256'));
const pem = publicKeyPem(rsa);
const spki = publicKeyObject(ec).export({ type: 'spki', format: 'der' });
const point = spki.subarray(-65);
const rsaBody = sequence(integer(2n ** 2047n + 1n), integer(65537));

for (const [what, input, code] of [
  ['nothing', '', 'PUBLIC_KEY_INVALID'],
  ['text', 'hello', 'PUBLIC_KEY_INVALID'],
  ['hex of DER', spki.toString('hex'), 'PUBLIC_KEY_INVALID'],
  ['base64 without PEM lines', spki.toString('base64'), 'PUBLIC_KEY_INVALID'],
  ['a PEM without its end', pem.slice(0, -30), 'PUBLIC_KEY_INVALID'],
  ['a PEM with a line missing', pem.replace(/\n.*\n/, '\n'), 'PUBLIC_KEY_INVALID'],
  ['a PEM with a stray character', pem.replace('\nMII', '\nM!I'), 'PUBLIC_KEY_INVALID'],
  ['two PEM blocks', pem + pem, 'PUBLIC_KEY_INVALID'],
  ['a certificate request', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n', 'PUBLIC_KEY_INVALID'],
  ['a PEM block called constructor', '-----BEGIN constructor-----\nAAAA\n', 'PUBLIC_KEY_INVALID'],
  ['DER with a byte after it', Buffer.concat([spki, Buffer.alloc(1)]), 'PUBLIC_KEY_INVALID'],
  ['DER without its last byte', spki.subarray(0, -1), 'PUBLIC_KEY_INVALID'],
  ['a bare RSAPublicKey', rsaBody, 'PUBLIC_KEY_INVALID'],
  ['RSA without NULL', sequence(sequence(OID.rsaEncryption), bits(rsaBody)), 'PUBLIC_KEY_INVALID'],
  [
    'RSA with more than two numbers',
    sequence(sequence(OID.rsaEncryption, NULL), bits(sequence(integer(9), integer(3), integer(1)))),
    'PUBLIC_KEY_INVALID',
  ],
  [
    'an even modulus',
    sequence(sequence(OID.rsaEncryption, NULL), bits(sequence(integer(2n ** 2047n), integer(3)))),
    'PUBLIC_KEY_INVALID',
  ],
  ['RSASSA-PSS', sequence(sequence(OID.rsaPss), bits(rsaBody)), 'KEY_UNSUPPORTED'],
  ['a curve of another kind', sequence(sequence(OID.ecPublicKey, OID.brainpoolP256r1), bits(point)), 'KEY_UNSUPPORTED'],
  [
    'explicit curve parameters',
    sequence(sequence(OID.ecPublicKey, sequence(integer(1))), bits(point)),
    'KEY_UNSUPPORTED',
  ],
  [
    'a compressed point',
    sequence(sequence(OID.ecPublicKey, OID['P-256']), bits(Buffer.from([2]), point.subarray(1, 33))),
    'PUBLIC_KEY_INVALID',
  ],
  [
    'a hybrid point',
    sequence(sequence(OID.ecPublicKey, OID['P-256']), bits(Buffer.from([6]), point.subarray(1))),
    'PUBLIC_KEY_INVALID',
  ],
  ['the point of another curve', sequence(sequence(OID.ecPublicKey, OID.secp256k1), bits(point)), 'PUBLIC_KEY_INVALID'],
  [
    'the point at infinity',
    sequence(sequence(OID.ecPublicKey, OID['P-256']), der(0x03, Buffer.from([0, 0]))),
    'PUBLIC_KEY_INVALID',
  ],
  ['Ed25519', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }), 'KEY_UNSUPPORTED'],
  ['a JWK of an octet key pair', json({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }), 'PUBLIC_KEY_INVALID'],
  ['a JWK of a secret', json({ kty: 'oct', k: 'AAAA' }), 'PUBLIC_KEY_IS_PRIVATE'],
  ['a JWK without e', json({ kty: 'RSA', n: 'AQAB' }), 'PUBLIC_KEY_INVALID'],
  ['a JWK with e of 0', json({ kty: 'RSA', n: 'AQAB', e: 'AAAA' }), 'PUBLIC_KEY_INVALID'],
  ['a JWK with a number as n', json({ kty: 'RSA', n: 7, e: 'AQAB' }), 'PUBLIC_KEY_INVALID'],
  [
    'a JWK with a point off its curve',
    json({ ...ec, x: Buffer.alloc(32, 1).toString('base64url') }),
    'PUBLIC_KEY_INVALID',
  ],
  [
    'a JWK with a coordinate beyond the field',
    json({ ...ec, x: Buffer.alloc(32, 255).toString('base64url') }),
    'PUBLIC_KEY_INVALID',
  ],
  ['a JWK with a short coordinate', json({ ...ec, x: 'AQAB' }), 'PUBLIC_KEY_INVALID'],
  ['a JWK on a curve of another kind', json({ ...ec, crv: 'P-256K' }), 'PUBLIC_KEY_INVALID'],
  ['a JSON array', '[]', 'PUBLIC_KEY_INVALID'],
  ['cut-off JSON', '{"kty":"RSA"', 'JSON_INVALID'],
] as const) {
  test(`a public key file with ${what} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => readPublicKey(Buffer.from(input as Uint8Array))),
      code,
    );
  });
}

test('a PKCS#1 public key and a certificate come with the command that makes the right form', (t) => {
  const pkcs1 = publicKeyObject(rsa).export({ type: 'pkcs1', format: 'pem' }) as string;
  t.regex(refusal(() => readPublicKey(Buffer.from(pkcs1))).hint, /RSAPublicKey_in/);
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  t.regex(refusal(() => readPublicKey(Buffer.from(certificate))).hint, /x509/);
});

test('leading zero bytes of modulus and exponent fall away', (t) => {
  const jwk = rsaPublicJwk(Buffer.from([0, 0, 0x80, 1]), Buffer.from([0, 1, 0, 1]));
  t.deepEqual(jwk, { kty: 'RSA', n: 'gAE', e: 'AQAB' });
  t.is(rsaBits(jwk), 16);
});

test('an RSA key without modulus or exponent, or with an even modulus, is none', (t) => {
  const one = Buffer.from([1]);
  for (const [n, e] of [
    [Buffer.alloc(0), one],
    [Buffer.alloc(4), one],
    [Buffer.from([2]), one],
    [one, Buffer.alloc(3)],
  ] as const) {
    t.is(
      codeOf(() => rsaPublicJwk(n, e)),
      'PUBLIC_KEY_INVALID',
    );
  }
});

test('EC coordinates have the full length of the field', (t) => {
  const x = point.subarray(1, 33);
  const y = point.subarray(33);
  t.deepEqual(ecPublicJwk('P-256', x, y), ec);
  for (const wrong of [x.subarray(1), Buffer.concat([Buffer.alloc(1), x]), Buffer.alloc(0)]) {
    t.is(
      codeOf(() => ecPublicJwk('P-256', wrong, y)),
      'PUBLIC_KEY_INVALID',
    );
  }
  t.is(
    codeOf(() => ecPublicJwk('P-256', y, x)),
    'PUBLIC_KEY_INVALID',
  );
});

test('keys of other types and curves have no JWK of ours', (t) => {
  for (const key of [
    generateKeyPairSync('ed25519').publicKey,
    generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey,
    generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey,
    createSecretKey(Buffer.alloc(16)),
  ]) {
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') t.deepEqual(publicJwkOf(key).kty, 'EC');
    else
      t.is(
        codeOf(() => publicJwkOf(key)),
        'KEY_UNSUPPORTED',
      );
  }
});

test('keys are the same when what RFC 7638 counts is the same', (t) => {
  t.true(samePublicKey(ec, { ...ec }));
  t.false(samePublicKey(ec, rsa));
  t.false(samePublicKey(ec, publicJwkOf(practiceKey('ec-secp256k1'))));
  t.false(samePublicKey(rsa, publicJwkOf(practiceKey('kek-2048'))));
});
