import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { CKM } from '@keyferry/pkcs11';
import test from 'ava';
import { hsm, inOwnProcess, loaded, makeAes, played, refusal } from './playing.js';

test.serial('a token has the names and flags that it is given', async (t) => {
  const behaviour = { manufacturer: 'Example Instruments', model: 'HSM 9000', flags: 'final-try,so-count-low,error' };
  await played(behaviour, async ({ token }) => {
    t.is(token.manufacturer, 'Example Instruments');
    t.is(token.model, 'HSM 9000');
    t.like(token.flags, { userPinFinalTry: true, userPinLocked: false, soPinCountLow: true, errorState: true });
  });
});

test.serial('a locked PIN refuses the login', async (t) => {
  hsm.setBehaviour({ flags: 'locked' });
  const { module, token, session } = loaded();
  t.true(token.flags.userPinLocked);
  t.is(await refusal(() => session.login(hsm.pin)), 'PIN_LOCKED C_Login CKR_PIN_LOCKED');
  session.login(hsm.soPin, 'so');
  module.close();
});

test.serial('a pad takes its own PIN while the program goes on, and none from the program', async (t) => {
  const person = join(hsm.folder, 'person-at-the-pad');
  hsm.setBehaviour({ flags: 'pad', 'pad-pin': hsm.pinFile, 'pad-waits': person });
  const { module, token, session } = loaded();
  t.true(token.flags.protectedAuthenticationPath);
  t.is(await refusal(() => session.login(hsm.pin)), 'PIN_INCORRECT C_Login CKR_PIN_INCORRECT');
  const login = session.loginAtPad();
  setImmediate(() => writeFileSync(person, ''));
  await login;
  t.truthy(await makeAes(session));
  await session.loginAtPad();
  module.close();

  const wrongPin = join(hsm.folder, 'wrong-pin');
  writeFileSync(wrongPin, '00000000\n');
  hsm.setBehaviour({ flags: 'pad', 'pad-pin': wrongPin, 'pad-also-pin': 'yes' });
  const second = loaded();
  const error = await t.throwsAsync(second.session.loginAtPad(), { instanceOf: KeyferryError });
  t.is(error.code, 'PIN_INCORRECT');
  t.like(error.values, { user: 'user', pinCountLow: true, pinLocked: false });
  second.session.login(hsm.pin);
  second.module.close();
});

test.serial('wrong PINs are counted over all processes, until a right one or the lock', async (t) => {
  hsm.setBehaviour({ 'wrong-pin-locks': '3' });
  t.is((await inOwnProcess('wrong(); wrong(); login();')).stdout, 'PIN_INCORRECT false\nPIN_INCORRECT true\n');
  t.is((await inOwnProcess('wrong();')).stdout, 'PIN_INCORRECT false\n');
  t.is(
    (await inOwnProcess('wrong(); wrong(); wrong();')).stdout,
    'PIN_INCORRECT true\nPIN_INCORRECT false\nPIN_LOCKED false\n',
  );
  t.regex((await inOwnProcess('login();')).stderr, /PIN_LOCKED/);
});

test.serial('without a behaviour it is SoftHSM2', async (t) => {
  hsm.setBehaviour({});
  const { module, token, session } = loaded();
  t.is(token.manufacturer, 'SoftHSM project');
  t.false(token.mechanisms().has(CKM.RSA_AES_KEY_WRAP));
  session.login(hsm.pin);
  session.close();
  const next = token.openSession();
  t.is(
    await refusal(() => next.login('00000000')),
    'PIN_INCORRECT C_Login CKR_PIN_INCORRECT',
    'the last session logs out',
  );
  next.login(hsm.pin);
  t.deepEqual(next.find({}), []);
  module.close();
});
