import { createCipheriv } from 'node:crypto';
import type { Note } from '../../conformance/src/vectors/format.js';
import { type PracticeKeyName, TARGET_KEYS } from '../../test/support/practice-keys.js';
import { aiv, kwp, padded, pkcs7Padded, RFC_3394_IV, wrapped } from './aes-wrap.js';
import { type Draft, type DraftFile, flipped, hex, invalid, seeded, valid } from './draft.js';
import { plaintextOf } from './practice.js';

const RFC = 'https://www.rfc-editor.org/rfc/rfc5649';

const NOTES: Readonly<Record<string, Note>> = {
  Normal: { bugType: 'BASIC', description: 'A message wrapped by RFC 5649.', links: [RFC] },
  TargetKey: {
    bugType: 'BASIC',
    description: 'The encoding of a key of a kind and size that is transferred.',
    effect: 'Keys of this kind cannot be transferred.',
  },
  Rfc5649Example: { bugType: 'BASIC', description: 'An example of RFC 5649 section 6.', links: [RFC] },
  ModifiedIcv: {
    bugType: 'AUTH_BYPASS',
    description: 'The constant half of the alternative initial value is not A65959A6.',
    effect: 'A wrapped key that was changed is taken for a good one: the value is all the integrity there is.',
  },
  ModifiedLength: {
    bugType: 'AUTH_BYPASS',
    description: 'The length field does not fit the number of blocks.',
    effect: 'The key is cut short, grows by bytes that are not its own, or memory beyond the message is read.',
  },
  ModifiedPadding: {
    bugType: 'AUTH_BYPASS',
    description: 'The bytes after the message are not zero.',
    effect: 'Several ciphertexts open to one key.',
  },
  Rfc3394: {
    bugType: 'WRONG_PRIMITIVE',
    description: 'AES key wrap of RFC 3394, over a message that was padded in some other way or not at all.',
    effect: 'HSMs that call this CKM_AES_KEY_WRAP_PAD make blobs that the service refuses.',
  },
  WrongPrimitive: {
    bugType: 'WRONG_PRIMITIVE',
    description: 'Another mode of AES in place of the key wrap.',
    effect: 'The key is taken without an integrity check.',
  },
  ModifiedCiphertext: {
    bugType: 'AUTH_BYPASS',
    description: 'A right ciphertext that was changed.',
    effect: 'A key is imported that nobody made.',
  },
  WrongKey: { bugType: 'AUTH_BYPASS', description: 'Wrapped under another AES key.' },
  WrongLength: {
    bugType: 'EDGE_CASE',
    description: 'A length that the wrapping never makes: no multiple of 8 bytes, or less than 16.',
    effect: 'Some libraries answer an empty input with an empty key.',
  },
};

export function kwpFamily(): DraftFile {
  return {
    schema: 'aes-kwp',
    algorithm: 'AES-KWP',
    header: [
      'Test vectors of AES key wrap with padding (RFC 5649, NIST SP 800-38F KWP), as a key transfer blob uses it for its',
      'second half. `key` is the AES key, `msg` what was to be wrapped, `ct` the wrapped bytes.',
    ],
    notes: NOTES,
    testGroups: ([128, 192, 256] as const).map((keySize) => ({
      type: 'KeywrapTest',
      keySize,
      tests: [...rightOnes(keySize), ...wrongInside(keySize), ...wrongOutside(keySize)],
    })),
  };
}

type KwpDraft = Draft & { readonly key: string; readonly msg: string; readonly ct: string };

function rightOnes(keySize: number): KwpDraft[] {
  const right = (comment: string, flag: string, key: Buffer, message: Buffer) =>
    valid(comment, flag, { key: hex(key), msg: hex(message), ct: hex(kwp(key, message)) });
  const lengths = Array.from({ length: 72 }, (_, index) => index + 1);
  return [
    ...(keySize === 192 ? rfcExamples() : []),
    ...lengths.map((length) => {
      const words = `kwp ${keySize} ${length}`;
      return right(
        `${length} bytes`,
        'Normal',
        seeded(`${words} key`, keySize / 8),
        seeded(`${words} message`, length),
      );
    }),
    ...[0x00, 0xff].flatMap((byte) =>
      [7, 8, 32].map((length) =>
        right(
          `${length} bytes of ${hex(Buffer.of(byte))}`,
          'Normal',
          seeded(`kwp ${keySize} ${byte}`, keySize / 8),
          Buffer.alloc(length, byte),
        ),
      ),
    ),
    ...TARGET_KEYS.map((name) =>
      right(targetName(name), 'TargetKey', seeded(`kwp ${keySize} ${name}`, keySize / 8), plaintextOf(name)),
    ),
  ];
}

function rfcExamples(): KwpDraft[] {
  const key = '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8';
  const examples = [
    ['c37b7e6492584340bed12207808941155068f738', '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'],
    ['466f7250617369', 'afbeb0f07dfbf5419200f2ccb50bb24f'],
  ] as const;
  return examples.map(([msg, ct]) => valid(`RFC 5649: ${msg.length / 2} bytes`, 'Rfc5649Example', { key, msg, ct }));
}

function targetName(name: PracticeKeyName): string {
  return `the practice key ${name}`;
}

/** What is wrong before the wrapping: initial value, length field, padding, the primitive itself. */
function wrongInside(keySize: number): KwpDraft[] {
  const key = seeded(`kwp ${keySize} wrong`, keySize / 8);
  const made = (comment: string, flag: string, message: Buffer, ct: Buffer) =>
    invalid('kwp', comment, flag, { key: hex(key), msg: hex(message), ct: hex(ct) });
  const withIv = (iv: Uint8Array, message: Buffer) => wrapped(key, iv, padded(message));
  const withLength = (length: number, blocks: Buffer) => wrapped(key, aiv(length), blocks);
  const tests: KwpDraft[] = [];

  const message = seeded(`kwp ${keySize} message`, 20);
  for (let bit = 0; bit < 32; bit++) {
    tests.push(
      made(`bit ${bit} of the initial value turned`, 'ModifiedIcv', message, withIv(flipped(aiv(20), bit), message)),
    );
  }
  for (const bytes of [5, 8]) {
    const short = message.subarray(0, bytes);
    for (const bit of [0, 31]) {
      const ct = withIv(flipped(aiv(bytes), bit), short);
      tests.push(made(`bit ${bit} of the initial value turned, one block`, 'ModifiedIcv', short, ct));
    }
  }
  for (const [name, iv] of [
    ['zeros', Buffer.alloc(8)],
    ['ff', Buffer.alloc(8, 0xff)],
    ['length before constant', Buffer.concat([aiv(20).subarray(4), aiv(20).subarray(0, 4)])],
  ] as const) {
    tests.push(made(`initial value: ${name}`, 'ModifiedIcv', message, withIv(iv, message)));
  }

  for (const bytes of [1, 8, 9, 16, 20, 23, 24, 138]) {
    const long = seeded(`kwp ${keySize} long ${bytes}`, bytes);
    const blocks = padded(long);
    const room = blocks.length;
    const lengths = [0, room - 8, room + 1, room + 8, 256 * room, 0x7fffffff, 0x80000000 + bytes, 0xffffffff];
    for (const length of new Set(lengths)) {
      const comment = `a length field of ${length} for ${bytes} bytes in ${room}`;
      tests.push(made(comment, 'ModifiedLength', long, withLength(length, blocks)));
    }
    if (bytes % 8 === 0) continue;
    for (let at = bytes; at < room; at++) {
      const dirty = Buffer.from(blocks);
      dirty[at] = at % 2 === 0 ? 0x01 : 0x80;
      const comment = `byte ${at - bytes + 1} of ${room - bytes} of the padding is not zero`;
      tests.push(made(comment, 'ModifiedPadding', long, withLength(bytes, dirty)));
    }
    tests.push(
      made(
        `PKCS#7 padding inside RFC 5649, ${bytes} bytes`,
        'ModifiedPadding',
        long,
        withLength(bytes, pkcs7Padded(long)),
      ),
    );
  }

  for (const bytes of [16, 24, 138, 140]) {
    const long = seeded(`kwp ${keySize} 3394 ${bytes}`, bytes);
    if (bytes % 8 === 0) {
      tests.push(made(`RFC 3394 of ${bytes} bytes`, 'Rfc3394', long, wrapped(key, RFC_3394_IV, long)));
    } else {
      tests.push(
        made(`zeros, then RFC 3394, ${bytes} bytes`, 'Rfc3394', long, wrapped(key, RFC_3394_IV, padded(long))),
      );
    }
    tests.push(
      made(`PKCS#7, then RFC 3394, ${bytes} bytes`, 'Rfc3394', long, wrapped(key, RFC_3394_IV, pkcs7Padded(long))),
    );
  }
  for (const [mode, iv] of [
    ['ecb', null],
    ['cbc', Buffer.alloc(16)],
    ['ctr', Buffer.alloc(16)],
  ] as const) {
    const long = seeded(`kwp ${keySize} ${mode}`, 32);
    const cipher = createCipheriv(`aes-${keySize}-${mode}`, key, iv);
    const ct = Buffer.concat([cipher.update(long), cipher.final()]);
    tests.push(made(`AES-${mode.toUpperCase()}`, 'WrongPrimitive', long, ct));
  }
  const gcm = createCipheriv(`aes-${keySize}-gcm` as 'aes-256-gcm', key, Buffer.alloc(12));
  const sealed = Buffer.concat([gcm.update(message), gcm.final(), gcm.getAuthTag()]);
  tests.push(made('AES-GCM, then its tag, cut to a multiple of 8', 'WrongPrimitive', message, sealed.subarray(0, 32)));
  tests.push(made('the message itself', 'WrongPrimitive', message, padded(message)));
  return tests;
}

/** What is wrong after the wrapping. */
function wrongOutside(keySize: number): KwpDraft[] {
  const key = seeded(`kwp ${keySize} changed`, keySize / 8);
  const message = seeded(`kwp ${keySize} changed message`, 30);
  const right = kwp(key, message);
  const made = (comment: string, flag: string, ct: Buffer, under = key) =>
    invalid('kwp', comment, flag, { key: hex(under), msg: hex(message), ct: hex(ct) });
  const block = (at: number) => right.subarray(at * 8, at * 8 + 8);
  const lengths = [0, 1, 7, 8, 9, 15, 17, 23, 25, 39];
  return [
    ...Array.from(right, (_, byte) =>
      made(`a bit of byte ${byte} turned`, 'ModifiedCiphertext', flipped(right, byte * 8 + (byte % 8))),
    ),
    made('the first block taken away', 'ModifiedCiphertext', right.subarray(8)),
    made('the last block taken away', 'ModifiedCiphertext', right.subarray(0, -8)),
    made('a block of zeros added', 'ModifiedCiphertext', Buffer.concat([right, Buffer.alloc(8)])),
    made('the last block twice', 'ModifiedCiphertext', Buffer.concat([right, block(4)])),
    made(
      'two blocks exchanged',
      'ModifiedCiphertext',
      Buffer.concat([block(0), block(2), block(1), block(3), block(4)]),
    ),
    made('the bytes in reverse', 'ModifiedCiphertext', Buffer.from(right).reverse()),
    made('zeros', 'ModifiedCiphertext', Buffer.alloc(right.length)),
    made('another AES key', 'WrongKey', right, seeded(`kwp ${keySize} other`, keySize / 8)),
    made('the bytes of the AES key in reverse', 'WrongKey', right, Buffer.from(key).reverse()),
    ...lengths.map((length) => made(`${length} bytes`, 'WrongLength', right.subarray(0, length))),
    made('a byte more', 'WrongLength', Buffer.concat([right, Buffer.alloc(1)])),
  ];
}
