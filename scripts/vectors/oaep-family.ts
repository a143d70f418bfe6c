import type { Note } from '../../conformance/src/vectors/format.js';
import { acceptable, type Draft, type DraftFile, flipped, hex, invalid, seeded, valid } from './draft.js';
import { KEK_SIZES, type KekSize, kekMembers } from './practice.js';
import { bytesOf, kekNumbers, type OaepSteps, oaepEncoded, rsaPublic } from './rsa.js';

const RFC = 'https://www.rfc-editor.org/rfc/rfc8017#section-7.1';

const NOTES: Readonly<Record<string, Note>> = {
  Normal: {
    bugType: 'BASIC',
    description: 'An AES-256 key by RSAES-OAEP, SHA-1 for hash and MGF1, no label.',
    links: [RFC],
  },
  SpecialCase: { bugType: 'EDGE_CASE', description: 'Right, with a key, a seed or a ciphertext of rare bytes.' },
  OtherHash: {
    bugType: 'MODIFIED_PARAMETER',
    description: 'Another hash than SHA-1 in both places.',
    effect: 'The service refuses the blob without a reason. Some libraries take SHA-256 unless told.',
  },
  MixedHash: {
    bugType: 'MODIFIED_PARAMETER',
    description: 'SHA-1 in one place, another hash in the other.',
    effect: 'Some libraries keep MGF1 at SHA-1 whatever the hash is.',
  },
  Label: { bugType: 'MODIFIED_PARAMETER', description: 'A label that is not empty.' },
  WrongPadding: { bugType: 'WRONG_PRIMITIVE', description: 'RSA with another padding, or with none.' },
  ModifiedBlock: {
    bugType: 'MISSING_STEP',
    description: 'The encoded block breaks a rule that the decoding must check (RFC 8017 section 7.1.2 step 3).',
    effect: 'A decoder that does not check it can be asked for the key, message by message.',
    links: [RFC],
  },
  ModifiedCiphertext: { bugType: 'AUTH_BYPASS', description: 'A right ciphertext that was changed.' },
  OutOfRange: {
    bugType: 'EDGE_CASE',
    description: 'A number that is no ciphertext, or a length that is not that of the modulus.',
  },
  OtherKeySize: {
    bugType: 'CAN_OF_WORMS',
    description: 'An AES key of 128 or 192 bits: the specification states no size, but every known tool uses 256.',
  },
  NoAesKey: { bugType: 'MODIFIED_PARAMETER', description: 'A message of a length that no AES key has.' },
};

export function oaepFamily(): DraftFile {
  return {
    schema: 'rsa-oaep-sha1-aes256',
    algorithm: 'RSAES-OAEP',
    header: [
      'Test vectors of RSAES-OAEP (RFC 8017) with SHA-1, MGF1 with SHA-1 and an empty label, around an AES-256 key: the',
      'first half of a key transfer blob. The private keys are published: they protect nothing.',
      'An invalid test of stage aes-size opens by OAEP; what comes out is no AES key.',
    ],
    notes: NOTES,
    testGroups: KEK_SIZES.map((keySize) => ({
      type: 'RsaesOaepDecrypt',
      ...kekMembers(keySize),
      sha: 'SHA-1',
      mgf: 'MGF1',
      mgfSha: 'SHA-1',
      label: '',
      tests: testsFor(keySize),
    })),
  };
}

type OaepDraft = Draft & { readonly msg: string; readonly ct: string };

/** How many tests of a kind: a private operation takes node-forge 45, 130 and 400 ms. */
const AMOUNT = {
  2048: { right: 20, flips: 24, thorough: true },
  3072: { right: 8, flips: 6, thorough: false },
  4096: { right: 6, flips: 4, thorough: false },
} as const;

function testsFor(keySize: KekSize): OaepDraft[] {
  const { right, flips, thorough } = AMOUNT[keySize];
  const kek = kekNumbers(keySize);
  const message = seeded(`oaep ${keySize} AES key`, 32);
  const seedOf = (words: string, length = 20) => seeded(`oaep ${keySize} seed ${words}`, length);
  const encrypted = (steps: OaepSteps, msg: Uint8Array = message) => rsaPublic(kek, oaepEncoded(msg, kek.bytes, steps));
  const members = (ct: Uint8Array, msg: Uint8Array = message) => ({ msg: hex(msg), ct: hex(ct) });
  const refused = (comment: string, flag: string, ct: Uint8Array, msg: Uint8Array = message) =>
    invalid('oaep', comment, flag, members(ct, msg));
  const rightCt = encrypted({ seed: seedOf('right') });
  const zeroFirst = withZeroFirst(encrypted, seedOf);
  const tests: OaepDraft[] = [];

  for (let run = 0; run < right; run++) {
    const aesKey = seeded(`oaep ${keySize} key ${run}`, 32);
    tests.push(valid('random', 'Normal', members(encrypted({ seed: seedOf(`${run}`) }, aesKey), aesKey)));
  }
  const bytes00 = Buffer.alloc(32);
  const bytesFf = Buffer.alloc(32, 0xff);
  tests.push(
    valid('an AES key of zeros', 'SpecialCase', members(encrypted({ seed: seedOf('00') }, bytes00), bytes00)),
    valid('an AES key of ff', 'SpecialCase', members(encrypted({ seed: seedOf('ff') }, bytesFf), bytesFf)),
    valid('a seed of zeros', 'SpecialCase', members(encrypted({ seed: Buffer.alloc(20) }))),
    valid('a ciphertext that begins with a zero byte', 'SpecialCase', members(zeroFirst)),
  );

  const others = thorough ? ['sha224', 'sha256', 'sha384', 'sha512', 'md5', 'sha3-256'] : ['sha256', 'sha512'];
  for (const hash of others) {
    const seed = seedOf(hash, HASH_BYTES[hash]);
    tests.push(refused(`${hash} in both places`, 'OtherHash', encrypted({ seed, hash })));
    tests.push(refused(`${hash}, MGF1 with SHA-1`, 'MixedHash', encrypted({ seed, hash, mgfHash: 'sha1' })));
    tests.push(
      refused(`SHA-1, MGF1 with ${hash}`, 'MixedHash', encrypted({ seed: seedOf(`mgf ${hash}`), mgfHash: hash })),
    );
  }
  const labels = thorough ? ['label', '\0', 'TransportKey', 'CKM_RSA_AES_KEY_WRAP', 'x'.repeat(64)] : ['label'];
  for (const label of labels) {
    const ct = encrypted({ seed: seedOf(label), label: Buffer.from(label) });
    tests.push(refused(`the label ${JSON.stringify(label)}`, 'Label', ct));
  }

  const zeros = kek.bytes - message.length;
  const filler = seeded(`oaep ${keySize} filler`, kek.bytes).map((byte) => byte || 1);
  const pkcs1 = (type: number, msg = message) =>
    Buffer.concat([Buffer.of(0, type), filler.subarray(0, kek.bytes - msg.length - 3), Buffer.of(0), msg]);
  tests.push(
    refused('PKCS#1 v1.5', 'WrongPadding', rsaPublic(kek, pkcs1(2))),
    refused(
      'raw RSA, the key at the end',
      'WrongPadding',
      rsaPublic(kek, Buffer.concat([Buffer.alloc(zeros), message])),
    ),
  );
  if (thorough) {
    const front = Buffer.concat([Buffer.of(0), message, Buffer.alloc(zeros - 1)]);
    tests.push(
      refused('PKCS#1 v1.5 of a signature', 'WrongPadding', rsaPublic(kek, pkcs1(1))),
      refused('raw RSA, the key at the front', 'WrongPadding', rsaPublic(kek, front)),
    );
  }

  for (const first of thorough ? [1, 2, 0x7f] : [1]) {
    const ct = encrypted({ seed: seedOf(`first ${first}`), first });
    tests.push(refused(`the first byte of the block is ${first}`, 'ModifiedBlock', ct));
  }
  for (const [comment, block] of BLOCKS.slice(0, thorough ? BLOCKS.length : 4)) {
    tests.push(refused(comment, 'ModifiedBlock', encrypted({ seed: seedOf(comment), block })));
  }

  for (let flip = 0; flip < flips; flip++) {
    // Not in the first byte: the number stays below the modulus.
    const bit = 8 + Math.floor(((kek.bytes - 1) * 8 * flip) / flips) + (flip % 8);
    tests.push(refused(`bit ${bit} turned`, 'ModifiedCiphertext', flipped(rightCt, bit)));
  }
  tests.push(refused('the bytes in reverse', 'ModifiedCiphertext', reversed(rightCt)));

  tests.push(
    refused('no ciphertext', 'OutOfRange', Buffer.alloc(0)),
    refused('a byte less', 'OutOfRange', rightCt.subarray(0, -1)),
    refused('a byte more', 'OutOfRange', Buffer.concat([rightCt, Buffer.alloc(1)])),
    refused('a zero byte before it', 'OutOfRange', Buffer.concat([Buffer.alloc(1), rightCt])),
    refused('the leading zero byte left out', 'OutOfRange', zeroFirst.subarray(1)),
    refused('the modulus', 'OutOfRange', bytesOf(kek.n, kek.bytes)),
    refused('the modulus and 1', 'OutOfRange', bytesOf(kek.n + 1n, kek.bytes)),
    refused('ff in every byte', 'OutOfRange', Buffer.alloc(kek.bytes, 0xff)),
    refused('the number 0', 'OutOfRange', Buffer.alloc(kek.bytes)),
    refused('the number 1', 'OutOfRange', bytesOf(1n, kek.bytes)),
    refused('the modulus less 1', 'OutOfRange', bytesOf(kek.n - 1n, kek.bytes)),
  );

  for (const length of [16, 24]) {
    const aesKey = message.subarray(0, length);
    const ct = encrypted({ seed: seedOf(`${length} bytes`) }, aesKey);
    tests.push(acceptable('aes-size', `an AES key of ${length * 8} bits`, 'OtherKeySize', members(ct, aesKey)));
  }
  const longest = kek.bytes - 42;
  for (const length of thorough ? [0, 1, 8, 15, 17, 23, 31, 33, 40, 48, 64, longest] : [0, 31, longest]) {
    const msg = seeded(`oaep ${keySize} ${length}`, length);
    const ct = encrypted({ seed: seedOf(`${length} bytes`) }, msg);
    tests.push(invalid('aes-size', `${length} bytes`, 'NoAesKey', members(ct, msg)));
  }
  const texts = [
    Buffer.from(hex(message)),
    Buffer.from(message.toString('base64')),
    Buffer.concat([Buffer.of(4, 32), message]),
  ];
  for (const [index, name] of ['hex digits of a key', 'base64 of a key', 'OCTET STRING of a key'].entries()) {
    const msg = texts[index] ?? message;
    if (thorough)
      tests.push(invalid('aes-size', name, 'NoAesKey', members(encrypted({ seed: seedOf(name) }, msg), msg)));
  }
  return tests;
}

const HASH_BYTES: Readonly<Record<string, number>> = {
  md5: 16,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  'sha3-256': 32,
};

/** lHash || PS || 01 || M made wrong in one place; the message begins 33 bytes before the end. */
const BLOCKS: readonly (readonly [comment: string, block: (right: Buffer) => Buffer])[] = [
  ['the hash of the label has a bit turned', (right) => flipped(right, 0)],
  [
    'zeros in place of 01 and message',
    (right) => Buffer.concat([right.subarray(0, 20), Buffer.alloc(right.length - 20)]),
  ],
  ['02 in place of 01', (right) => replaced(right, right.length - 33, 2)],
  ['ff in the padding', (right) => replaced(right, 20, 0xff)],
  ['the last bit of the hash of the label turned', (right) => flipped(right, 159)],
  ['zeros in place of the hash of the label', (right) => Buffer.concat([Buffer.alloc(20), right.subarray(20)])],
  ['02 in the middle of the padding', (right) => replaced(right, right.length - 60, 2)],
  ['02 just before 01', (right) => replaced(right, right.length - 34, 2)],
];

function replaced(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = byte;
  return copy;
}

function reversed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes).reverse();
  // Below the modulus, whatever it is.
  copy[0] = (copy[0] ?? 0) & 0x7f;
  return copy;
}

function withZeroFirst(encrypted: (steps: OaepSteps) => Buffer, seedOf: (words: string) => Buffer): Buffer {
  for (let attempt = 0; ; attempt++) {
    const ct = encrypted({ seed: seedOf(`zero first ${attempt}`) });
    if (ct[0] === 0) return ct;
  }
}
