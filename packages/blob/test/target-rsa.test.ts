import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { publicJwkOf } from '../src/jwk.js';
import { readTargetKey } from '../src/target-key.js';
import { integer, NULL, OID, pkcs8, sequence } from './support/der.js';
import { refusal } from './support/refusal.js';
import { targetDer } from './support/samples.js';

type Numbers = Record<'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi', bigint>;

const RSA = sequence(OID.rsaEncryption, NULL);

function numbersOf(name: PracticeKeyName): Numbers {
  const jwk = practiceKey(name).export({ format: 'jwk' }) as Record<keyof Numbers, string>;
  const value = (name: keyof Numbers) => BigInt(`0x${Buffer.from(jwk[name], 'base64url').toString('hex')}`);
  return {
    n: value('n'),
    e: value('e'),
    d: value('d'),
    p: value('p'),
    q: value('q'),
    dp: value('dp'),
    dq: value('dq'),
    qi: value('qi'),
  };
}

function rsaPrivateKey(v: Numbers, version: bigint = 0n): Buffer {
  return sequence(...[version, v.n, v.e, v.d, v.p, v.q, v.dp, v.dq, v.qi].map((value) => integer(value)));
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % modulus) + modulus) % modulus;
}

function lcm(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return (a / x) * b;
}

function fromPrimes(p: bigint, q: bigint, e = 65537n): Numbers {
  const d = inverse(e, lcm(p - 1n, q - 1n));
  return { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
}

for (const [name, bits] of [
  ['rsa-2048', 2048],
  ['rsa-3072', 3072],
  ['rsa-4096', 4096],
] as const) {
  test(`${name} as OpenSSL encodes it is read, and its public key is that of OpenSSL`, (t) => {
    t.deepEqual(readTargetKey(targetDer(name), 'RSA'), {
      type: 'RSA',
      bits,
      crv: null,
      publicKey: publicJwkOf(practiceKey(name)),
      trailingBytes: 0,
      trailingZero: true,
    });
    t.deepEqual(pkcs8(RSA, rsaPrivateKey(numbersOf(name))), targetDer(name));
  });
}

const good = numbersOf('rsa-2048');
const wider = numbersOf('rsa-3072');
const der = targetDer('rsa-2048');

test('bytes after the DER are reported, and whether they are zero', (t) => {
  const zeros = readTargetKey(Buffer.concat([der, Buffer.alloc(7)]), 'RSA');
  t.like(zeros, { trailingBytes: 7, trailingZero: true });
  const others = readTargetKey(Buffer.concat([der, Buffer.from([0, 0, 1])]), 'RSA');
  t.like(others, { trailingBytes: 3, trailingZero: false });
});

test('other exponents pass, as long as they are odd and have at most 64 bits', (t) => {
  for (const e of [17n, 2n ** 32n + 15n, 2n ** 64n - 59n]) {
    t.notThrows(() => readTargetKey(pkcs8(RSA, rsaPrivateKey(fromPrimes(good.p, good.q, e))), 'RSA'), `${e}`);
  }
});

test('a private exponent modulo phi instead of lambda passes: RFC 8017 allows both', (t) => {
  const d = inverse(65537n, (good.p - 1n) * (good.q - 1n));
  t.notThrows(() => readTargetKey(pkcs8(RSA, rsaPrivateKey({ ...good, d })), 'RSA'));
});

/** The primes of P-256 and secp256k1: their product is no prime. */
const COMPOSITE =
  (2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n) *
  (2n ** 256n - 2n ** 32n - 2n ** 9n - 2n ** 8n - 2n ** 7n - 2n ** 6n - 2n ** 4n - 1n);

const key = practiceKey('rsa-2048');
const changed = (changes: Partial<Numbers>) => pkcs8(RSA, rsaPrivateKey({ ...good, ...changes }));

const REFUSED: readonly [what: string, input: string | Uint8Array, code: ErrorCode, reason: RegExp][] = [
  ['nothing', '', 'TARGET_ENCODING', /no known encoding/],
  ['zeros', Buffer.alloc(1216), 'TARGET_ENCODING', /no known encoding/],
  ['PEM text', key.export({ type: 'pkcs8', format: 'pem' }), 'TARGET_ENCODING', /PEM text/],
  ['hex text', der.toString('hex'), 'TARGET_ENCODING', /hex text/],
  ['base64 text', der.toString('base64'), 'TARGET_ENCODING', /base64 text/],
  ['base64url text', der.toString('base64url'), 'TARGET_ENCODING', /base64 text/],
  ['a JWK', JSON.stringify(key.export({ format: 'jwk' })), 'TARGET_ENCODING', /JSON text/],
  ['PKCS#1 without PKCS#8', key.export({ type: 'pkcs1', format: 'der' }), 'TARGET_ENCODING', /PKCS#1 RSA private key/],
  ['an encrypted key', encrypted(), 'TARGET_ENCODING', /encrypted PKCS#8/],
  ['an EC key', targetDer('ec-p256'), 'TARGET_ENCODING', /found an EC key/],
  ['its last byte missing', der.subarray(0, -1), 'TARGET_ENCODING', /expected \d+ bytes, found/],
  ['its first byte missing', der.subarray(1), 'TARGET_ENCODING', /no known encoding/],
  ['version 1 of RFC 5958', sequence(integer(1), RSA, der.subarray(22)), 'TARGET_ENCODING', /RFC 5958/],
  ['attributes', pkcs8(RSA, rsaPrivateKey(good), Buffer.from('a000', 'hex')), 'TARGET_ENCODING', /attributes/],
  ['something after the key', pkcs8(RSA, rsaPrivateKey(good), NULL), 'TARGET_ENCODING', /nothing more/],
  [
    'something after the numbers',
    pkcs8(RSA, Buffer.concat([rsaPrivateKey(good), Buffer.alloc(1)])),
    'TARGET_ENCODING',
    /after RSAPrivateKey/,
  ],
  ['no parameters', pkcs8(sequence(OID.rsaEncryption), rsaPrivateKey(good)), 'TARGET_ENCODING', /expected NULL/],
  ['the OID of RSASSA-PSS', pkcs8(sequence(OID.rsaPss, NULL), rsaPrivateKey(good)), 'TARGET_ENCODING', /RSASSA-PSS/],
  ['an unknown OID', pkcs8(sequence(OID.secp256k1, NULL), rsaPrivateKey(good)), 'TARGET_ENCODING', /1\.3\.132\.0\.10/],
  ['more than two primes', pkcs8(RSA, rsaPrivateKey(good, 1n)), 'TARGET_UNSUPPORTED', /two primes/],
  ['version 2', pkcs8(RSA, rsaPrivateKey(good, 2n)), 'TARGET_ENCODING', /version/],
  ['1024 bits', changed({ n: 2n ** 1024n - 1n }), 'TARGET_UNSUPPORTED', /found 1024/],
  ['2047 bits', changed({ n: 2n ** 2047n - 1n }), 'TARGET_UNSUPPORTED', /found 2047/],
  ['an exponent of 65 bits', changed({ e: 2n ** 64n + 13n }), 'TARGET_UNSUPPORTED', /64 bits/],
  [
    'a private exponent longer than the modulus',
    changed({ d: good.d + 2n ** 2050n }),
    'TARGET_ENCODING',
    /privateExponent/,
  ],
  ['an even exponent', changed({ e: 65536n }), 'TARGET_ENCODING', /e \* d = 1/],
  ['exponent 1', changed({ e: 1n, d: 1n, dp: 1n, dq: 1n }), 'TARGET_UNSUPPORTED', /at least 3/],
  ['exponent 0', changed({ e: 0n }), 'TARGET_ENCODING', /publicExponent/],
  ['another exponent', changed({ e: 65539n }), 'TARGET_ENCODING', /e \* d = 1/],
  ['another modulus', changed({ n: good.n + 2n }), 'TARGET_ENCODING', /n = p \* q/],
  ['another prime', changed({ q: good.q + 2n }), 'TARGET_ENCODING', /n = p \* q/],
  ['p of 0', changed({ p: 0n }), 'TARGET_ENCODING', /prime1/],
  ['p of 1', changed({ p: 1n, q: good.n }), 'TARGET_ENCODING', /p and q/],
  ['equal primes', changed({ n: good.p * good.p, q: good.p }), 'TARGET_ENCODING', /different/],
  ['exchanged primes', changed({ p: good.q, q: good.p }), 'TARGET_ENCODING', /dP = d mod/],
  ['d of 0', changed({ d: 0n }), 'TARGET_ENCODING', /privateExponent/],
  ['d beyond n', changed({ d: good.n + 1n }), 'TARGET_ENCODING', /d below n/],
  ['another d', changed({ d: good.d + 2n }), 'TARGET_ENCODING', /e \* d = 1/],
  ['another dP', changed({ dp: good.dp + 1n }), 'TARGET_ENCODING', /dP = d mod/],
  ['another dQ', changed({ dq: good.dq + (good.q - 1n) }), 'TARGET_ENCODING', /dQ = d mod/],
  ['another qInv', changed({ qi: good.qi + 1n }), 'TARGET_ENCODING', /qInv/],
  ['a qInv beyond p', changed({ qi: good.qi + good.p }), 'TARGET_ENCODING', /qInv/],
  ['a composite p', pkcs8(RSA, rsaPrivateKey(fromPrimes(COMPOSITE, wider.p))), 'TARGET_ENCODING', /not prime/],
];

for (const [what, input, code, reason] of REFUSED) {
  test(`an RSA key with ${what} is refused: ${code}`, (t) => {
    const error = refusal(() => readTargetKey(Buffer.from(input as Uint8Array), 'RSA'));
    t.is(error.code, code);
    t.regex(error.reason, reason);
  });
}

test('a refusal tells its stage: how the key is spelt, whether its numbers belong together, whether the service takes it', (t) => {
  const stages = {
    'no parameters': 'encoding',
    'more than two primes': 'encoding',
    'p of 0': 'encoding',
    'an even exponent': 'key-consistency',
    'another modulus': 'key-consistency',
    'd beyond n': 'key-consistency',
    'a private exponent longer than the modulus': 'key-consistency',
    'a composite p': 'key-consistency',
    '1024 bits': 'policy',
    'exponent 1': 'policy',
    'an exponent of 65 bits': 'policy',
  };
  for (const [what, stage] of Object.entries(stages)) {
    const [, input = ''] = REFUSED.find(([name]) => name === what) ?? [];
    t.deepEqual(refusal(() => readTargetKey(Buffer.from(input as Uint8Array), 'RSA')).values, { stage }, what);
  }
});

function encrypted(): Buffer {
  return key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'x' }) as Buffer;
}
