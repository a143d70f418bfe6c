import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { operationsFor } from '../src/azure-names.js';
import { keyName, keyVersion, lifetimeFrom, listOf, nameFrom, tagsOf, timeLimit, validityOf } from '../src/options.js';
import { program } from '../src/program.js';

const now = new Date('2026-11-23T22:00:00.500Z');
const usage = { instanceOf: KeyferryError, message: /not understood/ } as const;

test('a lifetime is minutes, hours or days, counted in whole seconds', (t) => {
  t.is(lifetimeFrom(now, '90m').toISOString(), '2026-11-23T23:30:00.000Z');
  t.is(lifetimeFrom(now, '24h').toISOString(), '2026-11-24T22:00:00.000Z');
  t.is(lifetimeFrom(now, '7d').toISOString(), '2026-11-30T22:00:00.000Z');
  for (const text of ['', '7', '0d', '-1d', '1.5h', '7w', '7 d', '99999d', '12345678m', 'd']) {
    t.throws(() => lifetimeFrom(now, text), usage, text);
  }
});

test('an expiry is a future instant that the SDK can send: it cuts seconds to 32 bits', (t) => {
  const expiry = (expires: string) => validityOf(now, { notBefore: undefined, expires }).expiresOn;
  t.is(expiry('2027-01-31T00:00:00+01:00')?.toISOString(), '2027-01-30T23:00:00.000Z');
  t.notThrows(() => expiry('2038-01-19T03:14:07Z'));
  for (const text of [
    '',
    '2027-01-31',
    '2026-11-23T22:00:00Z',
    '2038-01-19T03:14:08Z',
    '2027-13-01T00:00:00Z',
    'soon',
  ]) {
    t.throws(() => expiry(text), usage, text);
  }
});

test('a key may be valid from any instant, and ends after that', (t) => {
  t.deepEqual(validityOf(now, { notBefore: undefined, expires: undefined }), { notBefore: null, expiresOn: null });
  const notBefore = '2027-01-01T00:00:00Z';
  t.is(
    validityOf(now, { notBefore, expires: '2027-01-01T00:00:01Z' }).notBefore?.toISOString(),
    '2027-01-01T00:00:00.000Z',
  );
  t.throws(() => validityOf(now, { notBefore, expires: notBefore }), usage);
  t.throws(() => validityOf(now, { notBefore: 'soon', expires: undefined }), usage);
});

test('names, versions and time limits are checked before anything is sent', (t) => {
  t.is(keyName('Payroll-1'), 'Payroll-1');
  for (const text of ['', 'a/b', 'a_b', 'é', 'x'.repeat(128)]) t.throws(() => keyName(text), usage, text);
  t.is(keyVersion('0'.repeat(32)), '0'.repeat(32));
  for (const text of ['', '0', '../keys', 'g'.repeat(32)]) t.throws(() => keyVersion(text), usage, text);
  t.is(timeLimit(0.5), 500);
  for (const seconds of [0, -1, Number.NaN, 4000]) t.throws(() => timeLimit(seconds), usage);
});

test('a name may be made of date, time and chance', (t) => {
  t.is(nameFrom('kek-{date}T{time}', now), 'kek-20261123T220000');
  t.regex(nameFrom('{random}-{random}', now), /^[0-9a-f]{8}-[0-9a-f]{8}$/);
  t.throws(() => keyName(nameFrom('{day}', now)), usage);
});

test('tags are name=value, and a value may hold an equals sign', (t) => {
  t.deepEqual({ ...tagsOf(['a=1', 'b==', 'c=']) }, { a: '1', b: '=', c: '' });
  t.deepEqual({ ...tagsOf(undefined) }, {});
  for (const tags of [['a'], ['=1'], ['a=1', 'a=2'], [`${'x'.repeat(257)}=1`]]) t.throws(() => tagsOf(tags), usage);
  t.throws(() => tagsOf(Array.from({ length: 16 }, (_, i) => `t${i}=1`)), usage);
});

test('operations are those of the type, all of them unless said', (t) => {
  t.deepEqual(operationsFor('EC', undefined), ['sign', 'verify']);
  t.deepEqual(operationsFor('RSA', listOf(['sign, verify', 'sign'])), ['sign', 'verify']);
  t.deepEqual(operationsFor('oct', ['wrapKey']), ['wrapKey']);
  for (const ops of [['import'], ['wrapKey'], ['']]) t.throws(() => operationsFor('EC', ops), usage);
  t.throws(() => operationsFor('oct', ['sign']), usage);
});

test('no option takes a secret', (t) => {
  const names = program.commands.flatMap(({ options }) => Object.keys(options));
  t.deepEqual(
    names.filter((name) => /secret|token|password|pin/.test(name)),
    [],
  );
});
