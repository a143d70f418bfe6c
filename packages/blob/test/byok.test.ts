import type { ErrorCode } from '@keyferry/errors';
import test from 'ava';
import { readByok, writeByok } from '../src/byok.js';
import { MAX_BLOB_BYTES } from '../src/byok-schema.js';
import { parseKid } from '../src/kid.js';
import { codeOf } from './support/refusal.js';
import { blob, json, KID, kekFile, manifest, targetDer } from './support/samples.js';

const LENGTH = 256 + 40;
const TEXT = Buffer.alloc(LENGTH, 0xfb).toString('base64url');
const HEADER = { kid: KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
const GOOD = { schema_version: '1.0.0', header: HEADER, ciphertext: TEXT, generator: 'tool 1; HSM 2' };
const headed = (changes: object) => json({ ...GOOD, header: { ...HEADER, ...changes } });
const ofLength = (bytes: number) => json({ ...GOOD, ciphertext: Buffer.alloc(bytes).toString('base64url') });

test('a blob is written in one exact form', (t) => {
  const bytes = writeByok({
    kid: parseKid(KID),
    ciphertext: Buffer.alloc(LENGTH, 0xfb),
    generator: 'tool 1; HSM "2" é',
  });
  t.is(
    bytes.toString('latin1'),
    `{"schema_version":"1.0.0","header":{"kid":"${KID}","alg":"dir","enc":"CKM_RSA_AES_KEY_WRAP"},` +
      `"ciphertext":"${'-_v7'.repeat(98)}-_s","generator":"tool 1; HSM \\"2\\" \xc3\xa9"}`,
  );
});

test('a blob is read back as it was written', (t) => {
  const bytes = blob();
  const read = readByok(bytes);
  t.deepEqual(writeByok(read), bytes);
  t.is(read.kid.text, KID);
  t.is(read.ciphertext.length, 256 + 152);
  t.is(read.generator, 'keyferry-wrap 0.1.0; SoftHSM 2.6.1');
  t.deepEqual(read.findings, []);
});

test('oddities are findings, not errors', (t) => {
  const odd = readByok(
    json({ ...GOOD, ciphertext: `${TEXT}=`, header: { ...HEADER, typ: 'x\u001b' }, note: [], ['__proto__']: 1 }),
  );
  t.deepEqual(
    odd.findings.map(({ id, level }) => `${level} ${id}`),
    ['warning unknown-member', 'warning unknown-member', 'warning unknown-member', 'warning ciphertext-padding'],
  );
  t.deepEqual(
    readByok(ofLength(1024)).findings.map(({ id }) => id),
    ['ciphertext-length'],
  );
});

const REFUSED: readonly [what: string, input: string | Uint8Array, code: ErrorCode][] = [
  ['nothing', '', 'BLOB_INVALID'],
  ['too many bytes', Buffer.alloc(MAX_BLOB_BYTES + 1, 0x20), 'BLOB_INVALID'],
  ['random bytes', Buffer.from('d0f1a2', 'hex'), 'FILE_NOT_UTF8'],
  ['DER', targetDer('ec-p256'), 'FILE_NOT_UTF8'],
  ['a byte order mark', `\uFEFF${JSON.stringify(GOOD)}`, 'JSON_INVALID'],
  ['its end missing', blob().subarray(0, -20), 'JSON_INVALID'],
  [
    'a second header by escapes',
    JSON.stringify(GOOD).replace('"cip', '"he\\u0061der":{},"cip'),
    'JSON_DUPLICATE_MEMBER',
  ],
  ['an array', json([GOOD]), 'BLOB_INVALID'],
  ['null', 'null', 'BLOB_INVALID'],
  ['another object', '{"a":1}', 'BLOB_INVALID'],
  ['a manifest', json(manifest()), 'BLOB_INVALID'],
  ['a KEK file', kekFile(), 'BLOB_INVALID'],
  ['a released key', json({ ...GOOD, schema_version: '1.0' }), 'BLOB_IS_RELEASE'],
  ['a later version', json({ ...GOOD, schema_version: '1.0.1' }), 'BLOB_INVALID'],
  ['a number as version', json({ ...GOOD, schema_version: 1 }), 'BLOB_INVALID'],
  ['no version', json({ ...GOOD, schema_version: undefined }), 'BLOB_INVALID'],
  ['no header', json({ ...GOOD, header: undefined }), 'BLOB_INVALID'],
  ['a header of text', json({ ...GOOD, header: 'dir' }), 'BLOB_INVALID'],
  ['no ciphertext', json({ ...GOOD, ciphertext: undefined }), 'BLOB_INVALID'],
  ['a ciphertext of numbers', json({ ...GOOD, ciphertext: [1, 2] }), 'BLOB_INVALID'],
  ['no generator', json({ ...GOOD, generator: undefined }), 'BLOB_INVALID'],
  ['a generator of null', json({ ...GOOD, generator: null }), 'BLOB_INVALID'],
  ['an escape sequence as generator', json({ ...GOOD, generator: '\u001b[2J' }), 'BLOB_INVALID'],
  ['a change of writing direction as generator', json({ ...GOOD, generator: '\u202egnp' }), 'BLOB_INVALID'],
  ['another alg', headed({ alg: 'RSA-OAEP' }), 'BLOB_HEADER'],
  ['no alg', headed({ alg: undefined }), 'BLOB_HEADER'],
  ['another enc', headed({ enc: 'CKM_RSA_AES_KEY_WRAP_PAD' }), 'BLOB_HEADER'],
  ['no kid', headed({ kid: undefined }), 'BLOB_HEADER'],
  ['a kid of null', headed({ kid: null }), 'BLOB_HEADER'],
  ['a kid of __proto__', JSON.stringify(GOOD).replace('"kid"', '"__proto__"'), 'BLOB_HEADER'],
  ['an unversioned kid', headed({ kid: 'https://bank.vault.azure.net/keys/kek' }), 'KID_UNVERSIONED'],
  ['a foreign kid', headed({ kid: KID.replace('bank.', 'bank') }), 'KID_FOREIGN_HOST'],
  ['a kid that is no URL', headed({ kid: 'kek' }), 'KID_INVALID'],
  ['standard base64', json({ ...GOOD, ciphertext: Buffer.alloc(LENGTH, 0xfb).toString('base64') }), 'BLOB_CIPHERTEXT'],
  ['wrong padding', json({ ...GOOD, ciphertext: `${TEXT}==` }), 'BLOB_CIPHERTEXT'],
  ['a newline in the ciphertext', json({ ...GOOD, ciphertext: `${TEXT}\n` }), 'BLOB_CIPHERTEXT'],
  ['bits beyond the last byte', json({ ...GOOD, ciphertext: TEXT.replace(/s$/, 't') }), 'BLOB_CIPHERTEXT'],
  ['an empty ciphertext', ofLength(0), 'BLOB_CIPHERTEXT'],
  ['the wrapped AES key alone', ofLength(256), 'BLOB_CIPHERTEXT'],
  ['half a wrapped key', ofLength(256 + 8), 'BLOB_CIPHERTEXT'],
  ['a length that is no multiple of 8', ofLength(256 + 41), 'BLOB_CIPHERTEXT'],
  ['a ciphertext far too long', ofLength(256 + 8200), 'BLOB_CIPHERTEXT'],
];

for (const [what, input, code] of REFUSED) {
  test(`a blob with ${what} is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => readByok(Buffer.from(input as Uint8Array))),
      code,
    );
  });
}

test('what could not be read back is not written', (t) => {
  const kid = parseKid(KID);
  t.is(
    codeOf(() => writeByok({ kid, ciphertext: Buffer.alloc(10), generator: 'x' })),
    'BLOB_CIPHERTEXT',
  );
  t.is(
    codeOf(() => writeByok({ kid, ciphertext: Buffer.alloc(LENGTH), generator: 'x\n' })),
    'BLOB_INVALID',
  );
});
