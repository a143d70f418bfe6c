import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { CKM, initializeToken, isHsmError, mechanismName, parsePkcs11Uri } from '../src/index.js';
import { ownToken, softhsm } from './own-token.js';

test('a token says what it is', (t) => {
  const { token, label } = ownToken();
  t.is(token.label, label);
  t.is(token.manufacturer, 'SoftHSM project');
  t.is(token.model, 'SoftHSM v2');
  t.regex(token.serial, /^[0-9a-f]{16}$/);
  t.is(token.firmware, '2.6');
  t.true(token.flags.initialized);
  t.true(token.flags.userPinInitialized);
  t.true(token.flags.loginRequired);
  t.false(token.flags.writeProtected);
  t.false(token.flags.protectedAuthenticationPath);
});

test('a token lists its mechanisms by number', (t) => {
  const mechanisms = ownToken().token.mechanisms();
  t.true(mechanisms.has(CKM.AES_KEY_WRAP_PAD));
  t.true(mechanisms.has(CKM.RSA_PKCS_OAEP));
  t.false(mechanisms.has(CKM.AES_KEY_WRAP_KWP));
  t.false(mechanisms.has(CKM.RSA_AES_KEY_WRAP));
});

test('a token tells what a mechanism is good for, and null for one that it lacks', (t) => {
  const { token } = ownToken();
  const no = { encrypt: false, decrypt: false, sign: false, verify: false, generate: false, generateKeyPair: false };
  t.deepEqual(token.mechanismInfo(CKM.AES_KEY_WRAP_PAD)?.flags, { ...no, wrap: true, unwrap: true, hardware: false });
  t.deepEqual(token.mechanismInfo(CKM.RSA_PKCS_KEY_PAIR_GEN), {
    minKeySize: 512,
    maxKeySize: 16384,
    flags: { ...no, wrap: false, unwrap: false, hardware: false, generateKeyPair: true },
  });
  t.is(token.mechanismInfo(CKM.AES_KEY_WRAP_KWP), null);
  t.is(token.mechanismInfo(0x8000_216f), null);
});

test('a mechanism is written with its name where it has one', (t) => {
  t.is(mechanismName(CKM.AES_KEY_WRAP_KWP), 'CKM_AES_KEY_WRAP_KWP (0x0000210b)');
  t.is(mechanismName(CKM.RSA_PKCS_KEY_PAIR_GEN), 'CKM_RSA_PKCS_KEY_PAIR_GEN (0x00000000)');
  t.is(mechanismName(0x8000_216f), '0x8000216f');
});

test('a token is found by each of its names', (t) => {
  const { token, label } = ownToken();
  const { serial, slotId, manufacturer, model } = token;
  for (const select of [
    { token: label },
    { serial },
    { slotId },
    { token: label, serial, slotId, manufacturer, model },
  ]) {
    t.is(softhsm.findToken(select).serial, serial);
  }
  t.is(softhsm.findToken({ token: label, serial: undefined }).serial, serial);
});

test('the slot and the library may choose a token too', (t) => {
  const { token, label } = ownToken();
  const select = parsePkcs11Uri(
    'pkcs11:slot-manufacturer=SoftHSM%20project;library-manufacturer=SoftHSM;library-version=2.6' +
      `;library-description=Implementation%20of%20PKCS11;token=${label}?module-path=/nowhere.so`,
  );
  t.is(softhsm.findToken(select).serial, token.serial);
  for (const other of [
    { slotManufacturer: 'x' },
    { slotDescription: 'x' },
    { libraryManufacturer: 'x' },
    { libraryDescription: 'x' },
    { libraryVersion: '2' },
  ]) {
    const error = t.throws(() => softhsm.findToken({ ...select, ...other }), { instanceOf: KeyferryError });
    t.is(error.code, 'TOKEN_NOT_FOUND');
    t.false(error.reason.includes('nowhere'), 'only what chooses a token is told');
  }
});

test('a label may be as long as PKCS#11 allows, and have letters of several bytes', (t) => {
  for (const label of ['x'.repeat(32), 'Schlüssel für Zürich 🔑'.normalize(), 'ends in ä']) {
    const { token } = ownToken(label);
    t.is(token.label, label);
    t.is(softhsm.findToken({ token: label }).serial, token.serial);
  }
});

test('a label that is too long is refused before a token is made', (t) => {
  const before = softhsm.tokens().length;
  const options = { label: 'ü'.repeat(17), soPin: '12345678', pin: '12345678' };
  const error = t.throws(() => initializeToken(softhsm, options), { instanceOf: KeyferryError });
  t.is(error.code, 'INTERNAL');
  t.is(softhsm.tokens().length, before);
});

test('no such token: the error lists those that are there', (t) => {
  const { token, label } = ownToken();
  const error = t.throws(() => softhsm.findToken({ token: 'payroll' }), { instanceOf: KeyferryError });
  t.is(error.code, 'TOKEN_NOT_FOUND');
  t.true(error.reason.startsWith('expected one token with token "payroll", found '));
  t.true(error.reason.includes(`"${label}" (serial ${token.serial}, slot ${token.slotId})`));
  t.regex(error.hint, /pkcs11-tool --module \S+ --list-token-slots/);
});

test('a token must match in every name', (t) => {
  const one = ownToken();
  const other = ownToken();
  const error = t.throws(() => softhsm.findToken({ token: one.label, serial: other.token.serial }), {
    instanceOf: KeyferryError,
  });
  t.is(error.code, 'TOKEN_NOT_FOUND');
});

test('two tokens with one label: the error lists both, and the serial number decides', (t) => {
  const first = ownToken('twins').token;
  const second = ownToken('twins').token;
  const error = t.throws(() => softhsm.findToken({ token: 'twins' }), { instanceOf: KeyferryError });
  t.is(error.code, 'TOKEN_AMBIGUOUS');
  for (const { serial, slotId } of [first, second]) {
    t.true(error.reason.includes(`"twins" (serial ${serial}, slot ${slotId})`));
    t.is(softhsm.findToken({ token: 'twins', serial }).slotId, slotId);
  }
});

for (const user of ['user', 'so'] as const) {
  test(`a wrong PIN (${user}) is told with the flags of the token, and without the PIN`, (t) => {
    const { token } = ownToken();
    const session = token.openSession({ writable: true });
    const error = t.throws(() => session.login('wrong-0815', user), { instanceOf: KeyferryError });
    t.is(error.code, 'PIN_INCORRECT');
    t.is(
      error.reason,
      'C_Login returned CKR_PIN_INCORRECT (0x000000a0); ' +
        `flags of the token: CKF_${user === 'so' ? 'SO' : 'USER'}_PIN_COUNT_LOW`,
    );
    t.deepEqual(error.values, {
      call: 'C_Login',
      ckr: 'CKR_PIN_INCORRECT',
      number: 0xa0,
      user,
      pinCountLow: true,
      pinFinalTry: false,
      pinLocked: false,
    });
    t.true(isHsmError(error, 0xa0));
    t.false(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`.includes('0815'));
    session.close();
  });
}

test('the flags of a token are those of this moment', (t) => {
  const { token, pin } = ownToken();
  const session = token.openSession();
  t.false(token.flags.userPinCountLow);
  t.throws(() => session.login('wrong'));
  t.true(token.flags.userPinCountLow);
  session.login(pin);
  t.false(token.flags.userPinCountLow);
  session.close();
});

test('a PIN of impossible length is a wrong PIN', (t) => {
  const session = ownToken().token.openSession();
  for (const pin of ['', '1', '1'.repeat(300)]) {
    t.is(t.throws(() => session.login(pin), { instanceOf: KeyferryError }).code, 'PIN_INCORRECT');
  }
  session.close();
});

test('being logged in already is fine, also by another session', (t) => {
  const { token, pin } = ownToken();
  const sessions = [token.openSession(), token.openSession({ writable: true })];
  for (const session of sessions) session.login(pin);
  t.notThrows(() => sessions[1]?.create({ class: 'data', token: true, private: true }));
});

test('the security officer must not share the token with other sessions', (t) => {
  const { token, soPin, pin } = ownToken();
  const reading = token.openSession();
  const session = token.openSession({ writable: true });
  const error = t.throws(() => session.login(soPin, 'so'), { instanceOf: KeyferryError });
  t.is(error.code, 'HSM_BUSY_ELSEWHERE');
  t.regex(error.reason, /CKR_SESSION_READ_ONLY_EXISTS \(0x000000b7\)/);
  reading.close();
  session.login(soPin, 'so');
  t.is(t.throws(() => session.login(pin), { instanceOf: KeyferryError }).code, 'HSM_BUSY_ELSEWHERE');
  session.logout();
  session.login(pin);
  session.close();
});

test('private objects are seen after a login only', (t) => {
  const { token, pin } = ownToken();
  const session = token.openSession({ writable: true });
  session.login(pin);
  const object = session.create({ class: 'data', token: true, private: true, label: 'mine' });
  session.logout();
  t.deepEqual(session.find({ label: 'mine' }), []);
  session.login(pin);
  t.is(session.find({ label: 'mine' }).length, 1);
  t.true(typeof object === 'bigint');
  session.close();
});
