import { constants, createCipheriv, createPublicKey, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { publicJwkOf } from '../src/jwk.js';
import { judgeProbe, type ProbedKey, type ProbeFault } from '../src/probe.js';

const kek = practiceKey('kek-2048');

/** What an HSM would emit, with each step open to be done wrongly. */
function product(plaintext: Buffer, make: { wrap?: typeof kwp; hash?: string; aesBytes?: number } = {}): Buffer {
  const aesKey = randomBytes(make.aesBytes ?? 32);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const outer = publicEncrypt({ key: createPublicKey(kek), padding, oaepHash: make.hash ?? 'sha1' }, aesKey);
  return Buffer.concat([outer, (make.wrap ?? kwp)(aesKey, plaintext)]);
}

function kwp(aesKey: Buffer, plaintext: Buffer): Buffer {
  return cipher(`id-aes${aesKey.length * 8}-wrap-pad`, aesKey, 'a65959a6', plaintext);
}

function rfc3394(aesKey: Buffer, plaintext: Buffer): Buffer {
  return cipher(`id-aes${aesKey.length * 8}-wrap`, aesKey, 'a6'.repeat(8), plaintext);
}

function cipher(name: string, key: Buffer, iv: string, plaintext: Buffer): Buffer {
  const made = createCipheriv(name, key, Buffer.from(iv, 'hex'));
  return Buffer.concat([made.update(plaintext), made.final()]);
}

const pad = (byte: (missing: number) => number) => (key: Buffer, plaintext: Buffer) => {
  const missing = 8 - (plaintext.length % 8);
  return rfc3394(key, Buffer.concat([plaintext, Buffer.alloc(missing, byte(missing))]));
};

const ec: ProbedKey = describe('ec-p256');
const der = pkcs8('ec-p256');
const oct: ProbedKey = { type: 'oct', bits: 256, crv: null, publicKey: null };
const tailed = Buffer.concat([der, Buffer.alloc(8 - (der.length % 8))]);

function describe(name: 'ec-p256' | 'rsa-2048'): ProbedKey {
  const publicKey = publicJwkOf(createPublicKey(practiceKey(name)));
  return publicKey.kty === 'EC'
    ? { type: 'EC', bits: 256, crv: publicKey.crv, publicKey }
    : { type: 'RSA', bits: 2048, crv: null, publicKey };
}

function pkcs8(name: 'ec-p256' | 'rsa-2048'): Buffer {
  return (practiceKey(name) as KeyObject).export({ type: 'pkcs8', format: 'der' });
}

test('RFC 5649 around the bare encoding is what is wanted', (t) => {
  t.deepEqual(judgeProbe(kek, product(der), ec), { fault: null, flavour: 'rfc5649', decisive: true });
  const rsa = judgeProbe(kek, product(pkcs8('rsa-2048')), describe('rsa-2048'));
  t.is(rsa.fault, null);
  t.deepEqual(judgeProbe(kek, product(randomBytes(32)), oct), { fault: null, flavour: 'rfc5649', decisive: true });
});

test('zeros behind the encoding are told apart, and a length at which they could not show is said', (t) => {
  t.deepEqual(judgeProbe(kek, product(tailed), ec), { fault: null, flavour: 'rfc5649-zero-tail', decisive: true });
  const scalar = Buffer.from(practiceKey('ec-p384').export({ format: 'jwk' }).d ?? '', 'base64url');
  const header = '304e020100301006072a8648ce3d020106052b81040022043730350201010430';
  const eighty = Buffer.concat([Buffer.from(header, 'hex'), scalar]);
  const p384: ProbedKey = { type: 'EC', bits: 384, crv: 'P-384', publicKey: null };
  t.deepEqual(judgeProbe(kek, product(eighty), p384), { fault: null, flavour: 'rfc5649', decisive: false });
});

const FAULTS: readonly [title: string, fault: ProbeFault, found: RegExp, ciphertext: () => Buffer, key: ProbedKey][] = [
  ['OAEP with SHA-256', 'oaep', /SHA-256/, () => product(der, { hash: 'sha256' }), ec],
  ['no OAEP at all', 'oaep', /no RSA-OAEP/, () => Buffer.concat([randomBytes(256), randomBytes(64)]), ec],
  ['an AES key of 128 bits', 'aes-size', /128 bits/, () => product(der, { aesBytes: 16 }), ec],
  ['PKCS#7 and RFC 3394', 'pkcs7-rfc3394', /PKCS#7/, () => product(der, { wrap: pad((missing) => missing) }), ec],
  ['zeros and RFC 3394', 'zeros-rfc3394', /zeros/, () => product(der, { wrap: pad(() => 0) }), ec],
  ['an AES key by RFC 3394', 'rfc3394', /without padding/, () => product(randomBytes(32), { wrap: rfc3394 }), oct],
  [
    'an AES key by PKCS#7 and RFC 3394',
    'pkcs7-rfc3394',
    /PKCS#7/,
    () => product(randomBytes(32), { wrap: pad((n) => n) }),
    oct,
  ],
  ['another padding', 'wrap', /unknown padding/, () => product(der, { wrap: pad(() => 0x5a) }), ec],
  ['noise', 'wrap', /neither/, () => product(der, { wrap: () => randomBytes(80) }), ec],
  ['eight zeros too many', 'encoding', /behind/, () => product(Buffer.concat([tailed, Buffer.alloc(8)])), ec],
  ['something behind the key', 'encoding', /behind/, () => product(Buffer.concat([der, Buffer.of(1)])), ec],
  [
    'SEC 1',
    'encoding',
    /SEC|EC/,
    () => product(practiceKey('ec-p256').export({ type: 'sec1', format: 'der' }) as Buffer),
    ec,
  ],
  ['an AES key of another size', 'encoding', /16 bytes/, () => product(randomBytes(16)), oct],
  ['another key', 'key', /another key/, () => product(der), { ...ec, publicKey: describeOther() }],
];

function describeOther() {
  return publicJwkOf(createPublicKey(practiceKey('ec-secp256k1')));
}

for (const [title, fault, found, ciphertext, key] of FAULTS) {
  test(`${title} is named`, (t) => {
    const verdict = judgeProbe(kek, ciphertext(), key);
    t.is(verdict.fault, fault);
    t.regex(verdict.fault === null ? '' : verdict.found, found);
  });
}
