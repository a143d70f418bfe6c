import { createHash, createPublicKey } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKid, publicJwkOf, type RsaPublicJwk, wrapPracticeKey, writeByok, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { type RunResult, runProgram } from '../../../test/support/programs.js';
import { KID } from './support/kek-file.js';

function blobOf(target: 'ec-p256' | 'rsa-2048' = 'ec-p256', generator = 'test'): Buffer {
  const kek = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
  const key = practiceKey(target).export({ type: 'pkcs8', format: 'der' });
  return writeByok({ kid: parseKid(KID), ciphertext: wrapPracticeKey(kek, key), generator });
}

const blob = blobOf();
const members = JSON.parse(blob.toString());
const changed = (changes: object) => Buffer.from(JSON.stringify({ ...members, ...changes }));
const headed = (changes: object) => changed({ header: { ...members.header, ...changes } });

interface Inspected extends RunResult {
  readonly folder: string;
}

async function inspect(t: ExecutionContext, bytes: Buffer, ...more: string[]): Promise<Inspected> {
  const folder = privateFolder(t);
  const file = join(folder, 'a.byok');
  writeFileSync(file, bytes);
  return { ...(await runProgram('keyferry-wrap', ['inspect', file, ...more])), folder };
}

test('inspect takes a blob apart: digest, members in order, header, and how the ciphertext can be divided', async (t) => {
  const run = await inspect(t, blob, '--json');
  t.is(run.code, 0, run.stderr);
  const { file, candidates, ...result } = JSON.parse(run.stdout);
  t.is(file, join(run.folder, 'a.byok'));
  t.deepEqual(result, {
    sha256: createHash('sha256').update(blob).digest('hex'),
    size: blob.length,
    kind: 'transfer',
    verdict: 'no-fault-found',
    practice: false,
    members: ['schema_version', 'header', 'header.kid', 'header.alg', 'header.enc', 'ciphertext', 'generator'],
    schemaVersion: '1.0.0',
    header: { kid: KID, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    generator: 'test',
    kek: {
      vault: { url: 'https://bank.managedhsm.azure.net', kind: 'managed-hsm' },
      name: 'kek',
      version: '0123456789abcdef0123456789abcdef',
    },
    ciphertextBytes: 256 + 152,
    manifest: 'not given',
    findings: [],
    notChecked: ['blob-contents', 'manifest'],
  });
  const right = candidates.filter(
    (one: { kekBits: number; crv: string }) => one.kekBits === 2048 && one.crv === 'P-256',
  );
  t.deepEqual(right, [
    {
      kekBits: 2048,
      wrappedAesKey: { offset: 0, length: 256 },
      wrappedTargetKey: { offset: 256, length: 152 },
      type: 'EC',
      bits: 256,
      crv: 'P-256',
    },
  ]);
  t.false(candidates.some(({ type }: { type: string }) => type === 'RSA'));
});

test('the text is for reading aloud, and ends with a verdict and what was not checked', async (t) => {
  const { code, stdout } = await inspect(t, blob);
  t.is(code, 0);
  for (const line of [
    'members     schema_version, header (kid, alg, enc), ciphertext, generator',
    '  lives in  Managed HSM https://bank.managedhsm.azure.net',
    '            - under a KEK of 2048 bits: EC P-256 or EC secp256k1',
    '              bytes 0 to 255 (256) the AES key, bytes 256 to 407 (152) the target key',
    'VERDICT     no fault found from outside',
  ]) {
    t.true(stdout.includes(`\n${line}\n`), `${line} in\n${stdout}`);
  }
  t.true(stdout.replaceAll(/\s/g, '').includes(createHash('sha256').update(blob).digest('hex')));
  t.regex(stdout, /\n\nNOT CHECKED\n( {2}- .+\n){2}$/);
});

test('a practice blob says so first', async (t) => {
  const run = await inspect(t, blobOf('rsa-2048', 'keyferry-wrap 0.1.0; SoftHSM project SoftHSM v2 2.6; PRACTICE'));
  t.is(run.code, 0);
  t.regex(run.stdout, /^PRACTICE: /);
  t.regex(run.stdout, /under a KEK of 2048 bits: RSA 2048\n/);
});

/** Each with its findings, in order, and what of it can be told all the same. */
const DAMAGED: readonly (readonly [title: string, bytes: Buffer, findings: readonly string[], told: object])[] = [
  [
    'another alg',
    headed({ alg: 'RSA-OAEP-256' }),
    ['error BLOB_HEADER header-alg'],
    { header: { alg: 'RSA-OAEP-256' } },
  ],
  ['no enc', headed({ enc: undefined }), ['error BLOB_HEADER header-enc'], { ciphertextBytes: 408 }],
  [
    'an unversioned kid',
    headed({ kid: 'https://bank.vault.azure.net/keys/kek' }),
    ['error KID_UNVERSIONED kid-unversioned'],
    { kek: null, header: { kid: 'https://bank.vault.azure.net/keys/kek' } },
  ],
  [
    'a kid on a foreign host',
    headed({ kid: KID.replace('.azure.net', '.azure.example') }),
    ['error KID_FOREIGN_HOST kid-foreign-host'],
    { kek: null },
  ],
  ['another version', changed({ schema_version: '2.0.0' }), ['error BLOB_INVALID schema-version'], { kind: 'unknown' }],
  [
    'no version',
    changed({ schema_version: undefined }),
    ['error BLOB_INVALID schema-version'],
    { schemaVersion: null },
  ],
  ['no generator', changed({ generator: undefined }), ['error BLOB_INVALID generator'], { generator: null }],
  ['no header', changed({ header: undefined }), ['error BLOB_INVALID header'], { ciphertextBytes: 408 }],
  [
    'no ciphertext',
    changed({ ciphertext: undefined }),
    ['error BLOB_INVALID ciphertext'],
    { ciphertextBytes: null, candidates: [], header: { kid: KID } },
  ],
  [
    'a ciphertext in standard base64',
    changed({ ciphertext: Buffer.alloc(408, 0xfb).toString('base64') }),
    ['error BLOB_CIPHERTEXT ciphertext-alphabet'],
    { ciphertextBytes: 408 },
  ],
  [
    'a ciphertext in lines',
    changed({ ciphertext: members.ciphertext.replaceAll(/.{64}/g, '$&\n') }),
    ['error BLOB_CIPHERTEXT ciphertext-white-space'],
    { ciphertextBytes: 408 },
  ],
  [
    'a ciphertext with another sign in it',
    changed({ ciphertext: `*${members.ciphertext}` }),
    ['error BLOB_CIPHERTEXT ciphertext-encoding'],
    { ciphertextBytes: null },
  ],
  [
    'a ciphertext that was cut',
    changed({ ciphertext: Buffer.alloc(260).toString('base64url') }),
    ['error BLOB_CIPHERTEXT ciphertext-impossible-length'],
    { ciphertextBytes: 260, candidates: [] },
  ],
  [
    'padded base64url',
    changed({
      ciphertext: Buffer.alloc(256 + 40)
        .toString('base64')
        .replaceAll('+', '-'),
    }),
    ['warning null ciphertext-padding'],
    { ciphertextBytes: 296, verdict: 'no-fault-found' },
  ],
  [
    'a length that fits no key',
    changed({ ciphertext: Buffer.alloc(1024).toString('base64url') }),
    ['warning null ciphertext-length'],
    { candidates: [], verdict: 'no-fault-found' },
  ],
  ['a member too many', headed({ typ: 'JWE' }), ['warning null unknown-member'], { verdict: 'no-fault-found' }],
  [
    'many faults at once',
    changed({
      schema_version: 1,
      header: { kid: 'kek', alg: 'none' },
      ciphertext: `${members.ciphertext}==\n`,
      note: '',
    }),
    [
      'error BLOB_INVALID schema-version',
      'error BLOB_HEADER header-alg',
      'error BLOB_HEADER header-enc',
      'error KID_INVALID kid-invalid',
      'error BLOB_CIPHERTEXT ciphertext-white-space',
      'error BLOB_CIPHERTEXT ciphertext-wrong-padding',
      'warning null unknown-member',
    ],
    { ciphertextBytes: 408, generator: 'test' },
  ],
];

for (const [title, bytes, expected, told] of DAMAGED) {
  test(`a blob with ${title} is taken apart, and everything wrong is told at once`, async (t) => {
    const { code, stdout, stderr } = await inspect(t, bytes, '--json');
    const { findings, ...result } = JSON.parse(stdout);
    t.deepEqual(
      findings.map(({ level, code: known, id }: Record<string, string>) => `${level} ${known} ${id}`),
      expected,
    );
    t.like(result, told);
    const isFaulty = expected.some((line) => line.startsWith('error'));
    t.is(code, isFaulty ? 4 : 0);
    t.is(result.verdict, isFaulty ? 'faulty' : 'no-fault-found');
    t.is(stderr, '');
  });
}

test('the text of a faulty blob names each error with its code, and counts them', async (t) => {
  const { code, stdout } = await inspect(t, headed({ alg: 'none', kid: 'kek' }));
  t.is(code, 4);
  t.regex(stdout, /\nerror\[BLOB_HEADER\]: .*"none"\nerror\[KID_INVALID\]: .*\nVERDICT {5}FAULTY: 2 errors, /);
});

test('a blob of Secure Key Release is read, told as such, and ends with 0', async (t) => {
  const release = changed({
    schema_version: '1.0',
    header: { kid: 'TpmEphemeralEncryptionKey', alg: 'dir', enc: 'RSA_AES_KEY_WRAP_256' },
    generator: undefined,
  });
  const { code, stdout } = await inspect(t, release, '--json');
  t.is(code, 0);
  const result = JSON.parse(stdout);
  t.like(result, { kind: 'release', verdict: 'not-for-import', ciphertextBytes: 408, kek: null });
  t.deepEqual(
    result.findings.map(({ id, level }: { id: string; level: string }) => `${level} ${id}`),
    ['warning release'],
  );
  const text = await inspect(t, release);
  t.regex(text.stdout, /^BLOB OF SECURE KEY RELEASE/);
  t.regex(text.stdout, /\nVERDICT {5}NOT FOR IMPORT/);
});

test('what stands in a hostile blob makes no line and steers no terminal, however much it is', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`m${i}`, 0]));
  const hostile = {
    ...many,
    generator: 'x\nVERDICT     fine\u001b[2J',
    header: { ...members.header, kid: 'k'.repeat(9000) },
  };
  const { code, stdout } = await inspect(t, changed(hostile));
  t.is(code, 4);
  t.is([...stdout.matchAll(/^VERDICT/gm)].length, 1);
  t.true(stdout.length < 6000, String(stdout.length));
  t.false(/[^\P{Cc}\n]/u.test(stdout));
  const json = await inspect(t, changed(hostile), '--json');
  t.is(JSON.parse(json.stdout).members.length, 3007);
});

const BAD_FILES: readonly (readonly [title: string, bytes: Buffer, code: string])[] = [
  ['an empty file', Buffer.alloc(0), 'BLOB_INVALID'],
  ['a truncated blob', blob.subarray(0, blob.length / 2), 'JSON_INVALID'],
  ['binary', Buffer.from('30820122300d0609ff', 'hex'), 'FILE_NOT_UTF8'],
  ['another JSON', Buffer.from('{"keys":[]}'), 'BLOB_INVALID'],
  ['a list', Buffer.from('[]'), 'BLOB_INVALID'],
  ['a file that is too large', Buffer.alloc(1 << 20, 0x20), 'FILE_TOO_LARGE'],
  ['a byte order mark', Buffer.concat([Buffer.from('efbbbf', 'hex'), blob]), 'JSON_INVALID'],
  ['a member twice', Buffer.from(blob.toString().replace('{', '{"generator":"x",')), 'JSON_DUPLICATE_MEMBER'],
];

for (const [title, bytes, code] of BAD_FILES) {
  test(`inspect refuses ${title} with ${code}`, async (t) => {
    const run = await inspect(t, bytes);
    t.regex(run.stderr, new RegExp(`^error\\[${code}\\]: .+\ncause: .+\nhint: .+\n$`));
    t.is(run.stdout, '');
    t.true([1, 4].includes(run.code ?? 0));
    t.deepEqual(readdirSync(run.folder), ['a.byok']);
  });
}

function manifestOf(bytes: Buffer, kid = KID): Buffer {
  return writeManifest({
    schema: 'keyferry/manifest/1',
    mode: 'practice',
    blob: { file: 'a.byok', sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length },
    kek: { kid, thumbprint: `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${'A'.repeat(43)}` },
    target: {
      type: 'EC',
      crv: 'P-256',
      bits: 256,
      publicKey: null,
      publicKeySource: null,
      kcv: null,
      label: 'x',
      id: '',
      attributes: { sensitive: null, alwaysSensitive: null, extractable: null, wrapWithTrusted: null, local: null },
    },
    wrapping: {
      mechanism: 'composite',
      inner: '0x0000210b',
      outer: '0x00000009',
      flavour: 'unknown',
      aesBits: 256,
      ephemeral: true,
      probed: false,
      rehearsed: false,
    },
    hsm: null,
    notChecked: [],
    createdAt: '2026-11-23T22:00:00Z',
    tool: { name: 'x', version: '1' },
  });
}

for (const [title, bytes, manifest, verdict, reason] of [
  ['its own manifest', blob, manifestOf(blob), 'matches', null],
  ['the manifest of another', blob, manifestOf(blobOf('rsa-2048')), 'differs', /^size in bytes: expected \d+ as the/],
  ['a manifest for another KEK', blob, manifestOf(blob, KID.replace('bank', 'shop')), 'differs', /^kid: expected/],
  [
    'a manifest, but without a kid,',
    headed({ kid: undefined }),
    manifestOf(headed({ kid: undefined })),
    'differs',
    /found none in/,
  ],
  ['a manifest for another type of key', blobOf('rsa-2048'), manifestOf(blobOf('rsa-2048')), 'differs', null],
] as const) {
  test(`a blob with ${title} ${verdict === 'matches' ? 'ends with 0' : 'ends with 4'}`, async (t) => {
    const path = join(privateFolder(t), 'm.json');
    writeFileSync(path, manifest);
    const { code, stdout } = await inspect(t, bytes, '--manifest', path, '--json');
    const result = JSON.parse(stdout);
    t.is(result.manifest, verdict);
    t.true(result.practice);
    t.deepEqual(result.notChecked, ['blob-contents', 'manifest-signature']);
    t.is(code, verdict === 'matches' ? 0 : 4);
    const [first] = result.findings;
    if (verdict === 'matches') t.is(first, undefined);
    else t.like(first, { id: 'manifest-mismatch', level: 'error', code: 'MANIFEST_MISMATCH' });
    if (reason !== null) t.regex(first.text, reason);
  });
}

test('a manifest that cannot be read is an error, whatever the blob is', async (t) => {
  const path = join(privateFolder(t), 'm.json');
  writeFileSync(path, '{}');
  const { code, stderr } = await inspect(t, blob, '--manifest', path);
  t.is(code, 4);
  t.regex(stderr, /^error\[MANIFEST_INVALID\]/);
});
