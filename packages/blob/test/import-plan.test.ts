import test from 'ava';
import fc from 'fast-check';
import { type ImportPlanEntry, readImportPlan } from '../src/import-plan.js';
import { MAX_PLAN_BYTES } from '../src/plan.js';
import { endsWell, refusal } from './support/refusal.js';

const FULL = {
  blob: 'blobs/payroll.byok',
  manifest: 'manifests/payroll.json',
  name: 'payroll-2027',
  confirmTarget: 'ab'.repeat(32),
  publicKey: null,
  ops: ['sign', 'verify'],
  tags: { team: 'bank, north', note: 'a=b' },
  expires: '2030-01-31T00:00:00Z',
};
const NOTHING = {
  manifest: null,
  name: null,
  confirmTarget: null,
  publicKey: null,
  ops: null,
  tags: null,
  expires: null,
};

const json = (...keys: unknown[]) =>
  readImportPlan(Buffer.from(JSON.stringify({ schema: 'keyferry/import-plan/1', keys })), 'json');
const csv = (...lines: string[]) => readImportPlan(Buffer.from(`${lines.join('\n')}\n`), 'csv');
const withoutPlaces = (entries: readonly ImportPlanEntry[]) => entries.map(({ place, ...entry }) => entry);

test('the same import plan in JSON and in CSV has the same keys', (t) => {
  const fromJson = json(FULL, { blob: 'b.byok' });
  const fromCsv = csv(
    'name,blob,manifest,publicKey,confirmTarget,ops,tags,expires',
    `payroll-2027,blobs/payroll.byok,manifests/payroll.json,,${FULL.confirmTarget},sign verify,"team=bank, north;note=a=b",2030-01-31T00:00:00Z`,
    ',b.byok,,,,,,',
  );
  t.deepEqual(withoutPlaces(fromJson), [FULL, { blob: 'b.byok', ...NOTHING }]);
  t.deepEqual(withoutPlaces(fromCsv), withoutPlaces(fromJson));
  t.deepEqual(
    [...fromJson, ...fromCsv].map(({ place }) => place),
    ['keys[0]', 'keys[1]', 'line 2', 'line 3'],
  );
});

test('every column but blob may be left out', (t) => {
  t.deepEqual(withoutPlaces(csv('blob', 'a.byok')), [{ blob: 'a.byok', ...NOTHING }]);
  t.deepEqual(withoutPlaces(csv('confirmTarget,blob', 'x,a.byok')), [
    { blob: 'a.byok', ...NOTHING, confirmTarget: 'x' },
  ]);
});

const wrong: readonly (readonly [what: string, read: () => unknown, reason: RegExp])[] = [
  ['a table without blobs', () => csv('name', 'a'), /^line 1: .*found no blob/],
  ['a column twice', () => csv('blob,name,name', 'a,b,c'), /^line 1: expected each column once/],
  ['a column that nobody knows', () => csv('blob,pin', 'a,b'), /^line 1: .*number 2/],
  ['a name that no vault takes', () => csv('blob,name', 'a.byok,a_b'), /^line 2: member name: expected 1 to 127/],
  ['tags without a value', () => csv('blob,tags', 'a.byok,x'), /^line 2: expected tags/],
  ['a tag twice', () => csv('blob,tags', 'a.byok,x=1;x=2'), /^line 2: expected each tag once/],
  ['two confirmations', () => csv('blob,confirmTarget,publicKey', 'a.byok,x,y'), /^line 2: .*not both/],
  ['a table of no keys', () => csv('blob'), /at least one key/],
  ['a date of another zone', () => json({ blob: 'a', expires: '2030-01-31T00:00:00+01:00' }), /keys.0.expires/],
  ['an unknown member', () => json({ blob: 'a', force: true }), /force/],
  ['no operations', () => json({ blob: 'a', ops: [] }), /ops/],
  ['another schema', () => readImportPlan(Buffer.from('{"schema":"keyferry/plan/1","keys":[]}'), 'json'), /schema/],
  ['a byte order mark', () => readImportPlan(Buffer.from('\ufeffblob\na'), 'csv'), /byte order mark/],
  ['more bytes than a plan has', () => readImportPlan(Buffer.alloc(MAX_PLAN_BYTES + 1, 0x20), 'json'), /at most/],
  [
    'more keys than a batch has',
    () => csv('blob', ...Array.from({ length: 10_001 }, (_, n) => `${n}`)),
    /at most 10000/,
  ],
];
for (const [what, read, reason] of wrong) {
  test(`an import plan with ${what} is refused, and its place is named`, (t) => {
    const error = refusal(read);
    t.is(error.code, 'PLAN_INVALID');
    t.regex(error.reason, reason);
  });
}

test('any bytes are an import plan, or are refused by name', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string().map((text) => Buffer.from(`blob,tags\n${text}`)),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom('json' as const, 'csv' as const), (data, form) =>
      endsWell(() => readImportPlan(data, form)),
    ),
  );
  t.pass();
});
