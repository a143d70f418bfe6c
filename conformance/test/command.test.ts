import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, publicJwkOf, thumbprintOf, writeManifest } from '@keyferry/blob';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { type PracticeKeyName, practiceKey } from '../../test/support/practice-keys.js';
import { runProgram } from '../../test/support/programs.js';
import { CHECK_IDS } from '../src/oracle/index.js';
import { blobByNode, oaep } from './support/by-node.js';
import { HSM_KID, plaintextOf, practicePem, publicPem } from './support/keys.js';

const KEK = fileURLToPath(new URL('../../fixtures/practice/kek-2048.pem', import.meta.url));

/** A folder with a right blob of a practice key. */
function blobFolder(t: ExecutionContext, target: PracticeKeyName = 'ec-p256') {
  const folder = privateFolder(t);
  const file = join(folder, 'target.byok');
  const bytes = blobByNode(plaintextOf(target));
  writeFileSync(file, bytes);
  return {
    folder,
    file,
    manifest: manifestOf(bytes, target),
    write(name: string, content: string | Uint8Array): string {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}

function judge(...args: string[]) {
  return runProgram('keyferry-conformance', ['blob', ...args]);
}

async function judgeAsJson(...args: string[]) {
  const { code, stdout } = await judge(...args, '--json');
  return { code, ...JSON.parse(stdout) };
}

test('a right blob ends with exit 0, a table of its findings and a word on what this judge is for', async (t) => {
  const { file } = blobFolder(t);
  const { code, stdout, stderr } = await judge(file, '--kek', KEK);
  t.is(code, 0);
  t.regex(stdout, /^blob {4}.*target\.byok \(\d+ bytes\)$/m);
  t.regex(stdout, /^target {2}EC P-256 {2}urn:ietf:/m);
  t.regex(stdout, /^pass {9}blob\/oaep\/padding +as expected$/m);
  t.regex(stdout, /^right: \d+ pass$/m);
  t.regex(stderr, /test keys only/);
});

test('a wrong blob ends with exit 4, and its fault shows id, expectation, finding and clause', async (t) => {
  const { write } = blobFolder(t);
  const file = write('wrong.byok', blobByNode(plaintextOf('ec-p256'), { wrapAesKey: oaep('sha256') }));
  const { code, stdout } = await judge(file, '--kek', KEK);
  t.is(code, 4);
  t.regex(stdout, /^fail {9}blob\/oaep\/padding .*\n {13}expected: RSA-OAEP with SHA-1.*\n {13}clause: {3}RFC 8017/m);
  t.regex(stdout, /^diagnosis {4}oaep\/sha-256: .*\n {13}likely cause: .*\n {13}mend: use RSA-OAEP with SHA-1/m);
  t.regex(stdout, /^WRONG: 1 fail, \d+ pass, \d+ not-checked$/m);
});

test('several blobs are judged in one run, and one wrong one among them ends with exit 4', async (t) => {
  const { file, write } = blobFolder(t);
  const wrong = write('wrong.byok', blobByNode(plaintextOf('ec-p256'), { wrapAesKey: oaep('sha512') }));
  const { code, blobs } = await judgeAsJson(file, wrong, '--kek', KEK);
  t.is(code, 4);
  t.deepEqual(
    blobs.map((blob: { file: string; right: boolean; diagnoses: { id: string }[] }) => [
      blob.file,
      blob.right,
      blob.diagnoses.map(({ id }) => id),
    ]),
    [
      [file, true, []],
      [wrong, false, ['oaep/sha-512']],
    ],
  );
  t.regex((await judge(file, wrong, '--kek', KEK)).stdout, /^2 blobs: 1 right, 1 wrong$/m);
  t.is((await judgeAsJson(file, join(file, '..', 'none.byok'), '--kek', KEK)).error.code, 'FILE_NOT_FOUND');
});

test('both engines find the same, and the output says which it was', async (t) => {
  const { file, write } = blobFolder(t, 'rsa-2048');
  const wrong = write('wrong.byok', blobByNode(plaintextOf('ec-p256'), { wrapAesKey: oaep('sha1', Buffer.from('x')) }));
  const forge = await judgeAsJson(file, wrong, '--kek', KEK);
  const node = await judgeAsJson(file, wrong, '--kek', KEK, '--engine', 'node');
  t.deepEqual([forge.engine, node.engine], ['node-forge', 'node']);
  t.deepEqual({ ...node, engine: '' }, { ...forge, engine: '' });
  t.regex((await judge(file, '--kek', KEK, '--engine', 'node')).stdout, /^KEK .*\(engine: node\)$/m);
  t.is((await judge(file, '--kek', KEK, '--engine', 'openssl')).code, 2);
});

test('--json prints every finding with id, level, clause, expected and actual', async (t) => {
  const { file } = blobFolder(t);
  const { code, kek, blobs } = await judgeAsJson(file, '--kek', KEK);
  t.is(code, 0);
  t.is(kek.bits, 2048);
  t.like(blobs[0], { file, right: true, target: { type: 'EC', bits: 256, crv: 'P-256', kcv: null } });
  for (const finding of blobs[0].findings) {
    t.deepEqual(Object.keys(finding), ['id', 'level', 'clause', 'expected', 'actual']);
    t.true(CHECK_IDS.includes(finding.id));
  }
});

test('--expect compares with a public key', async (t) => {
  const { file, write } = blobFolder(t);
  const same = write('same.pem', publicPem(practiceKey('ec-p256')));
  const other = write('other.pem', publicPem(practiceKey('ec-secp256k1')));
  t.is((await judge(file, '--kek', KEK, '--expect', same)).code, 0);
  const { code, blobs } = await judgeAsJson(file, '--kek', KEK, '--expect', other);
  t.is(code, 4);
  t.deepEqual(failsOf(blobs), ['blob/expect/target', 'blob/expect/public-key']);
});

for (const target of ['ec-p256', 'rsa-2048', 'aes-256'] as const) {
  test(`--expect compares with a manifest, member by member: ${target}`, async (t) => {
    const { file, manifest, write } = blobFolder(t, target);
    const compare = async (name: string, other: Manifest) => {
      const { code, blobs } = await judgeAsJson(file, '--kek', KEK, '--expect', write(name, writeManifest(other)));
      return { code, fails: failsOf(blobs) };
    };
    t.deepEqual(await compare('same.json', manifest), { code: 0, fails: [] });
    const { blob, kek } = manifest;
    const sha256 = createHash('sha256').update('other').digest('hex');
    t.deepEqual(await compare('file.json', { ...manifest, blob: { ...blob, sha256 } }), {
      code: 4,
      fails: ['blob/expect/file'],
    });
    const kid = HSM_KID.replace('bank', 'shop');
    t.deepEqual(await compare('kid.json', { ...manifest, kek: { ...kek, kid } }), {
      code: 4,
      fails: ['blob/expect/kid'],
    });
  });
}

test('--expect finds another AES key by its key check value', async (t) => {
  const { file, manifest, write } = blobFolder(t, 'aes-256');
  const other = write('other.json', writeManifest({ ...manifest, target: { ...manifest.target, kcv: 'a1b2c3' } }));
  const { blobs } = await judgeAsJson(file, '--kek', KEK, '--expect', other);
  t.deepEqual(failsOf(blobs), ['blob/expect/kcv']);
});

test('a blob is refused when its manifest says production, given or beside it', async (t) => {
  const { file, manifest, write } = blobFolder(t);
  const production = writeManifest({ ...manifest, mode: 'production' });
  const given = await judgeAsJson(file, '--kek', KEK, '--expect', write('given.json', production));
  t.is(given.error.code, 'MODE_MISMATCH');
  t.is(given.code, 3);
  write('target.manifest.json', production);
  const beside = await judgeAsJson(file, '--kek', KEK);
  t.is(beside.error.code, 'MODE_MISMATCH');
  write('target.manifest.json', writeManifest(manifest));
  t.is((await judgeAsJson(file, '--kek', KEK)).code, 0);
});

test('a manifest of another KEK, a damaged one and one with a duplicate member are errors', async (t) => {
  const { file, manifest, write } = blobFolder(t);
  const text = writeManifest(manifest).toString();
  const kek = { ...manifest.kek, thumbprint: thumbprintOf(publicJwkOf(createPublicKey(practiceKey('kek-3072')))) };
  const cases: readonly (readonly [code: string, content: string | Uint8Array])[] = [
    ['THUMBPRINT_MISMATCH', writeManifest({ ...manifest, kek })],
    ['MANIFEST_INVALID', '{}'],
    ['JSON_INVALID', text.slice(0, -5)],
    ['JSON_DUPLICATE_MEMBER', text.replace('{', '{"mode":"practice",')],
    ['FILE_NOT_UTF8', Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.of(0xff)])],
  ];
  for (const [code, content] of cases) {
    const result = await judgeAsJson(file, '--kek', KEK, '--expect', write('bad.json', content));
    t.is(result.error.code, code);
  }
});

test('files that are missing, no files or too large are errors that name the file rule', async (t) => {
  const { folder, file, write } = blobFolder(t);
  const huge = write('huge.byok', '');
  truncateSync(huge, 1024 ** 3);
  const fifo = join(folder, 'fifo.byok');
  execFileSync('mkfifo', [fifo]);
  const link = join(folder, 'link.byok');
  symlinkSync(file, link);
  mkdirSync(join(folder, 'folder.byok'));
  const cases = [
    ['FILE_NOT_FOUND', join(folder, 'none.byok')],
    ['FILE_TOO_LARGE', huge],
    ['FILE_NOT_REGULAR', fifo],
    ['FILE_NOT_REGULAR', link],
    ['FILE_NOT_REGULAR', join(folder, 'folder.byok')],
  ] as const;
  for (const [code, path] of cases) {
    t.is((await judgeAsJson(path, '--kek', KEK)).error.code, code);
    t.is((await judgeAsJson(file, '--kek', path)).error.code, code);
  }
  t.deepEqual(readdirSync(folder).sort(), ['fifo.byok', 'folder.byok', 'huge.byok', 'link.byok', 'target.byok']);
});

test('a KEK that is of no use is an error, not a finding', async (t) => {
  const { file, write } = blobFolder(t);
  const { code, error } = await judgeAsJson(file, '--kek', write('public.pem', publicPem(practiceKey('kek-2048'))));
  t.is(code, 1);
  t.is(error.code, 'TEST_KEK_UNREADABLE');
  t.is((await judge(file)).code, 2);
});

test('a KEK behind a passphrase is named, whatever the engine', async (t) => {
  const { file, write } = blobFolder(t);
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'practice' } as const;
  const pem = practiceKey('kek-2048').export({ type: 'pkcs8', format: 'pem', ...cipher });
  const locked = write('locked.pem', pem);
  for (const engine of ['node-forge', 'node']) {
    const { error } = await judgeAsJson(file, '--kek', locked, '--engine', engine);
    t.is(error.code, 'TEST_KEK_UNREADABLE');
    t.regex(error.cause, /encrypted/);
  }
});

test('the right blob under another KEK is no error but a finding, which says so', async (t) => {
  const { write } = blobFolder(t);
  const other = write('other.byok', blobByNode(plaintextOf('ec-p256'), { kek: practiceKey('rsa-2048') }));
  const { code, blobs } = await judgeAsJson(other, '--kek', KEK);
  t.is(code, 4);
  t.regex(blobs[0].diagnoses[0].id, /^oaep\/(other-kek|above-modulus)$/);
});

test('a blob of 1 GB is refused before it is read', async (t) => {
  const { write } = blobFolder(t);
  const huge = write('huge.byok', '');
  truncateSync(huge, 1024 ** 3);
  const { error } = await judgeAsJson(huge, '--kek', KEK);
  t.is(error.code, 'FILE_TOO_LARGE');
  t.regex(error.cause, /at most 65536 bytes, found 1073741824/);
});

test('the practice PEM prints nowhere', async (t) => {
  const { file } = blobFolder(t);
  const { stdout, stderr } = await judge(file, '--kek', KEK, '--json');
  const lines = practicePem('ec-p256').toString().split('\n').slice(2, -2);
  for (const line of lines) t.false((stdout + stderr).includes(line.slice(0, 20)));
});

function failsOf(blobs: readonly { findings: readonly { id: string; level: string }[] }[]): string[] {
  return blobs
    .flatMap(({ findings }) => findings)
    .filter(({ level }) => level === 'fail')
    .map(({ id }) => id);
}

/** As keyferry-wrap writes it. */
function manifestOf(blob: Uint8Array, name: PracticeKeyName): Manifest {
  const key = practiceKey(name);
  const publicKey = key.type === 'secret' ? null : publicJwkOf(createPublicKey(key));
  const sizes = {
    'ec-p256': ['EC', 'P-256', 256],
    'rsa-2048': ['RSA', null, 2048],
    'aes-256': ['oct', null, 256],
  } as const;
  const [type, crv, bits] = sizes[name as keyof typeof sizes];
  return {
    schema: 'keyferry/manifest/1',
    mode: 'practice',
    blob: { file: 'target.byok', sha256: createHash('sha256').update(blob).digest('hex'), size: blob.length },
    kek: { kid: HSM_KID, thumbprint: thumbprintOf(publicJwkOf(createPublicKey(practiceKey('kek-2048')))) },
    target: {
      type,
      crv,
      bits,
      publicKey,
      publicKeySource: publicKey && 'object',
      kcv: null,
      label: 'target',
      id: 'a1',
      attributes: { sensitive: true, alwaysSensitive: true, extractable: true, wrapWithTrusted: false, local: true },
    },
    wrapping: {
      mechanism: 'composite',
      inner: '0x0000210a',
      outer: '0x00000009',
      flavour: 'rfc5649',
      aesBits: 256,
      ephemeral: true,
      probed: false,
      rehearsed: false,
    },
    hsm: { manufacturer: 'm', model: 'm', serial: 's', firmware: '1.0', module: 'm.so', moduleSha256: '0'.repeat(64) },
    notChecked: [],
    createdAt: '2026-11-24T00:00:00Z',
    tool: { name: 'keyferry-wrap', version: '0.1.0' },
  };
}
