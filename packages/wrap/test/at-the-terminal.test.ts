import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { onTerminal } from '../../../test/support/on-terminal.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { makeKekFile } from './support/kek-file.js';
import { keyUri } from './support/wrap-program.js';

const root = new URL('../../..', import.meta.url).pathname;

test('on a terminal the operator types thumbprint and PIN; the PIN is not echoed, the thumbprint not shown before', async (t) => {
  const folder = privateFolder(t);
  const token = await makeToken(t, { label: 'hsm' });
  await provisionToken(token, [{ key: 'ec-p256', label: 'payroll', id: Buffer.of(1) }]);
  const kek = makeKekFile(folder, 2048);
  const command = `${root}node_modules/.bin/keyferry-wrap wrap --kek ${kek.path} --key '${keyUri('payroll')}' --module ${SOFTHSM_MODULE}`;
  const typed = (out: string, thumbprint: string) =>
    onTerminal(
      `${command} --out ${join(folder, out)}`,
      [
        ['second source shows it:', `${thumbprint}\r`],
        ['PIN of token', `${token.pin}\r`],
      ],
      token.env,
    );

  const right = await typed('a.byok', kek.thumbprint);
  t.is(right.code, 0, right.shown);
  t.true(existsSync(join(folder, 'a.byok')));
  t.false(right.shown.includes(token.pin));
  const before = right.shown.slice(0, right.shown.indexOf('second source shows it:'));
  t.false(before.includes(kek.thumbprint.slice(-43)));

  const wrong = await typed('b.byok', '00'.repeat(32));
  t.is(wrong.code, 4);
  t.regex(wrong.shown, /error\[THUMBPRINT_MISMATCH\]/);
  t.false(existsSync(join(folder, 'b.byok')));
});
