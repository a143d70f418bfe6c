import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { runProgram } from '../../test/support/programs.js';
import type { Vectors } from '../src/vectors/format.js';

/** A family with few of its tests, so that it is verified at once. */
function few(name: string, every: number): Vectors {
  const file = JSON.parse(readFileSync(new URL(`../../fixtures/vectors/${name}`, import.meta.url), 'utf8')) as Vectors;
  let tcId = 0;
  const testGroups = file.testGroups.slice(0, 2).map((group) => ({
    ...group,
    tests: group.tests.filter((_, index) => index % every === 0).map((one) => ({ ...one, tcId: ++tcId })),
  }));
  return { ...file, testGroups, numberOfTests: tcId } as Vectors;
}

function written(t: ExecutionContext, name: string, content: unknown): string {
  const path = join(privateFolder(t), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function verify(...args: string[]) {
  return runProgram('keyferry-conformance', ['vectors', 'verify', ...args]);
}

test('files with which both engines agree end with exit 0 and a line each, on one thread and on several', async (t) => {
  const kwp = written(t, 'kwp.json', few('aes-kwp.json', 20));
  const oaep = written(t, 'oaep.json', few('rsa-oaep-sha1-aes256.json', 30));
  for (const jobs of ['1', '3']) {
    const { code, stdout } = await verify(kwp, oaep, '--jobs', jobs);
    t.is(code, 0, stdout);
    t.regex(stdout, /^agree {5}.*kwp\.json: AES-KWP, \d+ tests \(\d+ valid, \d+ invalid, \d+ acceptable\)$/m);
    t.regex(stdout, /^agree {5}.*oaep\.json: RSAES-OAEP, /m);
    t.regex(stdout, /^both engines agree with all \d+ tests$/m);
  }
});

test('a test that is not as its file says ends with exit 4, and names engine, expectation and finding', async (t) => {
  const file = few('aes-kwp.json', 20);
  const [first] = file.testGroups;
  const one = first?.tests[0];
  if (!one) return t.fail();
  Object.assign(one, { result: 'invalid', stage: 'kwp' });
  const path = written(t, 'kwp.json', file);
  const { code, stdout } = await verify(path, '--jobs', '2');
  t.is(code, 4);
  t.regex(stdout, /^DISAGREE {2}/m);
  t.regex(stdout, /^ {2}1 .*: node: expected refused at kwp, found accepted$/m);
  t.regex(stdout, /^1 of \d+ tests FAILED$/m);
  const json = JSON.parse((await verify(path, '--json')).stdout);
  t.like(json, { failed: 1, files: [{ failed: 1, algorithm: 'AES-KWP' }] });
  t.deepEqual(
    json.files[0].disagreements.map(({ tcId, engine }: { tcId: number; engine: string }) => [tcId, engine]),
    [
      [1, 'node'],
      [1, 'oracle'],
    ],
  );
});

const kwp = few('aes-kwp.json', 100);
const REFUSED: readonly (readonly [what: string, content: string, code: string])[] = [
  ['no JSON', '{', 'JSON_INVALID'],
  ['a member that stands twice', '{"schema":1,"schema":1}', 'JSON_DUPLICATE_MEMBER'],
  ['another JSON file', '{"schema":"keyferry/manifest/1"}', 'VECTORS_INVALID'],
  ['an unknown family', JSON.stringify({ ...kwp, schema: 'aes-siv.schema.json' }), 'VECTORS_INVALID'],
  ['a wrong number of tests', JSON.stringify({ ...kwp, numberOfTests: 1 }), 'VECTORS_INVALID'],
];

for (const [what, content, code] of REFUSED) {
  test(`a file with ${what} is refused: ${code}`, async (t) => {
    const { code: exit, stderr } = await verify(written(t, 'vectors.json', content));
    t.not(exit, 0);
    t.regex(stderr, new RegExp(`^error\\[${code}\\]`, 'm'));
  });
}

test('a file that is not there, a folder, and no number of threads are refused by name', async (t) => {
  const folder = privateFolder(t);
  t.regex((await verify(join(folder, 'none.json'))).stderr, /error\[FILE_NOT_FOUND\]/);
  t.regex((await verify(folder)).stderr, /error\[FILE_/);
  for (const jobs of ['0', '1.5', '65']) t.is((await verify('--jobs', jobs)).code, 2);
});
