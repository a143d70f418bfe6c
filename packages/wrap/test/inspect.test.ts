import { createPublicKey } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKid, publicJwkOf, type RsaPublicJwk, wrapPracticeKey, writeByok } from '@keyferry/blob';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { runProgram } from '../../../test/support/programs.js';
import { KID } from './support/kek-file.js';

function rightBlob(): Buffer {
  const kek = publicJwkOf(createPublicKey(practiceKey('kek-2048'))) as RsaPublicJwk;
  const target = practiceKey('ec-p256').export({ type: 'pkcs8', format: 'der' });
  return writeByok({ kid: parseKid(KID), ciphertext: wrapPracticeKey(kek, target), generator: 'test' });
}

test('inspect shows kid, generator, digest and what the lengths allow', async (t) => {
  const folder = privateFolder(t);
  const file = join(folder, 'a.byok');
  writeFileSync(file, rightBlob());
  const run = await runProgram('keyferry-wrap', ['inspect', file, '--json']);
  t.is(run.code, 0, run.stderr);
  const result = JSON.parse(run.stdout);
  t.is(result.kid, KID);
  t.is(result.ciphertextBytes, 256 + 152);
  const right = (candidate: { kekBits: number; crv: string }) =>
    candidate.kekBits === 2048 && candidate.crv === 'P-256';
  t.is(result.candidates.filter(right).length, 1);
  t.false(result.candidates.some((candidate: { type: string }) => candidate.type === 'RSA'));
  t.is(result.manifest, 'not given');
  t.deepEqual(result.findings, []);
});

const blob = rightBlob();
const BAD_BLOBS: readonly (readonly [title: string, bytes: Buffer, code: string])[] = [
  ['an empty file', Buffer.alloc(0), 'BLOB_INVALID'],
  ['a truncated blob', blob.subarray(0, blob.length / 2), 'JSON_INVALID'],
  ['binary', Buffer.from('30820122300d0609ff', 'hex'), 'FILE_NOT_UTF8'],
  ['another JSON', Buffer.from('{"keys":[]}'), 'BLOB_INVALID'],
  ['a list', Buffer.from('[]'), 'BLOB_INVALID'],
  ['a file that is too large', Buffer.alloc(1 << 20, 0x20), 'FILE_TOO_LARGE'],
  ['a byte order mark', Buffer.concat([Buffer.from('efbbbf', 'hex'), blob]), 'JSON_INVALID'],
  ['a member twice', Buffer.from(blob.toString().replace('{', '{"generator":"x",')), 'JSON_DUPLICATE_MEMBER'],
];

for (const [title, bytes, code] of BAD_BLOBS) {
  test(`inspect refuses ${title} with ${code}`, async (t) => {
    const folder = privateFolder(t);
    const file = join(folder, 'a.byok');
    writeFileSync(file, bytes);
    const run = await runProgram('keyferry-wrap', ['inspect', file]);
    t.regex(run.stderr, new RegExp(`^error\\[${code}\\]: .+\ncause: .+\nhint: .+\n$`));
    t.is(run.stdout, '');
    t.true([1, 4].includes(run.code ?? 0));
    t.deepEqual(readdirSync(folder), ['a.byok']);
  });
}
