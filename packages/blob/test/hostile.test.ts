import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { readByok } from '../src/byok.js';
import { inspectByok } from '../src/byok-anatomy.js';
import { parseJson } from '../src/json.js';
import { publicJwkOf } from '../src/jwk.js';
import { readKek } from '../src/kek-reading.js';
import { checkKek } from '../src/kek-rules.js';
import { KID_PATTERN, parseKid } from '../src/kid.js';
import { readManifest, writeManifest } from '../src/manifest.js';
import { openPracticeBlob, wrapPracticeKey } from '../src/practice.js';
import { readPublicKey } from '../src/public-key.js';
import { readReceipt, writeReceipt } from '../src/receipt.js';
import { readTargetKey } from '../src/target-key.js';
import { parseThumbprint } from '../src/thumbprint.js';
import { parseVaultUrl } from '../src/vault-address.js';
import { endsWell } from './support/refusal.js';
import {
  azKey,
  blob,
  json,
  KID,
  kekDer,
  kekFile,
  kekJwk,
  kekPem,
  manifest,
  receipt,
  targetDer,
} from './support/samples.js';

/** Every reader of what comes from outside, with valid inputs to start from. */
const READERS: readonly [name: string, read: (bytes: Buffer) => unknown, valid: readonly Buffer[]][] = [
  ['parseJson', parseJson, [blob(), json(azKey())]],
  [
    'readKek and checkKek',
    (bytes) => checkKek(readKek(bytes, { kid: KID }), new Date('2026-11-23T22:00:00Z')),
    [kekFile(), json(azKey()), json(kekJwk(2048)), Buffer.from(kekPem(2048)), kekDer(2048)],
  ],
  [
    'readPublicKey',
    readPublicKey,
    [json(publicJwkOf(practiceKey('ec-p521'))), kekDer(2048), Buffer.from(kekPem(2048)), targetDer('ec-p256')],
  ],
  ['readByok', readByok, [blob()]],
  ['inspectByok', inspectByok, [blob()]],
  ['readManifest', readManifest, [writeManifest(manifest())]],
  ['readReceipt', readReceipt, [writeReceipt(receipt())]],
  ['readTargetKey for RSA', (bytes) => readTargetKey(bytes, 'RSA'), [targetDer('rsa-2048')]],
  ['readTargetKey for EC', (bytes) => readTargetKey(bytes, 'EC'), [targetDer('ec-p256'), targetDer('ec-p521')]],
  ['readTargetKey for oct', (bytes) => readTargetKey(bytes, 'oct'), [practiceKey('aes-256').export()]],
  [
    'openPracticeBlob',
    (bytes) => openPracticeBlob(practiceKey('kek-2048'), bytes),
    [wrapPracticeKey(kekJwk(2048), targetDer('ec-p256'))],
  ],
  ['parseKid', (bytes) => parseKid(bytes.toString()), [Buffer.from(KID)]],
  ['parseVaultUrl', (bytes) => parseVaultUrl(bytes.toString()), [Buffer.from('https://bank.vault.azure.net')]],
  ['parseThumbprint', (bytes) => parseThumbprint(bytes.toString()), [Buffer.from(manifest().kek.thumbprint)]],
];

/** One way to damage a file: at a place given as a fraction of its length. */
const damage = fc.record({
  kind: fc.constantFrom('flip', 'set', 'cut', 'remove', 'insert', 'repeat', 'swap'),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.nat(20),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x30, 0x80, 0x81, 0x22, 0x5c, 0x7b, 0xff)),
});

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, { kind, place, length, byte }: Damage): Buffer {
  const at = Math.floor(place * bytes.length);
  const copy = Buffer.from(bytes);
  const [before, after] = [copy.subarray(0, at), copy.subarray(at)];
  if (kind === 'cut') return before;
  if (kind === 'remove') return Buffer.concat([before, after.subarray(length)]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.alloc(length, byte), after]);
  if (kind === 'repeat') return Buffer.concat([before, after.subarray(0, length), after]);
  if (kind === 'swap') return Buffer.concat([after, before]);
  copy[at] = kind === 'set' ? byte : (copy[at] ?? 0) ^ (1 << (byte & 7));
  return copy;
}

for (const [name, read, valid] of READERS) {
  test(`${name} ends well on valid input`, (t) => {
    for (const bytes of valid) t.true(endsWell(() => read(bytes)));
  });

  test(`${name} accepts any bytes or refuses them with a code`, (t) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, (input) => t.true(endsWell(() => read(Buffer.from(input))))),
      { numRuns: 300 },
    );
  });

  test(`${name} accepts damaged input or refuses it with a code`, (t) => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(damage, { minLength: 1, maxLength: 3 }), (input, damages) => {
        t.true(endsWell(() => read(damages.reduce(damaged, input))));
      }),
      { numRuns: 500 },
    );
  });
}

for (const [name, type, runs] of [
  ['rsa-2048', 'RSA', 300],
  ['ec-p256', 'EC', 300],
  ['ec-secp256k1', 'EC', 300],
] as const) {
  test(`${name} with any one bit of its encoding flipped is refused`, (t) => {
    const der = targetDer(name);
    fc.assert(
      fc.property(fc.nat(der.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(der);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        t.throws(() => readTargetKey(flipped, type), { instanceOf: KeyferryError });
      }),
      { numRuns: runs },
    );
  });
}

test('a JSON form with any member replaced by any value is accepted or refused with a code', (t) => {
  const forms: [read: (bytes: Buffer) => unknown, form: object][] = [
    [readKek, azKey()],
    [readKek, JSON.parse(kekFile().toString())],
    [readByok, JSON.parse(blob().toString())],
    [inspectByok, JSON.parse(blob().toString())],
    [readManifest, manifest()],
    [readReceipt, receipt()],
  ];
  const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...forms), place, fc.jsonValue(), ([read, form], path, value) => {
      t.true(endsWell(() => read(json(replaced(form, path, value)))));
    }),
    { numRuns: 1500 },
  );
});

test('parseKid and the pattern of the schemas accept the same kids', (t) => {
  const part = fc.constantFrom(
    ...['https://', 'bank', '.', 'vault.azure.net', '/keys/', 'kek', '/', KID.slice(-32), 'A', '%', ':1'],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 9 }).map((parts) => parts.join('')),
        fc.constant(KID),
      ),
      (text) => {
        let accepted = true;
        try {
          parseKid(text);
        } catch {
          accepted = false;
        }
        t.is(KID_PATTERN.test(text), accepted, text);
      },
    ),
    { numRuns: 2000 },
  );
});

function replaced(form: unknown, [index = 0, ...rest]: readonly number[], value: unknown): unknown {
  if (typeof form !== 'object' || form === null) return value;
  const names = Object.keys(form);
  const name = names[index % Math.max(names.length, 1)] ?? 'x';
  const member = (form as Record<string, unknown>)[name];
  return { ...form, [name]: rest.length === 0 ? value : replaced(member, rest, value) };
}
