import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeNssToken } from '../../../test/support/nss.js';
import { runCommand } from '../../../test/support/programs.js';

test('a wrong PIN is told without flags, since NSS counts none; a security officer there is not', async (t) => {
  const nss = await makeNssToken(t);
  const login = async (script: string) => {
    const { stdout } = await runCommand(process.execPath, ['--input-type=module', '--eval', LOGIN + script], {
      input: JSON.stringify(nss),
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    });
    return stdout.trim();
  };
  t.is(await login("session.login('wrong-0815');"), 'PIN_INCORRECT CKR_PIN_INCORRECT false');
  t.is(
    await login('await session.loginAtPad();'),
    'PIN_INCORRECT CKR_PIN_INCORRECT false',
    'a null PIN is a wrong one',
  );
  t.is(await login("session.login('', 'so');"), 'HSM_ERROR CKR_USER_TYPE_INVALID undefined');
  t.is(await login('session.login(nss.pin);'), '');
});

const LOGIN = `
  import { readFileSync } from 'node:fs';
  import { loadModule } from '@keyferry/pkcs11';
  const nss = JSON.parse(readFileSync(0, 'utf8'));
  const session = loadModule(nss.module, { parameters: nss.moduleParameters }).findToken({ token: nss.label }).openSession();
  process.once('uncaughtException', ({ code, values }) => console.log(code, values.ckr, values.pinCountLow));
`;
