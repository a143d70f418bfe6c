import { randomBytes } from 'node:crypto';
import { CKM, mechanismName, type ObjectHandle } from '@keyferry/pkcs11';
import { aiv, pkcs7Padded, wrapBlocks, wrapPadded, zeroPadded } from '../../making/key-wrap.js';
import type { Verdict } from '../../suite/verdict.js';
import type { ModuleFault } from '../faults.js';
import { derLength, type Flavour, flavourOf } from '../flavour.js';
import { attempt, type Hsm } from '../hsm.js';
import { judged, refused, returnedBy, unsupported } from '../judging.js';
import { createAes, generateAes, generateEc } from '../keys.js';
import type { CaseTable, ModuleCase } from '../module-case.js';
import { proofOf } from '../proof.js';

const CLAUSE = 'PKCS#11 v3.1 section 6.13.10, RFC 3394, RFC 5649';
const UNWRAP = 'PKCS#11 v3.1 section 5.18.4';
/** CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE; many modules say CKR_ENCRYPTED_DATA_INVALID or CKR_GENERAL_ERROR. */
const NOT_A_KEY = [0x110, 0x112, 0x40, 0x41, 0x5, 0x6, 0x20, 0x21];
const CANNOT_WRAP = [0x69, 0x14, 0x62, 0x63, 0x21, 0x6, 0x5, 0x70, 0x71];

interface WrapMechanism {
  readonly type: number;
  /** What it should make of a key. The second list is what is made too, where the standard left it open. */
  readonly right: readonly Flavour[];
  readonly open: readonly Flavour[];
  /** As a peer makes its product of a key. */
  readonly make: (key: Uint8Array, wrappingKey: Uint8Array) => Uint8Array;
}

/** What a flavour means that was not asked for. */
const FAULTS: Partial<Record<Flavour, ModuleFault>> = {
  'RFC 5649 over zeros added to the key': 'module/zero-padding',
  'RFC 3394 over zero padding': 'module/zero-padding-rfc3394',
  'RFC 3394 over PKCS#7 padding': 'module/pkcs7-padding',
};

const RFC_3394_IV = Buffer.alloc(8, 0xa6);
const plain = (key: Uint8Array, wrappingKey: Uint8Array) => wrapBlocks(RFC_3394_IV, zeroPadded(key), wrappingKey);

/** The standard says of CKM_AES_KEY_WRAP_PAD since version 3.0 only that it is deprecated: two paddings are in use. */
const MECHANISMS: Readonly<Record<string, WrapMechanism>> = {
  'aes-key-wrap': { type: CKM.AES_KEY_WRAP, right: ['RFC 3394'], open: ['RFC 3394 over zero padding'], make: plain },
  'aes-key-wrap-pad': {
    type: CKM.AES_KEY_WRAP_PAD,
    right: ['RFC 5649'],
    open: ['RFC 3394 over PKCS#7 padding', 'RFC 5649 over zeros added to the key'],
    make: wrapPadded,
  },
  'aes-key-wrap-kwp': { type: CKM.AES_KEY_WRAP_KWP, right: ['RFC 5649'], open: [], make: wrapPadded },
  'aes-key-wrap-pkcs7': {
    type: CKM.AES_KEY_WRAP_PKCS7,
    right: ['RFC 3394 over PKCS#7 padding'],
    open: [],
    make: (key, wrappingKey) => wrapBlocks(RFC_3394_IV, pkcs7Padded(key, 8), wrappingKey),
  },
};

interface Wrapped {
  readonly words: string;
  make(hsm: Hsm): Promise<ObjectHandle>;
  length(opened: Uint8Array): number;
}

const OPEN = { token: false, private: true, sensitive: false, extractable: true } as const;
const KEYS: Readonly<Record<string, Wrapped>> = {
  'aes-256': { words: 'an AES key of 32 bytes', make: (hsm) => generateAes(hsm, OPEN), length: () => 32 },
  'secret-20': {
    words: 'a secret of 20 bytes',
    make: async ({ session, own }) =>
      own(session.create({ class: 'secret-key', keyType: 'generic-secret', value: randomBytes(20), ...OPEN })),
    length: () => 20,
  },
  'ec-p256': {
    words: 'an EC private key, whose PKCS#8 is no multiple of 8 bytes',
    make: async (hsm) => (await generateEc(hsm, OPEN)).privateKey,
    length: derLength,
  },
};

function emits({ type, right, open }: WrapMechanism, { words, make, length }: Wrapped): ModuleCase {
  return {
    title: `${mechanismName(type)} makes of ${words} what its name says`,
    level: open.length > 0 ? 'should' : 'must',
    clause: CLAUSE,
    why: 'The vault opens RFC 5649 and nothing else. Numbers and names of mechanisms do not tell what a module makes.',
    since: '0.1.0',
    async run(hsm) {
      if (!hsm.token.mechanismInfo(type)?.flags.wrap) return unsupported('the token does not wrap with this mechanism');
      const known = randomBytes(32);
      const wrapping = await attempt(() => createAes(hsm, known, { wrap: true }));
      if (!wrapping.done) return unsupported(`the token takes no AES key from outside: ${wrapping.returned}`);
      const key = await attempt(() => make(hsm));
      if (!key.done) return unsupported(`the token makes no such key: ${key.returned}`);
      const product = await attempt(() => hsm.session.wrapKey({ type }, wrapping.value, key.value));
      const expected = right.join(' or ');
      const finding = { id: 'key-wrap/flavour', clause: CLAUSE, expected };
      if (!product.done) {
        const level = CANNOT_WRAP.includes(product.number) ? 'pass' : 'warn';
        const actual = `it refuses such keys: ${returnedBy(product)}`;
        return judged([{ ...finding, level, actual }], { conclusion: 'standard silent' });
      }
      const found = flavourOf(known, product.value, length);
      const level = right.includes(found) ? 'pass' : open.includes(found) ? 'warn' : 'fail';
      return judged([{ ...finding, level, actual: found }], {
        conclusion: level === 'warn' ? 'standard silent' : null,
        fault: FAULTS[found],
      });
    },
  };
}

/** What is wrong with the product that the module is asked to open. */
const DAMAGES: Readonly<
  Record<
    string,
    { words: string; only?: number[]; of(key: Buffer, wrappingKey: Buffer, right: Uint8Array): Uint8Array }
  >
> = {
  tampered: {
    words: 'one bit is changed',
    of: (_key, _wrappingKey, right) => Buffer.from(right).map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
  },
  'other-key': {
    words: 'it was made under another key',
    of: (key) => wrapPadded(key, randomBytes(32)),
  },
  'length-field': {
    words: 'its length field is 8 too small',
    only: [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD],
    of: (key, wrappingKey) => wrapBlocks(aiv(key.length - 8), key, wrappingKey),
  },
  'padding-not-zero': {
    words: 'its padding is not zero',
    only: [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD],
    of: (key, wrappingKey) =>
      wrapBlocks(aiv(key.length - 1), Buffer.concat([key.subarray(0, -1), Buffer.of(7)]), wrappingKey),
  },
};

async function wrappingPair(hsm: Hsm): Promise<{ known: Buffer; wrapping: ObjectHandle } | Verdict> {
  const known = randomBytes(32);
  const made = await attempt(() => createAes(hsm, known, { unwrap: true }));
  if (!made.done) return unsupported(`the token takes no AES key from outside: ${made.returned}`);
  return { known, wrapping: made.value };
}

function unwrapTo(
  hsm: Hsm,
  type: number,
  wrapping: ObjectHandle,
  wrapped: Uint8Array,
  keyType: 'AES' | 'generic-secret',
) {
  const template = {
    class: 'secret-key',
    keyType,
    token: false,
    private: true,
    sensitive: false,
    extractable: true,
    encrypt: true,
  } as const;
  return attempt(async () => hsm.own(await hsm.session.unwrapKey({ type }, wrapping, Buffer.from(wrapped), template)));
}

function accepts({ type, make }: WrapMechanism): ModuleCase {
  return {
    title: `${mechanismName(type)} opens what a peer made, to the same key`,
    level: 'must',
    clause: CLAUSE,
    why: 'A module that opens only its own products cannot take part in a transfer.',
    since: '0.1.0',
    async run(hsm) {
      if (!hsm.token.mechanismInfo(type)?.flags.unwrap)
        return unsupported('the token does not unwrap with this mechanism');
      const pair = await wrappingPair(hsm);
      if ('kind' in pair) return pair;
      const key = randomBytes(32);
      const opened = await unwrapTo(hsm, type, pair.wrapping, make(key, pair.known), 'AES');
      const same = opened.done && (await proofOf(hsm, opened.value, key));
      const actual = opened.done ? (same ? 'the same key' : 'another key') : `it returned ${returnedBy(opened)}`;
      const level = same ? 'pass' : opened.done || type !== CKM.AES_KEY_WRAP_PAD ? 'fail' : 'warn';
      return judged([{ id: 'key-wrap/opens', level, clause: CLAUSE, expected: 'the same key', actual }]);
    },
  };
}

function refuses({ type, make }: WrapMechanism, { words, only, of }: (typeof DAMAGES)[string]): ModuleCase {
  return {
    title: `${mechanismName(type)} refuses a product when ${words}`,
    level: 'must',
    clause: CLAUSE,
    why: 'The integrity check is all that stands between a damaged blob and a key that nobody knows.',
    since: '0.1.0',
    async run(hsm) {
      if (!hsm.token.mechanismInfo(type)?.flags.unwrap)
        return unsupported('the token does not unwrap with this mechanism');
      if (only !== undefined && !only.includes(type)) return unsupported('the mechanism has no such field');
      const pair = await wrappingPair(hsm);
      if ('kind' in pair) return pair;
      const key = randomBytes(32);
      const opened = await unwrapTo(
        hsm,
        type,
        pair.wrapping,
        of(key, pair.known, make(key, pair.known)),
        'generic-secret',
      );
      const what = `C_UnwrapKey of a product in which ${words}`;
      return judged([refused(opened, { id: 'key-wrap/integrity', clause: CLAUSE, what, numbers: NOT_A_KEY })]);
    },
  };
}

function refusesLength(bytes: number): ModuleCase {
  return {
    title: `an AES key of ${bytes} bytes is refused`,
    level: 'must',
    clause: UNWRAP,
    why: 'AES has keys of 16, 24 and 32 bytes. What a module does with others, nobody has said.',
    since: '0.1.0',
    async run(hsm) {
      const type = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD].find(
        (number) => hsm.token.mechanismInfo(number)?.flags.unwrap,
      );
      if (type === undefined) return unsupported('the token unwraps by no mechanism that takes keys of any length');
      const pair = await wrappingPair(hsm);
      if ('kind' in pair) return pair;
      const opened = await unwrapTo(hsm, type, pair.wrapping, wrapPadded(randomBytes(bytes), pair.known), 'AES');
      const what = `C_UnwrapKey of an AES key of ${bytes} bytes`;
      const numbers = [...NOT_A_KEY, 0x62, 0x13, 0xd1];
      return judged([refused(opened, { id: 'key-wrap/aes-length', clause: UNWRAP, what, numbers })], {
        fault: opened.done ? 'module/aes-length' : undefined,
      });
    },
  };
}

/** What the AES key wrap mechanisms of the module make, open and refuse. */
export const KEY_WRAP_CASES: CaseTable = Object.fromEntries([
  ...Object.entries(MECHANISMS).flatMap(([word, mechanism]) => [
    ...Object.entries(KEYS).map(([key, wrapped]) => [
      `module/key-wrap/${word}/wraps/${key}`,
      emits(mechanism, wrapped),
    ]),
    [`module/key-wrap/${word}/opens`, accepts(mechanism)],
    ...Object.entries(DAMAGES).map(([name, damage]) => [
      `module/key-wrap/${word}/refuses/${name}`,
      refuses(mechanism, damage),
    ]),
  ]),
  ...[20, 31, 1216].map((bytes) => [`module/key-wrap/aes-length/${bytes}`, refusesLength(bytes)]),
]);
