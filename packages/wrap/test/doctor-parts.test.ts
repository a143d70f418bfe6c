import type { Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import type { Pkcs11Module, Token } from '@keyferry/pkcs11';
import test from 'ava';
import { attempt } from '../src/doctor/attempt.js';
import { checkClock, coreDumps, freeDisk } from '../src/doctor/check-machine.js';
import { checkMechanisms } from '../src/doctor/check-mechanisms.js';
import { checkToken } from '../src/doctor/check-token.js';
import { type Finding, findingLines, notChecked, ok, problem, verdictOf, warning } from '../src/doctor/findings.js';
import { vendorNote } from '../src/doctor/vendors.js';

test('one problem makes it NOT READY, one warning READY WITH WARNINGS; what is not checked changes nothing', (t) => {
  const fine = [ok('key/a', ''), notChecked('key/b', '')];
  t.is(verdictOf(fine), 'READY');
  t.is(verdictOf([...fine, warning('key/c', '')]), 'READY WITH WARNINGS');
  t.is(verdictOf([...fine, warning('key/c', ''), problem('key/d', '')]), 'NOT READY');
});

test('findings stand under their subject, and nothing from outside can forge a line', (t) => {
  const lines = findingLines([problem('key/a', 'label\nREADY', 'do\nthis'), ok('module/b', 'fine')]);
  t.deepEqual(lines, [
    'MODULE',
    '  ok           fine',
    'THE KEY',
    '  PROBLEM      label\ufffdREADY',
    '               -> do\ufffdthis',
  ]);
});

test('a refusal of the HSM becomes a finding; a token that is gone, an interruption and a defect do not', async (t) => {
  const findings: Finding[] = [];
  const throwing = (error: Error) => attempt('key/a', findings, () => Promise.reject(error));
  const hsm = (number: number) => new KeyferryError('HSM_ERROR', { reason: 'r', values: { call: 'C_X', number } });
  t.is(await throwing(hsm(0x6)), null);
  t.is(await throwing(new KeyferryError('KEY_NOT_FOUND', { reason: 'r' })), null);
  t.deepEqual(
    findings.map(({ level }) => level),
    ['problem', 'problem'],
  );
  for (const error of [
    hsm(0x32),
    hsm(0xe0),
    hsm(0xb3),
    new KeyferryError('INTERRUPTED', { reason: 'r' }),
    new Error('x'),
  ]) {
    t.is(await t.throwsAsync(throwing(error)), error);
  }
  t.is(findings.length, 2);
});

const NOW = new Date('2026-03-04T05:06:07Z');
const hours = (number: number) => NOW.getTime() + number * 3_600_000;
const kekOf = (fetchedAt: string | null, nbf: number | null) =>
  ({ fetchedAt, attributes: { enabled: true, exp: null, nbf, hsmPlatform: null } }) satisfies Pick<
    Kek,
    'fetchedAt' | 'attributes'
  >;

test('the clock is suspicious as soon as anything known is later', (t) => {
  const level = (files: number, fetchedAt: string | null, nbf: number | null) =>
    checkClock(NOW, { files: [['a file was changed', files]], kek: kekOf(fetchedAt, nbf) })[0]?.level;
  t.is(level(hours(-1), '2026-03-04T05:00:00Z', hours(-2) / 1000), 'ok');
  t.is(level(hours(1), null, null), 'warning');
  t.is(level(hours(-1), '2026-03-05T00:00:00Z', null), 'warning');
  t.is(level(hours(-1), null, hours(2) / 1000), 'warning');
  t.is(level(hours(0) + 60_000, null, null), 'ok', 'a minute is no reason');
  const [finding] = checkClock(NOW, { files: [], kek: kekOf('2026-03-06T00:00:00Z', hours(2) / 1000) });
  t.regex(finding?.text ?? '', /2026-03-04T05:06:07Z, but the KEK was fetched 2026-03-06T00:00:00Z/);
});

test('core dumps must be off, and a program that gets them anyhow is named', (t) => {
  const limits = (soft: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax core file size        ${soft}    unlimited    bytes\n`;
  const levels = (soft: string | null, pattern: string) =>
    coreDumps(soft === null ? null : limits(soft), pattern).map(({ level }) => level);
  t.deepEqual(levels('0', 'core'), ['ok']);
  t.deepEqual(levels('unlimited', 'core'), ['warning']);
  t.deepEqual(levels('4096', 'core'), ['warning']);
  t.deepEqual(levels(null, 'core'), ['not-checked']);
  t.deepEqual(levels('0', '|/usr/lib/collector %p'), ['ok', 'not-checked']);
});

test('a disk that is nearly full is warned of', (t) => {
  t.is(freeDisk('/stick', 1 << 30).level, 'ok');
  t.is(freeDisk('/stick', 1 << 20).level, 'warning');
  t.regex(freeDisk('/stick', 1 << 20).text, /1 MiB free in \/stick/);
});

const FLAGS: Token['flags'] = {
  writeProtected: false,
  loginRequired: true,
  userPinInitialized: true,
  protectedAuthenticationPath: false,
  initialized: true,
  userPinCountLow: false,
  userPinFinalTry: false,
  userPinLocked: false,
  userPinToBeChanged: false,
  soPinCountLow: false,
  soPinFinalTry: false,
  soPinLocked: false,
  soPinToBeChanged: false,
  errorState: false,
};

const tokenWith = (changed: Partial<Token>) =>
  ({
    label: 'l',
    manufacturer: 'm',
    model: 'd',
    serial: 's',
    firmware: '1.0',
    slotId: 0,
    flags: FLAGS,
    ...changed,
  }) as Token;

for (const [flag, id, level] of [
  ['userPinLocked', 'token/pin', 'problem'],
  ['userPinFinalTry', 'token/pin', 'warning'],
  ['userPinCountLow', 'token/pin', 'warning'],
  ['userPinToBeChanged', 'token/pin-change', 'warning'],
  ['errorState', 'token/error-state', 'problem'],
  ['writeProtected', 'token/write-protected', 'ok'],
  ['protectedAuthenticationPath', 'token/pin-pad', 'ok'],
] as const) {
  test(`the flag ${flag} of a token is told`, (t) => {
    const of = (flags: Token['flags']) => checkToken(tokenWith({ flags })).filter((each) => each.id === id);
    t.deepEqual(of(FLAGS), []);
    t.deepEqual(
      of({ ...FLAGS, [flag]: true }).map((each) => each.level),
      [level],
    );
  });
}

test('a token without initialisation or user PIN is a problem', (t) => {
  const found = checkToken(tokenWith({ flags: { ...FLAGS, initialized: false, userPinInitialized: false } }));
  t.deepEqual(
    found.filter(({ level }) => level === 'problem').map(({ id }) => id),
    ['token/initialized', 'token/user-pin'],
  );
});

test('a mechanism that says it does not do what is needed is warned of', (t) => {
  const none = { wrap: false, unwrap: false, generate: false, generateKeyPair: false, encrypt: false, decrypt: false };
  const info = { minKeySize: 1024, maxKeySize: 2048, flags: { ...none, sign: false, verify: false, hardware: true } };
  const offering = (changed: object) =>
    tokenWith({ mechanisms: () => new Set([0x9]), mechanismInfo: () => ({ ...info, ...changed }) });
  const oaep = (token: Token, kekBits: number) =>
    checkMechanisms(token, kekBits, undefined).find(({ id }) => id === 'mechanisms/0x00000009');
  const wraps = { flags: { ...info.flags, wrap: true } };
  t.is(oaep(offering(wraps), 2048)?.level, 'ok');
  t.is(oaep(offering(wraps), 4096)?.level, 'warning');
  t.is(oaep(offering({}), 2048)?.level, 'warning');
  t.regex(oaep(offering(wraps), 2048)?.text ?? '', /key size 1024 to 2048; wrap; in hardware/);
  const lacking = checkMechanisms(offering({}), 2048, 0x8000216f).filter(({ level }) => level === 'warning');
  t.true(lacking.some(({ id }) => id === 'mechanisms/0x8000216f'));
  t.true(lacking.some(({ id }) => id === 'mechanisms/0x00001080'));
});

test('the make is recognised by what token and module call themselves, and by nothing else', (t) => {
  const make = (manufacturer: string, model: string, description = '', path = '/x.so') =>
    vendorNote({ manufacturer, model }, {
      path,
      info: { manufacturer: '', description, libraryVersion: '', cryptokiVersion: '' },
    } satisfies Pick<Pkcs11Module, 'path' | 'info'>)?.make ?? null;
  t.is(make('Safenet, Inc.', 'LunaSA 7.4.0'), 'Thales Luna');
  t.is(make('nCipher Corp. Ltd', ''), 'Entrust nShield');
  t.is(make('', '', '', '/opt/cloudhsm/lib/libcloudhsm_pkcs11.so'), 'AWS CloudHSM');
  t.is(make('Yubico (www.yubico.com)', 'YubiHSM'), 'YubiHSM 2');
  t.is(make('Fortanix', ''), 'Fortanix DSM');
  t.is(make('SoftHSM project', 'SoftHSM v2'), 'SoftHSM');
  t.is(make('Utimaco IS GmbH', 'CryptoServer'), null);
  t.is(make('Marvell Semiconductor', 'LS2'), null);
});
