import test from 'ava';
import { MAX_PLAN_BYTES, readPlan } from '../src/plan.js';
import { codeOf, refusal } from './support/refusal.js';

const KID = 'https://bank.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
const ENTRY = { key: 'pkcs11:object=payroll;type=private', kek: 'kek.kek.json', kid: null, out: 'payroll.byok' };
const HEADER = 'key,kek,kid,out';

const json = (plan: unknown) => readPlan(Buffer.from(JSON.stringify(plan)), 'json');
const plan = (...keys: unknown[]) => ({ schema: 'keyferry/plan/1', keys });
const csv = (...lines: string[]) => readPlan(Buffer.from(`${lines.join('\n')}\n`), 'csv');

const withoutPlaces = (entries: readonly object[]) => entries.map((entry) => ({ ...entry, place: '' }));

test('the same plan in JSON and in CSV has the same keys', (t) => {
  const second = { key: 'pkcs11:object=a%2cb,c;id=%01', kek: 'sub folder/a "b".pem', kid: KID, out: 'größe 2.byok' };
  const fromJson = json(plan(ENTRY, second));
  const fromCsv = csv(
    'out,key,kid,kek',
    'payroll.byok,pkcs11:object=payroll;type=private,,kek.kek.json',
    `größe 2.byok,"pkcs11:object=a%2cb,c;id=%01",${KID},"sub folder/a ""b"".pem"`,
  );
  t.deepEqual(withoutPlaces(fromCsv), withoutPlaces(fromJson));
  t.deepEqual(
    fromCsv.map(({ place }) => place),
    ['line 2', 'line 3'],
  );
  t.deepEqual(
    fromJson.map(({ place }) => place),
    ['keys[0]', 'keys[1]'],
  );
});

test('a kid may be left out, null or empty', (t) => {
  const { kid, ...without } = ENTRY;
  for (const [entry] of [json(plan(without)), json(plan(ENTRY)), csv(HEADER, 'pkcs11:object=a,k,,a.byok')]) {
    t.is(entry?.kid, null);
  }
});

test('lines may end in CR LF, and the last one without a line end', (t) => {
  const rows = `${HEADER}\r\npkcs11:object=a,k,,a.byok\r\npkcs11:object=b,k,,b.byok`;
  t.is(readPlan(Buffer.from(rows), 'csv').length, 2);
});

test('a plan of 20,000 keys is read in both forms', (t) => {
  const keys = Array.from({ length: 20_000 }, (_, n) => ({ ...ENTRY, out: `${n}.byok` }));
  t.is(json(plan(...keys)).length, 20_000);
  t.is(csv(HEADER, ...keys.map(({ key, kek, out }) => `${key},${kek},,${out}`)).length, 20_000);
});

const wrongCsv: readonly (readonly [what: string, lines: readonly string[], line: number])[] = [
  ['no header', ['pkcs11:object=a,k,,a.byok'], 1],
  ['a column that nobody knows', ['key,kek,kid,out,pin', 'a,b,,c.byok,1234'], 1],
  ['a column too few', ['key,kek,out', 'a,b,c.byok'], 1],
  ['a column twice', ['key,kek,kid,out,out', 'a,b,,c.byok,c.byok'], 1],
  ['a field too many', [HEADER, 'a,b,,c.byok,'], 2],
  ['a field too few', [HEADER, 'a,b,,c.byok', 'a,b,d.byok'], 3],
  ['an empty line', [HEADER, 'a,b,,c.byok', '', 'a,b,,d.byok'], 3],
  ['a bare quote', [HEADER, 'a"a,b,,c.byok'], 2],
  ['a quote that does not close', [HEADER, '"a,b,,c.byok', 'a",b,,c.byok'], 2],
  ['text after the closing quote', [HEADER, '"a"x,b,,c.byok'], 2],
  ['a CR within a line', [HEADER, 'a\rb,b,,c.byok'], 2],
  ['a control character', [HEADER, 'a\u0000b,b,,c.byok'], 2],
  ['no key', [HEADER, ',b,,c.byok'], 2],
  ['another ending of the output', [HEADER, 'a,b,,c.blob'], 2],
  ['an output without a name', [HEADER, 'a,b,,.byok'], 2],
  ['an output in another folder', [HEADER, 'a,b,,../c.byok'], 2],
  ['an output that no stick can hold', [HEADER, 'a,b,,c:d.byok'], 2],
  ['a kid of an unknown host', [HEADER, 'a,b,https://evil.example/keys/k/0123456789abcdef0123456789abcdef,c.byok'], 2],
];

for (const [what, lines, line] of wrongCsv) {
  test(`CSV with ${what} is refused, and the line is named`, (t) => {
    const { code, reason } = refusal(() => csv(...lines));
    t.is(code, 'PLAN_INVALID');
    t.true(reason.startsWith(`line ${line}: `), reason);
  });
}

test('CSV with a byte order mark, without keys, or in another encoding is refused', (t) => {
  const row = 'a,b,,c.byok\n';
  t.is(refusal(() => readPlan(Buffer.from(`\ufeff${HEADER}\n${row}`), 'csv')).reason.slice(0, 7), 'line 1:');
  t.is(
    codeOf(() => csv(HEADER)),
    'PLAN_INVALID',
  );
  t.is(
    codeOf(() => readPlan(Buffer.alloc(0), 'csv')),
    'PLAN_INVALID',
  );
  t.is(
    codeOf(() => readPlan(Buffer.from(`${HEADER}\ngr\xf6sse,b,,c.byok`, 'latin1'), 'csv')),
    'FILE_NOT_UTF8',
  );
  t.is(
    codeOf(() => readPlan(Buffer.from(`\ufeff${HEADER}\n${row}`, 'utf16le'), 'csv')),
    'FILE_NOT_UTF8',
  );
});

const wrongJson: readonly (readonly [what: string, plan: unknown])[] = [
  ['no schema', { keys: [ENTRY] }],
  ['another schema', { schema: 'keyferry/plan/2', keys: [ENTRY] }],
  ['no keys', plan()],
  ['a member that nobody knows', { ...plan(ENTRY), note: '' }],
  ['a member of a key that nobody knows', plan({ ...ENTRY, pin: '1234' })],
  ['a key without output', plan({ key: ENTRY.key, kek: ENTRY.kek })],
  ['a path as output', plan({ ...ENTRY, out: '/tmp/a.byok' })],
  ['an empty kid', plan({ ...ENTRY, kid: '' })],
  ['50,001 keys', plan(...Array.from({ length: 50_001 }, () => ENTRY))],
];

for (const [what, value] of wrongJson) {
  test(`a JSON plan with ${what} is refused`, (t) => {
    t.is(
      codeOf(() => json(value)),
      'PLAN_INVALID',
    );
  });
}

test('a JSON plan with a member twice is refused', (t) => {
  const text = JSON.stringify(plan(ENTRY)).replace('"kek":', '"out":"b.byok","kek":');
  t.is(
    codeOf(() => readPlan(Buffer.from(text), 'json')),
    'JSON_DUPLICATE_MEMBER',
  );
});

test('a plan that is too large is refused before it is read', (t) => {
  const bytes = Buffer.alloc(MAX_PLAN_BYTES + 1, '{');
  t.is(
    codeOf(() => readPlan(bytes, 'json')),
    'PLAN_INVALID',
  );
});

test('no error repeats a URI: it may carry a PIN', (t) => {
  const uri = 'pkcs11:object=a\u0007?pin-value=424242';
  t.false(refusal(() => json(plan({ ...ENTRY, key: uri }))).reason.includes('424242'));
  t.false(refusal(() => csv(HEADER, `${uri},k,,a.byok`)).reason.includes('424242'));
  t.false(refusal(() => csv('pkcs11:object=a?pin-value=424242,k,,a.byok')).reason.includes('424242'));
});
