import test from 'ava';
import { runProgram } from '../../test/support/programs.js';
import { CASES, diagnosesOf } from '../src/cases.js';
import { DIAGNOSES, DIAGNOSIS_IDS } from '../src/diagnosis/diagnoses.js';
import { explainCase, OTHER_IDS } from '../src/explained-case.js';
import { CHECK_IDS, CHECKS } from '../src/oracle/index.js';
import { SUITE_CASES } from '../src/suite-cases.js';

const run = (...args: string[]) => runProgram('keyferry-conformance', args);
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

test('list shows every check with title, clause and level, and every fault with its check', async (t) => {
  const { checks, diagnoses } = await json('list');
  t.deepEqual(
    checks.map(({ id }: { id: string }) => id),
    [...CHECK_IDS],
  );
  t.deepEqual(
    diagnoses.map(({ id }: { id: string }) => id),
    [...DIAGNOSIS_IDS],
  );
  for (const { id, clause, level, title } of checks) {
    const known = id as (typeof CHECK_IDS)[number];
    t.deepEqual([clause, level, title], [CHECKS[known].clause, CASES[known].binding, CASES[known].title]);
  }
  const { stdout } = await run('list');
  t.regex(stdout, /^ {2}blob\/kwp\/aiv +must {4}the second half opens by RFC 5649 \(RFC 5649 section 3\)$/m);
});

test('list and explain know every case of the suite', async (t) => {
  const { cases } = await json('list');
  const all = Object.entries(SUITE_CASES).flatMap(([kind, known]) =>
    known.map(({ id, level, clause, title }) => ({ id, kind, level, clause, title })),
  );
  t.deepEqual(cases, all);
  t.is(new Set(all.map(({ id }) => id)).size, all.length);
  for (const { id, kind } of all) {
    t.true(id.startsWith(`${kind}/`), id);
    t.like(explainCase(id), { id, kind: 'case', faults: [] });
  }
  const { stdout } = await run('explain', 'producer/refuse/kek-1024');
  t.regex(stdout, /^producer\/refuse\/kek-1024 \(case, must\)\n\nWhat: .*\nClause: .*\nWhy: .*\n$/);
});

test('explain knows every check of a tool and of its calls, and every fault of a module, with what to do about it', async (t) => {
  for (const id of OTHER_IDS) {
    const found = explainCase(id);
    t.truthy(found?.mend ?? found?.faults[0]?.mend, id);
    t.regex(found?.why ?? '', /^[A-Z].*\.$/, id);
  }
  t.is(
    OTHER_IDS.length,
    new Set([...OTHER_IDS, ...CHECK_IDS, ...DIAGNOSIS_IDS]).size - CHECK_IDS.length - DIAGNOSIS_IDS.length,
  );
  const { stdout } = await run('explain', 'evidence/aes-destroyed');
  t.regex(stdout, /^evidence\/aes-destroyed \(check, must\)\n\nWhat: .*\nClause: PKCS .*\nWhy: .*\nMend: .*\n$/);
  t.regex((await run('explain', 'module/trust-ignored')).stdout, /^Cause: .*C_WrapKey.*\nMend: /m);
  t.regex((await run('explain', 'producer/fresh-aes-keys')).stderr, /did you mean producer\/fresh-aes-key\?/);
});

test('explain tells of a fault: clause, why, cause, who had it, how to mend it', async (t) => {
  const { stdout, code } = await run('explain', 'form/pkcs1');
  t.is(code, 0);
  for (const start of ['What:', 'Clause:', 'Why:', 'Cause:', 'Seen:', 'Mend:']) {
    t.regex(stdout, new RegExp(`^${start} +\\S`, 'm'));
  }
  t.regex(stdout, /azure-docs/);
});

test('explain tells of a check with all faults that it finds', async (t) => {
  const { cases } = await json('explain', 'blob/oaep/padding');
  t.is(cases.length, 1);
  t.deepEqual(
    cases[0].faults.map(({ id }: { id: string }) => id),
    diagnosesOf('blob/oaep/padding'),
  );
});

test('explain tells of error codes as in every program, and says what it does not know', async (t) => {
  t.is((await json('explain', 'TEST_KEK_UNREADABLE')).codes[0].exit, 1);
  t.true((await json('explain')).codes.length > 50);
  const unknown = await run('explain', 'oaep/sha-265');
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /UNKNOWN_CASE.*\n.*did you mean oaep\/sha-256/);
  t.regex((await run('explain', 'NO_SUCH')).stderr, /UNKNOWN_ERROR_CODE/);
});

test('help lists explain once', async (t) => {
  const { stdout } = await run('--help');
  t.is(stdout.match(/^ {2}explain /gm)?.length, 1);
});

test('every check and every fault can be explained, in whole sentences', (t) => {
  for (const id of [...CHECK_IDS, ...DIAGNOSIS_IDS]) {
    const found = explainCase(id);
    t.is(found?.id, id);
    t.regex(found?.why ?? '', /^[A-Z].*\.$/, id);
  }
  t.is(explainCase('blob/none'), null);
  t.is(explainCase('toString'), null);
  t.true(DIAGNOSIS_IDS.filter((id) => DIAGNOSES[id].seen !== undefined).length >= 15);
});
