import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import fc from 'fast-check';
import { decodeBase64url } from '../src/base64url.js';
import { readByok } from '../src/byok.js';
import { inspectByok } from '../src/byok-anatomy.js';
import { readCiphertextText } from '../src/ciphertext-text.js';
import { refuseWith } from '../src/refuse.js';
import { codeOf, refusal } from './support/refusal.js';
import { blob, json, KID } from './support/samples.js';

const BYTES = Buffer.alloc(256 + 40, 0xfb);
const TEXT = BYTES.toString('base64url');
const CUT = BYTES.subarray(0, -3).toString('base64url');
const HEADER = { kid: KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' };
const GOOD = { schema_version: '1.0.0', header: HEADER, ciphertext: TEXT, generator: 'tool 1; HSM 2' };

const inspected = (value: object) => inspectByok(json(value));
const errorsOf = (value: object) =>
  inspected(value)
    .findings.filter(({ level }) => level === 'error')
    .map(({ id, code }) => `${id} ${code}`);

test('a right blob is taken apart into its members, in the order of the file', (t) => {
  const { ciphertext, kid, ...rest } = inspectByok(blob());
  t.deepEqual(rest, {
    kind: 'transfer',
    members: ['schema_version', 'header', 'header.kid', 'header.alg', 'header.enc', 'ciphertext', 'generator'],
    schemaVersion: '1.0.0',
    header: HEADER,
    generator: 'keyferry-wrap 0.1.0; SoftHSM 2.6.1',
    findings: [],
  });
  t.is(ciphertext?.length, 256 + 152);
  t.is(kid?.text, KID);
  const { generator, ...others } = GOOD;
  t.deepEqual(inspected({ generator, ...others }).members.slice(0, 2), ['generator', 'schema_version']);
});

for (const [what, value, errors] of [
  ['another alg', { ...GOOD, header: { ...HEADER, alg: 'RSA-OAEP' } }, ['header-alg BLOB_HEADER']],
  [
    'an unversioned kid',
    { ...GOOD, header: { ...HEADER, kid: KID.slice(0, -33) } },
    ['kid-unversioned KID_UNVERSIONED'],
  ],
  ['no version', { ...GOOD, schema_version: undefined }, ['schema-version BLOB_INVALID']],
  ['a header of text', { ...GOOD, header: 'dir' }, ['header BLOB_INVALID']],
  ['no ciphertext', { ...GOOD, ciphertext: undefined }, ['ciphertext BLOB_INVALID']],
  ['an escape sequence as generator', { ...GOOD, generator: '\u001b[2J' }, ['generator BLOB_INVALID']],
  ['standard base64', { ...GOOD, ciphertext: BYTES.toString('base64') }, ['ciphertext-alphabet BLOB_CIPHERTEXT']],
  ['wrong padding', { ...GOOD, ciphertext: `${TEXT}==` }, ['ciphertext-wrong-padding BLOB_CIPHERTEXT']],
  [
    'standard base64 in lines',
    { ...GOOD, ciphertext: `${BYTES.toString('base64').replaceAll(/.{64}/g, '$&\r\n')}\n` },
    ['ciphertext-white-space BLOB_CIPHERTEXT', 'ciphertext-alphabet BLOB_CIPHERTEXT'],
  ],
  ['a character beyond ASCII', { ...GOOD, ciphertext: `é${TEXT}` }, ['ciphertext-encoding BLOB_CIPHERTEXT']],
  [
    'bits beyond its last byte',
    { ...GOOD, ciphertext: TEXT.replace(/s$/, 't') },
    ['ciphertext-encoding BLOB_CIPHERTEXT'],
  ],
  ['a cut ciphertext', { ...GOOD, ciphertext: CUT }, ['ciphertext-impossible-length BLOB_CIPHERTEXT']],
  [
    'all at once',
    {
      schema_version: 2,
      header: { kid: 'kek', alg: null, enc: 'none' },
      ciphertext: ` ${CUT}`,
    },
    [
      'schema-version BLOB_INVALID',
      'header-alg BLOB_HEADER',
      'header-enc BLOB_HEADER',
      'generator BLOB_INVALID',
      'kid-invalid KID_INVALID',
      'ciphertext-white-space BLOB_CIPHERTEXT',
      'ciphertext-impossible-length BLOB_CIPHERTEXT',
    ],
  ],
] as const) {
  test(`of a blob with ${what} all faults are told, each with its code`, (t) => {
    t.deepEqual(errorsOf(value), [...errors]);
    t.is(
      codeOf(() => readByok(json(value))),
      errors[0]?.split(' ')[1] as ReturnType<typeof codeOf>,
    );
  });
}

test('what is only spelt wrongly is read all the same', (t) => {
  for (const ciphertext of [BYTES.toString('base64'), `${TEXT}==`, TEXT.replaceAll(/.{10}/g, '$&\n')]) {
    t.deepEqual(inspected({ ...GOOD, ciphertext }).ciphertext, BYTES);
  }
  t.is(inspected({ ...GOOD, ciphertext: `${TEXT}é` }).ciphertext, null);
  t.is(inspected({ ...GOOD, ciphertext: null }).ciphertext, null);
});

test('right padding is a warning, and readByok takes it', (t) => {
  const bytes = json({ ...GOOD, ciphertext: `${TEXT}=` });
  t.like(inspectByok(bytes).findings, [{ id: 'ciphertext-padding', level: 'warning' }]);
  t.deepEqual(readByok(bytes).ciphertext, BYTES);
});

test('a member with a dot in its name is not taken for one of the header', (t) => {
  t.like(inspected({ ...GOOD, 'header.kid': 'x' }).findings, [{ id: 'unknown-member', level: 'warning' }]);
});

test('a release is read by rules of its own, told as such, and never taken for import', (t) => {
  const release = {
    schema_version: '1.0',
    header: { kid: 'TpmEphemeralEncryptionKey', alg: 'dir', enc: 'RSA_AES_KEY_WRAP_256' },
    ciphertext: TEXT,
  };
  const anatomy = inspected(release);
  t.like(anatomy, { kind: 'release', schemaVersion: '1.0', header: release.header, generator: null, kid: null });
  t.deepEqual(anatomy.ciphertext, BYTES);
  t.deepEqual(
    anatomy.findings.map(({ id, level }) => `${level} ${id}`),
    ['warning release'],
  );
  t.is(refusal(() => readByok(json(release))).code, 'BLOB_IS_RELEASE');
  t.deepEqual(errorsOf({ ...release, ciphertext: `${TEXT}!` }), ['ciphertext-encoding BLOB_CIPHERTEXT']);
  t.deepEqual(errorsOf({ ...release, ciphertext: undefined }), ['ciphertext BLOB_INVALID']);
});

for (const [what, bytes, code] of [
  ['nothing', Buffer.alloc(0), 'BLOB_INVALID'],
  ['half a blob', blob().subarray(0, 200), 'JSON_INVALID'],
  ['a list', json([GOOD]), 'BLOB_INVALID'],
  ['another object', json({ generator: 'x', keys: [] }), 'BLOB_INVALID'],
] as const) {
  test(`${what} is no blob and is refused: ${code}`, (t) => {
    t.is(
      codeOf(() => inspectByok(bytes)),
      code,
    );
  });
}

test('whatever is changed, the inspection finds an error exactly where the reader refuses, and the same first one', (t) => {
  const value = fc.oneof(
    fc.constantFrom(undefined, null, 1, '', 'dir', '1.0.0', '1.0', KID, TEXT, `${TEXT}=`, ` ${TEXT}`, HEADER, [], {}),
    fc.jsonValue(),
  );
  const changed = fc.record(
    {
      schema_version: value,
      header: fc.oneof(value, fc.record({ kid: value, alg: value, enc: value }, { requiredKeys: [] })),
      ciphertext: value,
      generator: value,
      note: value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(changed, (changes) => {
      const bytes = json({ ...GOOD, ...changes });
      const refused = refusalOf(() => readByok(bytes));
      // Without schema_version, header and ciphertext it is no blob, and neither has more to say.
      const noBlob = refusalOf(() => inspectByok(bytes));
      if (noBlob !== null) {
        t.deepEqual([noBlob.code, noBlob.reason], [refused?.code, refused?.reason]);
        return;
      }
      const { kind, findings } = inspectByok(bytes);
      const [first] = findings.filter(({ level }) => level === 'error');
      if (kind === 'release') t.is(refused?.code, 'BLOB_IS_RELEASE');
      else t.deepEqual([first?.code, first?.text], [refused?.code, refused?.reason]);
    }),
    { numRuns: 2000, examples: [[{ schema_version: undefined, header: undefined, ciphertext: undefined }]] },
  );
});

function refusalOf(work: () => unknown): KeyferryError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof KeyferryError) return error;
    throw error;
  }
}

test('a ciphertext has no fault of spelling exactly where it is canonical base64url of some bytes, but for padding', (t) => {
  const piece = fc.constantFrom('A', 'AA', 'AAA', 'AAAA', '-_', '+/', '=', '==', ' ', '\n', 'é', 'B', TEXT);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      let decoded: Buffer | null = null;
      try {
        decoded = decodeBase64url(text, refuseWith('BLOB_CIPHERTEXT'), { padding: true });
      } catch {}
      const { bytes, faults } = readCiphertextText(text);
      const isRight = decoded !== null && decoded.length > 0;
      t.is(faults.filter(({ id }) => id !== 'ciphertext-impossible-length').length === 0, isRight, text);
      if (isRight) t.deepEqual(bytes, decoded);
    }),
    { numRuns: 2000 },
  );
});
