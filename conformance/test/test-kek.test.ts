import { generateKeyPairSync } from 'node:crypto';
import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../test/support/practice-keys.js';
import { pkcs8, RSA_ENCRYPTION } from '../src/making/asn1.js';
import { rsaKey } from '../src/making/targets.js';
import { readPublicKey, readTestKek } from '../src/oracle/index.js';
import { ASYMMETRIC, KEK_SIZES, practicePem, publicPem } from './support/keys.js';
import { rsaNumbers } from './support/targets.js';

const pem = (label: string, der: Uint8Array) =>
  Buffer.from(`-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`);

test('a practice KEK is read in PKCS#8 and PKCS#1, with text around it', (t) => {
  for (const bits of KEK_SIZES) {
    const kek = readTestKek(practicePem(`kek-${bits}`));
    const pkcs1 = practiceKey(`kek-${bits}`).export({ type: 'pkcs1', format: 'pem' });
    t.is(kek.bits, bits);
    t.is(readTestKek(Buffer.from(pkcs1)).thumbprint, kek.thumbprint);
    t.is(readPublicKey(publicPem(practiceKey(`kek-${bits}`))).thumbprint, kek.thumbprint);
  }
});

const rsa = practiceKey('rsa-2048');
const numbers = rsaNumbers('rsa-2048');
const ec = practiceKey('ec-p256');

const REFUSED: readonly (readonly [what: string, code: ErrorCode, pem: Uint8Array])[] = [
  ['an empty file', 'TEST_KEK_UNREADABLE', Buffer.alloc(0)],
  ['random text', 'TEST_KEK_UNREADABLE', Buffer.from('no key')],
  ['DER', 'TEST_KEK_UNREADABLE', rsa.export({ type: 'pkcs8', format: 'der' })],
  ['a truncated PEM', 'TEST_KEK_UNREADABLE', practicePem('kek-2048').subarray(0, 900)],
  ['two keys', 'TEST_KEK_UNREADABLE', Buffer.concat([practicePem('kek-2048'), practicePem('kek-3072')])],
  ['a public key', 'TEST_KEK_UNREADABLE', publicPem(rsa)],
  ['an encrypted PKCS#8', 'TEST_KEK_UNREADABLE', encrypted('pkcs8')],
  ['an encrypted PKCS#1', 'TEST_KEK_UNREADABLE', encrypted('pkcs1')],
  ['a PEM of rubbish', 'TEST_KEK_UNREADABLE', pem('RSA PRIVATE KEY', Buffer.from('rubbish'))],
  ['PKCS#8 of rubbish', 'TEST_KEK_UNREADABLE', pem('PRIVATE KEY', pkcs8([RSA_ENCRYPTION], Buffer.from('rubbish')))],
  ['numbers that do not fit', 'TEST_KEK_UNREADABLE', pem('PRIVATE KEY', rsaKey({ ...numbers, d: numbers.d + 2n }))],
  [
    'a key without primes',
    'TEST_KEK_UNREADABLE',
    pem('PRIVATE KEY', rsaKey({ ...numbers, p: 0n, q: 0n, dP: 0n, dQ: 0n, qInv: 0n })),
  ],
  ['an EC key', 'KEK_NOT_RSA', Buffer.from(ec.export({ type: 'pkcs8', format: 'pem' }))],
  ['an EC key in SEC 1', 'KEK_NOT_RSA', Buffer.from(ec.export({ type: 'sec1', format: 'pem' }))],
  [
    'RSA-1024',
    'KEK_SIZE',
    Buffer.from(
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ),
  ],
];

for (const [what, code, bytes] of REFUSED) {
  test(`${what} is no test KEK: ${code}`, (t) => {
    const error = t.throws(() => readTestKek(bytes), { instanceOf: KeyferryError });
    t.is(error?.code, code);
  });
}

test('public keys of every target type are read and named by their thumbprint', (t) => {
  for (const name of ASYMMETRIC) {
    const key = readPublicKey(publicPem(practiceKey(name)));
    t.is(key.type, name.startsWith('rsa') ? 'RSA' : 'EC');
    t.regex(key.thumbprint ?? '', /^urn:ietf:params:oauth:jwk-thumbprint:sha-256:[\w-]{43}$/);
  }
});

test('what is no public key is refused by code', (t) => {
  const x25519 = generateKeyPairSync('x25519').privateKey;
  const cases: readonly (readonly [ErrorCode, Uint8Array])[] = [
    ['PUBLIC_KEY_INVALID', Buffer.from('no key')],
    ['PUBLIC_KEY_INVALID', publicPem(x25519)],
    ['PUBLIC_KEY_INVALID', pem('PUBLIC KEY', Buffer.from('rubbish'))],
    ['PUBLIC_KEY_INVALID', pem('PUBLIC KEY', withoutItsPoint())],
    ['PUBLIC_KEY_IS_PRIVATE', practicePem('ec-p256')],
  ];
  for (const [code, bytes] of cases) {
    t.is(t.throws(() => readPublicKey(bytes), { instanceOf: KeyferryError })?.code, code);
  }
});

function encrypted(type: 'pkcs1' | 'pkcs8'): Buffer {
  return Buffer.from(rsa.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'practice' }));
}

/** The last byte of the point is changed: it lies on the curve no more. */
function withoutItsPoint(): Buffer {
  const der = Buffer.from(publicPem(ec).toString().split('\n').slice(1, -2).join(''), 'base64');
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  return der;
}
