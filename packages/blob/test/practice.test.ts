import { constants, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { rsaPublicJwk } from '../src/jwk.js';
import { unwrapKwp, wrapKwp } from '../src/kwp.js';
import { openPracticeBlob, unwrapPracticeAesKey, unwrapPracticeTarget, wrapPracticeKey } from '../src/practice.js';
import { refuseWith } from '../src/refuse.js';
import { codeOf, refusal } from './support/refusal.js';
import { KEK_SIZES, kekJwk, TARGETS, targetDer } from './support/samples.js';

const refuse = refuseWith('BLOB_UNWRAP_FAILED');

/** RFC 5649 section 6. */
const RFC_5649_KEY = Buffer.from('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8', 'hex');
for (const [bytes, plaintext, wrapped] of [
  [20, 'c37b7e6492584340bed12207808941155068f738', '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'],
  [7, '466f7250617369', 'afbeb0f07dfbf5419200f2ccb50bb24f'],
] as const) {
  test(`the example of RFC 5649 with ${bytes} bytes is wrapped and unwrapped as it stands there`, (t) => {
    t.is(wrapKwp(RFC_5649_KEY, Buffer.from(plaintext, 'hex')).toString('hex'), wrapped);
    t.is(unwrapKwp(RFC_5649_KEY, Buffer.from(wrapped, 'hex'), refuse).toString('hex'), plaintext);
  });
}

test('what is wrapped by RFC 5649 under an AES key of any size is unwrapped equal', (t) => {
  const key = fc.constantFrom(16, 24, 32).chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
  fc.assert(
    fc.property(key, fc.uint8Array({ minLength: 1, maxLength: 200 }), (aes, plaintext) => {
      const wrapped = wrapKwp(aes, plaintext);
      t.is(wrapped.length, 8 + Math.ceil(plaintext.length / 8) * 8);
      t.deepEqual(unwrapKwp(aes, wrapped, refuse), Buffer.from(plaintext));
    }),
  );
});

test('lengths that RFC 5649 never makes are refused', (t) => {
  for (const bytes of [0, 1, 8, 15, 17, 31]) {
    t.is(
      codeOf(() => unwrapKwp(RFC_5649_KEY, Buffer.alloc(bytes), refuse)),
      'BLOB_UNWRAP_FAILED',
    );
  }
});

for (const size of KEK_SIZES) {
  test(`every target goes under a KEK of ${size} bits and comes out equal`, (t) => {
    const kek = practiceKey(`kek-${size}`);
    const secrets = (['aes-128', 'aes-192', 'aes-256'] as const).map((name) => practiceKey(name).export());
    for (const plaintext of [...TARGETS.map(([name]) => targetDer(name)), ...secrets]) {
      const { plaintext: out, aesBits } = openPracticeBlob(kek, wrapPracticeKey(kekJwk(size), plaintext));
      t.deepEqual(out, plaintext);
      t.is(aesBits, 256);
    }
  });
}

test('any bytes go in and come out equal, whatever the size of the AES key', (t) => {
  const kek = practiceKey('kek-2048');
  const aesKey = fc.constantFrom(16, 24, 32).chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), aesKey, (plaintext, aes) => {
      const opened = openPracticeBlob(kek, wrapPracticeKey(kekJwk(2048), plaintext, { aesKey: aes }));
      t.deepEqual(opened.plaintext, Buffer.from(plaintext));
      t.is(opened.aesBits, aes.length * 8);
    }),
    { numRuns: 50 },
  );
});

test('two wraps of one key share neither the AES key nor any block of the ciphertext', (t) => {
  const plaintext = targetDer('ec-p384');
  const seen = new Set<string>();
  const wraps = 50;
  for (let i = 0; i < wraps; i++) {
    const ciphertext = wrapPracticeKey(kekJwk(2048), plaintext);
    seen.add(ciphertext.subarray(0, 256).toString('hex'));
    for (let at = 256; at < ciphertext.length; at += 8) seen.add(ciphertext.toString('hex', at, at + 8));
  }
  t.is(seen.size, wraps * (1 + 200 / 8));
});

test('a ciphertext with any one bit flipped does not open', (t) => {
  const kek = practiceKey('kek-2048');
  const ciphertext = wrapPracticeKey(kekJwk(2048), targetDer('ec-p256'));
  fc.assert(
    fc.property(fc.nat(ciphertext.length * 8 - 1), (bit) => {
      const flipped = Buffer.from(ciphertext);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      t.is(
        codeOf(() => openPracticeBlob(kek, flipped)),
        'BLOB_UNWRAP_FAILED',
      );
    }),
    { numRuns: 300 },
  );
});

test('a ciphertext of another KEK, of exchanged halves or of impossible length does not open', (t) => {
  const kek = practiceKey('kek-2048');
  const ciphertext = wrapPracticeKey(kekJwk(2048), targetDer('ec-p256'));
  const exchanged = Buffer.concat([ciphertext.subarray(256), ciphertext.subarray(0, 256)]);
  const other = wrapPracticeKey(rsaPublicJwk(Buffer.alloc(256, 0xff), Buffer.from([1, 0, 1])), Buffer.alloc(32));
  for (const wrong of [exchanged, other]) {
    t.is(
      codeOf(() => openPracticeBlob(kek, wrong)),
      'BLOB_UNWRAP_FAILED',
    );
  }
  for (const wrong of [ciphertext.subarray(0, -1), ciphertext.subarray(0, 256), Buffer.alloc(0)]) {
    t.is(
      codeOf(() => openPracticeBlob(kek, wrong)),
      'BLOB_CIPHERTEXT',
    );
  }
});

test('other paddings of the AES key and other sizes of it are refused by name', (t) => {
  const kek = practiceKey('kek-2048');
  const publicKek = createPublicKey(kek);
  const tail = wrapKwp(Buffer.alloc(32), Buffer.alloc(32, 1));
  const oaep = { key: publicKek, padding: constants.RSA_PKCS1_OAEP_PADDING };
  const open = (first: Buffer) => refusal(() => openPracticeBlob(kek, Buffer.concat([first, tail])));
  const aes = Buffer.alloc(32);
  t.regex(open(publicEncrypt({ ...oaep, oaepHash: 'sha256' }, aes)).reason, /SHA-1/);
  t.regex(open(publicEncrypt({ ...oaep, oaepHash: 'sha1', oaepLabel: Buffer.from('x') }, aes)).reason, /SHA-1/);
  t.regex(open(publicEncrypt({ key: publicKek, padding: constants.RSA_PKCS1_PADDING }, aes)).reason, /SHA-1/);
  t.regex(open(publicEncrypt({ ...oaep, oaepHash: 'sha1' }, Buffer.alloc(20))).reason, /found 20/);
  t.regex(open(publicEncrypt({ ...oaep, oaepHash: 'sha1' }, Buffer.alloc(0))).reason, /found 0/);
  t.notThrows(() => openPracticeBlob(kek, Buffer.concat([publicEncrypt({ ...oaep, oaepHash: 'sha1' }, aes), tail])));
});

test('only an RSA key of an allowed size wraps, and only a private one opens', (t) => {
  const ciphertext = wrapPracticeKey(kekJwk(2048), Buffer.alloc(32));
  for (const key of [createPublicKey(practiceKey('kek-2048')), practiceKey('ec-p256'), practiceKey('aes-256')]) {
    t.is(
      codeOf(() => openPracticeBlob(key, ciphertext)),
      'KEK_NOT_RSA',
    );
  }
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  t.is(
    codeOf(() => openPracticeBlob(small.privateKey, ciphertext)),
    'BLOB_CIPHERTEXT',
  );
  const modulus = (bits: number) => Buffer.alloc(bits / 8, 0xff);
  t.is(
    codeOf(() => wrapPracticeKey(rsaPublicJwk(modulus(1024), Buffer.from([3])), Buffer.alloc(32))),
    'KEK_SIZE',
  );
  t.is(
    codeOf(() => wrapPracticeKey(rsaPublicJwk(modulus(2048), modulus(2048)), Buffer.alloc(32))),
    'PUBLIC_KEY_INVALID',
  );
  t.is(
    codeOf(() => wrapPracticeKey(kekJwk(2048), Buffer.alloc(0))),
    'TARGET_ENCODING',
  );
});

test('a given AES key is left as it is, and must be one', (t) => {
  const aesKey = Buffer.alloc(32, 7);
  wrapPracticeKey(kekJwk(2048), Buffer.alloc(32), { aesKey });
  t.deepEqual(aesKey, Buffer.alloc(32, 7));
  t.is(
    codeOf(() => wrapPracticeKey(kekJwk(2048), Buffer.alloc(32), { aesKey: Buffer.alloc(20) })),
    'INTERNAL',
  );
});

test('each half opens alone, and a refusal tells which of them, or the size of the AES key, is to blame', (t) => {
  const kek = practiceKey('kek-2048');
  const [aesKey, plaintext] = [Buffer.alloc(32, 7), targetDer('ec-p256')];
  const ciphertext = wrapPracticeKey(kekJwk(2048), plaintext, { aesKey });
  const [first, second] = [ciphertext.subarray(0, 256), ciphertext.subarray(256)];
  t.deepEqual(unwrapPracticeAesKey(kek, first), aesKey);
  t.deepEqual(unwrapPracticeTarget(aesKey, second), plaintext);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const odd = publicEncrypt({ key: createPublicKey(kek), padding, oaepHash: 'sha1' }, Buffer.alloc(20));
  for (const [stage, open] of [
    ['oaep', () => unwrapPracticeAesKey(practiceKey('rsa-2048'), first)],
    ['aes-size', () => unwrapPracticeAesKey(kek, odd)],
    ['kwp', () => unwrapPracticeTarget(Buffer.alloc(32, 8), second)],
  ] as const) {
    const { code, values } = refusal(open);
    t.deepEqual([code, values], ['BLOB_UNWRAP_FAILED', { stage }]);
  }
});
