import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { runCommand } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { makeKekFile } from './support/kek-file.js';

const root = new URL('../../../', import.meta.url).pathname;

/** Address families of all sockets that a command and its children open, as the kernel sees them. */
async function socketFamilies(log: string, command: string[], env: Record<string, string> = {}): Promise<string[]> {
  const run = await runCommand('strace', ['-f', '-qq', '-e', 'trace=network', '-o', log, ...command], { env });
  if (run.code !== 0) throw new Error(`${command.join(' ')} ended with ${run.code}: ${run.stderr}`);
  const calls = readFileSync(log, 'utf8').matchAll(/\b(?:socket|socketpair)\((\w+)/g);
  return [...new Set([...calls].map((match) => match[1] ?? ''))];
}

test('a whole wrap opens no socket but of this machine itself', async (t) => {
  const folder = privateFolder(t);
  const token = await makeToken(t, { label: 'hsm' });
  await provisionToken(token, [{ key: 'rsa-2048', label: 'payroll', id: Buffer.of(1) }]);
  const kek = makeKekFile(folder, 2048);
  const families = await socketFamilies(
    join(folder, 'trace'),
    [
      join(root, 'node_modules/.bin/keyferry-wrap'),
      'wrap',
      '--kek',
      kek.path,
      '--confirm-thumbprint',
      kek.thumbprint,
      '--key',
      'pkcs11:token=hsm;object=payroll',
      '--module',
      SOFTHSM_MODULE,
      '--pin-file',
      token.pinFile,
      '--out',
      join(folder, 'a.byok'),
    ],
    { ...token.env, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
  );
  t.deepEqual(
    families.filter((family) => family !== 'AF_UNIX'),
    [],
  );
});

test('the same trace sees the socket of a program that opens one', async (t) => {
  const folder = privateFolder(t);
  const program = 'require("node:dgram").createSocket("udp4").bind(0, "127.0.0.1", function () { this.close(); })';
  t.true((await socketFamilies(join(folder, 'trace'), [process.execPath, '-e', program])).includes('AF_INET'));
});
