import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../test/support/folder.js';
import { badgeOf, badgeSchema } from '../src/report/badge.js';
import type { Results } from '../src/report/results.js';
import { junitOfResults } from '../src/report/results-junit.js';
import { tapOf } from '../src/report/results-tap.js';
import { textOfResults } from '../src/report/results-text.js';
import { summaryOf } from '../src/report/step-summary.js';
import { vectorsDigest } from '../src/vectors/read-vectors.js';
import { moduleResults, producerResults } from './support/practice-results.js';
import { readTap } from './support/read-tap.js';
import { anyResults, HOSTILE } from './support/results.js';

const XSD = fileURLToPath(new URL('support/junit.xsd', import.meta.url));

/** What a run is told as when it was interrupted, and what the subject then did. */
function interrupted(results: Results): Results {
  return {
    ...results,
    verdict: 'incomplete',
    run: { ...results.run, interrupted: true, troubles: ['it did not stop'] },
  };
}

/** Validates all of them in one call; what xmllint complains of, '' for nothing. */
function faultsOfJunit(t: ExecutionContext, documents: readonly string[]): string {
  const folder = privateFolder(t);
  const files = documents.map((text, index) => {
    const file = join(folder, `${index}.xml`);
    writeFileSync(file, text);
    return file;
  });
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', XSD, ...files], {
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${status}: ${stderr}`;
}

test('JUnit XML has the form that GitHub, GitLab, Azure Pipelines and Jenkins read', (t) => {
  const results = [
    producerResults(),
    producerResults({ allRight: true }),
    moduleResults(),
    interrupted(moduleResults()),
  ];
  t.is(faultsOfJunit(t, results.map(junitOfResults)), '');
});

test('JUnit XML keeps that form whatever texts the results hold', (t) => {
  const many = fc.sample(anyResults, { numRuns: 100, seed: 7 });
  const named = many.map((results) => ({
    ...results,
    cases: results.cases.map((one, index) => ({ ...one, id: `p/${index}${one.id}` })),
  }));
  t.is(faultsOfJunit(t, named.map(junitOfResults)), '');
});

test('the schema of JUnit XML refuses what one of the four would', (t) => {
  const right = junitOfResults(producerResults());
  for (const [from, to] of [
    ['<failure type="fail" ', '<failure '],
    [' time="0.250"', ''],
    [' timestamp="2026-11-24T08:30:00"', ' timestamp="2026-11-24T08:30:00.000Z"'],
    ['<skipped message=', '<skipped reason='],
    ['name="producer/wrap/kek-2048/rsa-3072"', 'name="producer/wrap/kek-2048/rsa-2048"'],
    ['</properties>', '</properties><system-out/>'],
  ] as const) {
    t.true(right.includes(from), from);
    t.regex(faultsOfJunit(t, [right.replace(from, to)]), /^3: .*Schemas validity error/s, from);
  }
});

test('JUnit XML tells failures from errors, counts as it lists, and says what a person needs', (t) => {
  const results = producerResults();
  const file = join(privateFolder(t), 'junit.xml');
  writeFileSync(file, junitOfResults(interrupted(results)));
  const script = `
import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
def count(of, tag): return len(of.findall('.//' + tag))
counts = [[int(s.attrib[k]) for k in ('tests', 'failures', 'errors', 'skipped')] for s in [root, *root]]
found = [[count(s, k) for k in ('testcase', 'failure', 'error', 'skipped')] for s in [root, *root]]
odd = {c.attrib['name']: [c[0].tag, c[0].attrib.get('type'), c[0].attrib.get('message'), c[0].text] for c in root.iter('testcase') if len(c)}
print(json.dumps([counts, found, odd, [s.attrib['name'] for s in root], [p.attrib for p in root[0][0]]]))`;
  const [counts, found, odd, names, properties] = JSON.parse(
    execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }),
  );
  t.deepEqual(counts, found);
  const { counts: c } = results;
  t.deepEqual(counts[0].slice(1), [
    c.fail + c.xpass,
    c.error + c.timeout + c.crash + 1,
    c.skipped + c['not-applicable'] + c.xfail,
  ]);
  t.deepEqual(names, ['producer/wrap', 'producer/refuse', 'run']);
  const of = (id: string) => odd[id].slice(0, 3);
  t.deepEqual(of('producer/wrap/kek-3072/rsa-4096'), ['error', 'timeout', 'no end within 60 s']);
  t.deepEqual(of('producer/refuse/kek-8192'), ['error', 'crash', 'exit status 139 after SIGSEGV']);
  t.deepEqual(of('producer/wrap/kek-2048/oct-256'), [
    'skipped',
    null,
    'not-applicable: the tool says that it wraps no oct keys',
  ]);
  t.deepEqual(of('producer/wrap/kek-4096/ec-p521'), [
    'skipped',
    null,
    'known failure: a firmware update is due (issue ACME-1234, until 2027-03-31)',
  ]);
  t.deepEqual(of('producer/wrap/kek-4096/ec-secp256k1'), ['failure', 'xpass', 'it was expected to fail, and passed']);
  t.is(odd['producer/wrap/kek-2048/rsa-4096'][0], 'system-out');
  t.deepEqual(odd['run/complete'], [
    'error',
    'incomplete',
    'the run was interrupted',
    'the run was interrupted\nit did not stop',
  ]);
  const [tag, type, message, words] = odd['producer/wrap/kek-2048/ec-p521'];
  t.deepEqual([tag, type], ['failure', 'fail']);
  t.regex(message, /65 bytes/);
  t.regex(
    words,
    /^case: .*\nclause: .*\nwhy: .*\nfail: blob\/encoding\/canonical\n {2}found: .*\n {2}expected: .*\n {2}clause: .*\ndiagnosis: .*\n {2}likely cause: .*\n {2}mend: /,
  );
  t.true(
    properties.some((one: Record<string, string>) => one.name === 'subject' && one.value === 'ACME BYOK tool 4.2.1'),
  );
});

test('TAP is read by a strict reader, with what is skipped and what is to do', (t) => {
  const results = producerResults();
  const { points, passed, plan } = readTap(tapOf(results));
  t.is(plan, results.cases.length);
  t.false(passed);
  const directives = (kind: string) => points.filter(({ directive }) => directive?.kind === kind).length;
  t.is(directives('SKIP'), results.counts['not-applicable'] + results.counts.skipped);
  t.is(directives('TODO'), results.counts.xfail);
  const at = (id: string) => points.find(({ description }) => description.startsWith(`${id}: `));
  t.like(at('producer/wrap/kek-2048/ec-p521'), { ok: false, directive: null, diagnostics: { outcome: 'fail' } });
  t.like(at('producer/wrap/kek-2048/ec-p521')?.diagnostics?.faults, [{ id: 'encoding/ec-short-scalar' }]);
  t.like(at('producer/wrap/kek-4096/ec-secp256k1'), { ok: false, directive: null, diagnostics: { outcome: 'xpass' } });
  t.like(at('producer/wrap/kek-2048/rsa-2048'), { ok: true, directive: null, diagnostics: null });
  t.true(readTap(tapOf(producerResults({ allRight: true }))).passed);
});

test('TAP of an interrupted run bails out, and that of an empty shard plans nothing', (t) => {
  const whole = producerResults({ allRight: true });
  t.like(readTap(tapOf(interrupted(whole))), { bailOut: 'interrupted', passed: false });
  t.like(readTap(tapOf({ ...whole, cases: [] })), { plan: 0, passed: true });
});

test('TAP stays TAP whatever texts the results hold, and the texts come out again', (t) => {
  fc.assert(
    fc.property(anyResults, (results) => {
      const { points, passed, bailOut } = readTap(tapOf(results));
      t.is(points.length, results.cases.length);
      t.is(bailOut !== null, results.verdict === 'incomplete');
      if (passed) t.not(results.verdict, 'does not conform');
      else t.true(['does not conform', 'incomplete'].includes(results.verdict));
      for (const [index, { outcome, why }] of results.cases.entries()) {
        const found = points[index]?.diagnostics;
        if (found != null) t.deepEqual([found.outcome, found.why], [outcome, why]);
        else t.is(outcome, 'pass');
      }
    }),
  );
});

test('the badge is one that shields.io reads, and is green only for what conforms', (t) => {
  t.deepEqual(badgeOf(producerResults({ allRight: true })), {
    schemaVersion: 1,
    label: 'keyferry producer',
    message: 'conforms',
    color: 'brightgreen',
  });
  t.like(badgeOf(producerResults()), { message: 'does not conform, 1 known failure', color: 'red' });
  const part = producerResults({ allRight: true });
  t.is(
    badgeOf({ ...part, cases: part.cases.slice(3) }).message,
    `conforms, ${part.cases.length - 3} of ${part.cases.length} cases`,
  );
  fc.assert(
    fc.property(anyResults, (results) => {
      const badge = badgeSchema.parse(badgeOf(results));
      t.is(badge.color === 'brightgreen', results.verdict === 'conforms');
    }),
  );
});

test('the summary lists what stands against the subject, and nothing in it can be a mark of Markdown or HTML', (t) => {
  const summary = summaryOf(producerResults());
  t.regex(summary, /^### ACME BYOK tool 4\.2\.1: does not conform$/m);
  t.regex(summary, /^\| fail \| producer\/wrap\/kek-2048\/ec-p521 \| an octet string of 65 bytes/m);
  t.notRegex(summary, /^\| (pass|xfail|skipped|not-applicable) /m);
  const results = moduleResults();
  const [one] = results.cases;
  if (one === undefined) return t.fail();
  const hostile = `${HOSTILE}|\\|\`\`\`\n# x\n@someone **b** [a](http://x) ![i](y)`;
  const found = summaryOf({ ...results, cases: [{ ...one, id: hostile, outcome: 'error', reason: hostile }] });
  const rows = found.split('\n').filter((line) => line.startsWith('|'));
  t.is(rows.length, 3);
  t.is(rows[2]?.match(/\|/g)?.length, 4);
  t.notRegex(rows[2]?.replaceAll(/&#\d+;/g, '') ?? '', /[<>`*_[\]()!@#\\~:&]/);
});

test('the summary of many failures stays short', (t) => {
  const results = producerResults({ repeat: 40 });
  const failed = { ...results, cases: results.cases.map((one) => ({ ...one, outcome: 'error' as const })) };
  const summary = summaryOf(failed);
  t.is(summary.match(/^\| error /gm)?.length, 50);
  t.true(summary.includes(`and ${failed.cases.length - 50} more`));
});

test('the last line of the text is the verdict, and no text of the results can add a line', (t) => {
  t.regex(textOfResults(producerResults()), /\nACME BYOK tool 4\.2\.1: does not conform \(.*; --seed 2463534242\)$/);
  fc.assert(
    fc.property(anyResults, (results) => {
      const last = textOfResults(results).split('\n').at(-1) ?? '';
      t.regex(last, new RegExp(`: ${results.verdict} \\([^()]*--seed ${results.run.seed}\\)$`));
    }),
  );
});

test('an expired exception, of a case that passes or does not apply, is told in each report that people read', (t) => {
  const results = producerResults({ allRight: true });
  const exception = { reason: 'the firmware was old', issue: null, expires: '2026-01-31', expired: true };
  for (const outcome of ['xpass', 'not-applicable'] as const) {
    const [first, ...others] = results.cases as [Results['cases'][number], ...Results['cases']];
    const found = { ...results, cases: [{ ...first, outcome, reason: 'for a reason', exception }, ...others] };
    t.regex(textOfResults(found), new RegExp(`^${outcome} *producer/wrap/kek-2048/rsa-2048: `));
    t.regex(textOfResults(found), /\n {4}its exception ended with 2026-01-31: the firmware was old\n/);
    t.like(readTap(tapOf(found)).points[0], { diagnostics: { outcome, exception } });
    t.is(faultsOfJunit(t, [junitOfResults(found)]), '');
    if (outcome === 'xpass')
      t.regex(junitOfResults(found), /exception \(expired\): the firmware was old \(until 2026-01-31\)/);
  }
});

test('the digest of the vectors is what sha256sum says of them', async (t) => {
  const folder = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));
  const said = execFileSync('sh', ['-c', 'LC_ALL=C sha256sum *.json | sha256sum'], { cwd: folder, encoding: 'utf8' });
  t.is(await vectorsDigest(), said.slice(0, 64));
});
