import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Token, TokenFlags } from '@keyferry/pkcs11';
import type { Terminal } from '@keyferry/terminal';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { obtainPin } from '../src/index.js';

const tokenWith = (flags: Partial<TokenFlags>) => ({ label: 'x', flags }) as Token;

/** A terminal that keeps its warnings and is no terminal. */
function listening(): Terminal & { warnings: string[] } {
  const warnings: string[] = [];
  const progress = () => ({ step() {}, end() {} });
  const silent = { interactive: false, json: false, quiet: false, print() {}, say() {}, progress };
  const asked = () => Promise.reject(new Error('nobody must be asked'));
  return { ...silent, warnings, warn: (text) => warnings.push(text), ask: asked, askSecret: asked };
}

test('the asking is left to a token with a PIN pad, unless a PIN is given', async (t) => {
  const token = tokenWith({ protectedAuthenticationPath: true });
  t.is(await obtainPin({ uri: {} }, token, listening()), null);
  const pinFile = join(privateFolder(t), 'pin');
  writeFileSync(pinFile, '1234\n', { mode: 0o600 });
  t.is(await obtainPin({ uri: {}, pinFile }, token, listening()), '1234');
});

test('what the token says of its PIN is told before a try', async (t) => {
  const pinFile = join(privateFolder(t), 'pin');
  writeFileSync(pinFile, '1234\n', { mode: 0o600 });
  const warningsFor = async (flags: Partial<TokenFlags>) => {
    const terminal = listening();
    await obtainPin({ uri: {}, pinFile }, tokenWith(flags), terminal);
    return terminal.warnings.join();
  };
  t.is(await warningsFor({}), '');
  t.regex(await warningsFor({ userPinCountLow: true }), /a wrong PIN was given/);
  t.regex(await warningsFor({ userPinFinalTry: true }), /one more wrong PIN locks/);
  await t.throwsAsync(warningsFor({ userPinLocked: true }), { code: 'PIN_LOCKED' });
});

test('a PIN that is given in place of the name of its variable is not repeated', async (t) => {
  const error = await t.throwsAsync(obtainPin({ uri: {}, pinEnv: '73911937' }, tokenWith({}), listening()), {
    code: 'PIN_NOT_GIVEN',
  });
  t.false(error.message.includes('73911937'));
});
