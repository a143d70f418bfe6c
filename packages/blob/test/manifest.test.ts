import { createHash } from 'node:crypto';
import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { readByok, writeByok } from '../src/byok.js';
import { publicJwkOf } from '../src/jwk.js';
import { parseKid } from '../src/kid.js';
import { MAX_MANIFEST_BYTES, type Manifest, readManifest, writeManifest } from '../src/manifest.js';
import { checkManifest } from '../src/manifest-check.js';
import { codeOf, refusal } from './support/refusal.js';
import { blob, json, KID, manifest } from './support/samples.js';

const OCT: Partial<Manifest['target']> = {
  type: 'oct',
  crv: null,
  bits: 256,
  publicKey: null,
  publicKeySource: null,
  kcv: '0123ab',
};

const aimedAt = (changes: object) => ({ ...manifest(), target: { ...manifest().target, ...changes } });
const wrappedBy = (changes: object) => ({ ...manifest(), wrapping: { ...manifest().wrapping, ...changes } });

test('manifests of each type of target are read back as they were written', (t) => {
  const rsa = { type: 'RSA', crv: null, bits: 3072, publicKey: publicJwkOf(practiceKey('rsa-3072')) } as const;
  const targets: Partial<Manifest['target']>[] = [
    {},
    rsa,
    { ...rsa, publicKey: null, publicKeySource: null },
    OCT,
    { ...OCT, kcv: null },
    { id: '', label: '' },
  ];
  for (const target of targets) {
    const content = aimedAt(target) as Manifest;
    t.deepEqual(readManifest(writeManifest(content)), content);
  }
  const single = wrappedBy({ mechanism: 'rsa-aes-key-wrap', inner: null, outer: '0x00001054', flavour: 'unknown' });
  t.deepEqual(readManifest(json(single)), single as Manifest);
});

test('a manifest is written indented, in the order of its schema, with a newline at its end', (t) => {
  const shuffled = Object.fromEntries(Object.entries(manifest()).reverse()) as Manifest;
  t.is(writeManifest(shuffled).toString(), `${JSON.stringify(manifest(), null, 2)}\n`);
});

const publicKey = publicJwkOf(practiceKey('ec-p256'));
const REFUSED: readonly [what: string, input: unknown, code?: ErrorCode][] = [
  ['nothing', '', 'JSON_INVALID'],
  ['a member twice', writeManifest(manifest()).toString().replace('{', '{"mode":"practice",'), 'JSON_DUPLICATE_MEMBER'],
  ['too many bytes', ' '.repeat(MAX_MANIFEST_BYTES + 1)],
  ['an array', []],
  ['an unknown member', { ...manifest(), note: '' }],
  ['an unknown member __proto__', JSON.stringify(manifest()).replace('{', '{"__proto__":{},')],
  ['an unknown member deep inside', aimedAt({ attributes: { ...manifest().target.attributes, trusted: true } })],
  ['a missing member', { ...manifest(), notChecked: undefined }],
  ['a later schema', { ...manifest(), schema: 'keyferry/manifest/2' }],
  ['another mode', { ...manifest(), mode: 'test' }],
  ['a path as file', { ...manifest(), blob: { ...manifest().blob, file: '../payroll.byok' } }],
  ['a Windows path as file', { ...manifest(), blob: { ...manifest().blob, file: 'a\\b.byok' } }],
  ['.. as file', { ...manifest(), blob: { ...manifest().blob, file: '..' } }],
  ['SHA-256 in capitals', { ...manifest(), blob: { ...manifest().blob, sha256: 'AB'.repeat(32) } }],
  ['a size of 0', { ...manifest(), blob: { ...manifest().blob, size: 0 } }],
  ['a broken size', { ...manifest(), blob: { ...manifest().blob, size: 10.5 } }],
  ['an unversioned kid', { ...manifest(), kek: { ...manifest().kek, kid: KID.slice(0, -33) } }],
  ['a foreign kid', { ...manifest(), kek: { ...manifest().kek, kid: KID.replace('bank.', 'bank') } }],
  [
    'a bare thumbprint',
    { ...manifest(), kek: { ...manifest().kek, thumbprint: manifest().kek.thumbprint.slice(-43) } },
  ],
  ['another type', aimedAt({ type: 'AES' })],
  ['a type of another key', aimedAt({ type: 'RSA', crv: null, bits: 2048 })],
  ['another curve than its key', aimedAt({ crv: 'secp256k1' })],
  ['no curve', aimedAt({ crv: null })],
  ['bits of another curve', aimedAt({ bits: 384, publicKey: null, publicKeySource: null })],
  ['RSA of 1024 bits', aimedAt({ type: 'RSA', crv: null, bits: 1024, publicKey: null, publicKeySource: null })],
  [
    'an RSA key of another size',
    aimedAt({ type: 'RSA', crv: null, bits: 2048, publicKey: publicJwkOf(practiceKey('rsa-3072')) }),
  ],
  ['a public key without a source', aimedAt({ publicKeySource: null })],
  ['a source without a public key', aimedAt({ publicKey: null })],
  ['a point off its curve', aimedAt({ publicKey: { ...publicKey, x: Buffer.alloc(32, 1).toString('base64url') } })],
  ['a private key', aimedAt({ publicKey: { ...publicKey, d: 'AQAB' } })],
  ['a public key with padding', aimedAt({ publicKey: { kty: 'RSA', n: 'AQAB====', e: 'AQAB' } })],
  ['a modulus with a leading zero', aimedAt({ type: 'RSA', crv: null, bits: 2048, publicKey: leadingZero() })],
  ['a public key for oct', aimedAt({ ...OCT, publicKey, publicKeySource: 'object' })],
  ['a curve for oct', aimedAt({ ...OCT, crv: 'P-256' })],
  ['a KCV for EC', aimedAt({ kcv: '0123ab' })],
  ['a KCV of four bytes', aimedAt({ ...OCT, kcv: '0123abcd' })],
  ['a KCV in capitals', aimedAt({ ...OCT, kcv: '0123AB' })],
  ['an escape sequence as label', aimedAt({ label: '\u001b[2J' })],
  ['half a byte as id', aimedAt({ id: 'abc' })],
  ['a mechanism in decimal', wrappedBy({ inner: '8458' })],
  ['two mechanisms in one call', wrappedBy({ mechanism: 'rsa-aes-key-wrap' })],
  ['one mechanism in two calls', wrappedBy({ inner: null })],
  ['another flavour', wrappedBy({ flavour: 'pkcs7' })],
  ['another size of AES', wrappedBy({ aesBits: 255 })],
  ['an unknown thing not checked', { ...manifest(), notChecked: ['everything'] }],
  ['one thing not checked twice', { ...manifest(), notChecked: ['kcv', 'kcv'] }],
  ['a local time', { ...manifest(), createdAt: '2026-11-23T22:00:00+01:00' }],
  ['a day that is none', { ...manifest(), createdAt: '2026-02-30T22:00:00Z' }],
];

for (const [what, input, code = 'MANIFEST_INVALID'] of REFUSED) {
  test(`a manifest with ${what} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => readManifest(typeof input === 'string' ? Buffer.from(input) : json(input))),
      code,
    );
    if (typeof input === 'object') {
      t.is(
        codeOf(() => writeManifest(input as Manifest)),
        'MANIFEST_INVALID',
      );
    }
  });
}

test('the error says where, and shows nothing that a terminal would obey', (t) => {
  t.is(
    refusal(() => readManifest(json(wrappedBy({ aesBits: 'x\u001b' })))).reason,
    'member wrapping.aesBits: Invalid option: expected one of 128|192|256, found "x\\u001b"',
  );
  const { reason } = refusal(() => readManifest(json({ ...manifest(), '\u001b[31m\u202e': 1 })));
  t.false(reason.includes('\u001b') || reason.includes('\u202e'));
});

test('a manifest agrees with its blob, and with no other', (t) => {
  const bytes = blob();
  const read = readByok(bytes);
  const right = manifest({ blob: { file: 'renamed.byok', sha256: sha256(bytes), size: bytes.length } });
  t.notThrows(() => checkManifest(right, bytes, read));
  const others: [what: RegExp, manifest: Manifest][] = [
    [/SHA-256/, { ...right, blob: { ...right.blob, sha256: sha256(blob()) } }],
    [/size/, { ...right, blob: { ...right.blob, size: bytes.length + 1 } }],
    [/kid/, { ...right, kek: { ...right.kek, kid: KID.replace('bank', 'tank') } }],
    [
      /RSA 2048/,
      {
        ...right,
        target: { ...right.target, type: 'RSA', crv: null, bits: 2048, publicKey: null, publicKeySource: null },
      },
    ],
    [
      /EC P-521/,
      { ...right, target: { ...right.target, crv: 'P-521', bits: 521, publicKey: null, publicKeySource: null } },
    ],
  ];
  for (const [what, wrong] of others) {
    const error = refusal(() => checkManifest(wrong, bytes, read));
    t.is(error.code, 'MANIFEST_MISMATCH');
    t.is(error.exitCode, 4);
    t.regex(error.reason, what);
  }
});

test('another blob under the same kid does not agree with the manifest', (t) => {
  const bytes = blob();
  const right = manifest({ blob: { file: 'a.byok', sha256: sha256(bytes), size: bytes.length } });
  const other = readByok(bytes);
  const changed = writeByok({ ...other, kid: parseKid(KID), generator: other.generator.replace('0', '1') });
  t.is(
    codeOf(() => checkManifest(right, changed, readByok(changed))),
    'MANIFEST_MISMATCH',
  );
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function leadingZero(): object {
  const { n = '' } = practiceKey('rsa-2048').export({ format: 'jwk' });
  return {
    kty: 'RSA',
    n: Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]).toString('base64url'),
    e: 'AQAB',
  };
}
