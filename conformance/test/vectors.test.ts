import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { runCommand } from '../../test/support/programs.js';
import { FAULT_IDS } from '../src/making/faults.js';
import { type Group, STAGES, type Test, type Vectors, vectorsSchema } from '../src/vectors/format.js';
import { type EngineName, judgeTests } from '../src/vectors/judge-test.js';
import { readVectors } from '../src/vectors/read-vectors.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = new URL('../../fixtures/vectors/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const raw = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const files = names.map((name) => vectorsSchema.parse(raw(name)));
const groups = files.flatMap(({ testGroups }): readonly Group[] => testGroups);
const opens = (group: Group) => group.type === 'RsaesOaepDecrypt' || group.type === 'KeyTransferBlobOpen';

test('the vectors and their schemas follow from the code, byte for byte', async (t) => {
  const result = await runCommand('node', ['--import=tsx', 'scripts/generate-vectors.ts', '--check'], { cwd: root });
  t.is(result.code, 0, result.stderr);
});

for (const name of names) {
  test(`${name} is valid under the JSON Schema that is published with it`, (t) => {
    const file = raw(name) as Record<string, unknown>;
    const schema = z.fromJSONSchema(raw(`schemas/${file.schema}`) as Parameters<typeof z.fromJSONSchema>[0]);
    const found = schema.safeParse(file);
    t.true(found.success, found.error?.message.slice(0, 500));
    t.false(schema.safeParse({ ...file, testGroups: [{ type: 'KeywrapTest', tests: [{ tcId: 1 }] }] }).success);
    t.false(schema.safeParse({ ...file, comment: 'a member that is not in the schema' }).success);
  });
}

test('there are 1,500 tests at least, of every family, result, stage, kind of target and size of KEK', (t) => {
  const tests = groups.flatMap((group): readonly Test[] => group.tests);
  t.true(tests.length >= 1500);
  t.is(files.length, 5);
  for (const { testGroups } of files) {
    const results = testGroups.flatMap((group): readonly Test[] => group.tests).map(({ result }) => result);
    for (const result of ['valid', 'invalid'] as const) t.true(results.includes(result));
  }
  t.deepEqual([...new Set(tests.flatMap(({ stage }) => stage ?? []))].sort(), [...STAGES].sort());
  const crossed = groups.flatMap((group) =>
    group.type === 'KeyTransferBlobOpen' && group.tests.some(({ result }) => result === 'valid')
      ? [`${group.keySize} ${group.target.crv ?? group.target.type}-${group.target.bits}`]
      : [],
  );
  t.is(new Set(crossed).size, 3 * 10);
});

test('every diagnosis of a blob has a test', (t) => {
  const flags = new Set(groups.flatMap((group): readonly Test[] => group.tests).flatMap(({ flags }) => flags));
  t.deepEqual(
    FAULT_IDS.filter((id) => !flags.has(id)),
    [],
  );
});

test('the slow private operations are few: 150 under a KEK of 3072 bits at most, 100 under one of 4096', (t) => {
  const under = (bits: number) =>
    groups.flatMap((group): readonly Test[] =>
      opens(group) && 'keySize' in group && group.keySize === bits ? group.tests : [],
    ).length;
  t.true(under(2048) > 200);
  t.true(under(3072) <= 150 && under(3072) > 50, `${under(3072)}`);
  t.true(under(4096) <= 100 && under(4096) > 50, `${under(4096)}`);
});

test('no test stands twice in a group', (t) => {
  for (const group of groups) {
    const inputs = (group.tests as readonly Record<string, unknown>[]).map(({ key, ct, blob, encoding }) =>
      JSON.stringify('type' in group && group.type === 'KeyTransferBlobRead' ? [blob] : [key, ct, blob, encoding]),
    );
    const twice = inputs.filter((input, index) => inputs.indexOf(input) !== index);
    t.deepEqual(twice, [], group.type);
  }
});

/** What both engines make of every `step`-th test of a group. */
function sampled(group: Group, step: number) {
  const places = Array.from({ length: Math.ceil(group.tests.length / step) }, (_, index) => index * step);
  return places.flatMap((place) =>
    (judgeTests(group, place, place + 1)[0] ?? []).map((one) => ({ ...one, comment: group.tests[place]?.comment })),
  );
}

test('both engines agree with every test that needs no private operation', (t) => {
  for (const group of groups.filter((one) => !opens(one))) t.deepEqual(sampled(group, 1), [], group.type);
});

// `keyferry-conformance vectors verify` and the bench hold all of them: too slow for each run of the tests.
for (const [bits, step] of [
  [2048, 5],
  [3072, 12],
  [4096, 24],
] as const) {
  test(`both engines agree with each ${step}th test that opens something under a KEK of ${bits} bits`, (t) => {
    for (const group of groups.filter(opens)) {
      if ('keySize' in group && group.keySize === bits) t.deepEqual(sampled(group, step), [], group.type);
    }
  });
}

test('an engine that disagrees is noticed, whatever the test says falsely', (t) => {
  const group = groups.find((one) => one.type === 'KeywrapTest');
  if (group?.type !== 'KeywrapTest') return t.fail();
  const { tests } = group;
  const right = tests.find(({ result }) => result === 'valid');
  const wrong = tests.find(({ result }) => result === 'invalid');
  if (!right || !wrong) return t.fail();
  const foundIn = (one: typeof right) => {
    const [disagreements = []] = judgeTests({ ...group, tests: [one] }, 0, 1);
    return disagreements.map(({ engine, found }): [EngineName, string] => [engine, found]);
  };
  const both = (found: string) => [
    ['node', found],
    ['oracle', found],
  ];
  t.deepEqual(foundIn({ ...right, result: 'invalid', stage: 'kwp' }), both('accepted'));
  t.deepEqual(foundIn({ ...wrong, result: 'valid', stage: null }), both('refused at kwp'));
  t.deepEqual(foundIn({ ...wrong, stage: 'oaep' }), both('refused at kwp'));
  t.deepEqual(foundIn({ ...right, msg: '00' }), both('accepted with another msg'));
  t.deepEqual(foundIn({ ...right, result: 'acceptable', stage: 'kwp' }), [['oracle', 'accepted']]);
});

test('a file is read only if its tests are numbered, counted, explained and staged', async (t) => {
  const file = raw('aes-kwp.json') as Vectors;
  t.is((await readVectors(fileURLToPath(new URL('aes-kwp.json', folder)))).numberOfTests, file.numberOfTests);
  const [first] = file.testGroups;
  if (first?.type !== 'KeywrapTest') return t.fail();
  const withFirst = (change: object) => {
    const [one, ...rest] = first.tests;
    return {
      ...file,
      testGroups: [{ ...first, tests: [{ ...one, ...change }, ...rest] }, ...file.testGroups.slice(1)],
    };
  };
  for (const changed of [
    { ...file, numberOfTests: file.numberOfTests + 1 },
    { ...file, notes: {} },
    { ...file, algorithm: 'AES-KW' },
    { ...file, schema: 'aes-kw.schema.json' },
    withFirst({ tcId: 2 }),
    withFirst({ flags: ['Unknown'] }),
    withFirst({ result: 'invalid' }),
    withFirst({ stage: 'kwp' }),
    withFirst({ ct: 'ABCD' }),
    withFirst({ ct: 'abc' }),
  ]) {
    t.false(vectorsSchema.safeParse(changed).success);
  }
});
