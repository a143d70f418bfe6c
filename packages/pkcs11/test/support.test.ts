import { existsSync, statSync } from 'node:fs';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { PRACTICE_KEYS, practiceKey } from '../../../test/support/practice-keys.js';
import { mustRun, runCommand } from '../../../test/support/programs.js';
import { provisionToken } from '../../../test/support/provision.js';
import { makeToken, SOFTHSM_MODULE, useToken } from '../../../test/support/softhsm.js';
import { loadModule, parsePkcs11Uri } from '../src/index.js';

test('every practice key goes into a token by a process of its own', async (t) => {
  const token = await makeToken(wholeFile);
  await provisionToken(
    token,
    PRACTICE_KEYS.map((key, at) => ({ key, label: key, id: Buffer.of(at), publicObject: key !== 'rsa-4096' })),
  );
  useToken(token);
  const uri = parsePkcs11Uri(token.uri);
  t.is(uri.modulePath, SOFTHSM_MODULE);
  const session = loadModule(SOFTHSM_MODULE).findToken(uri).openSession();
  session.login(token.pin);
  for (const name of PRACTICE_KEYS) {
    const kind = practiceKey(name).type === 'secret' ? 'secret-key' : 'private-key';
    const [key] = session.find({ class: kind, label: name });
    if (key === undefined) throw new Error(`no ${name}`);
    t.deepEqual(session.read(key, 'id'), Buffer.of(PRACTICE_KEYS.indexOf(name)));
    t.true(session.read(key, 'sensitive'));
    t.true(session.read(key, 'extractable'));
    t.true(session.read(key, 'token'));
  }
  t.is(session.find({ class: 'public-key' }).length, 9);
  session.close();
});

test('tokens beside each other share a folder, and their PIN files are private', async (t) => {
  const first = await makeToken(wholeFile, { label: 'twins' });
  const second = await makeToken(wholeFile, { label: 'twins', beside: first });
  t.is(second.conf, first.conf);
  t.not(second.pinFile, first.pinFile);
  t.is(statSync(first.pinFile).mode & 0o777, 0o600);
  const { stdout } = await mustRun('softhsm2-util', ['--show-slots'], { env: first.env });
  t.is(stdout.match(/Label: +twins/g)?.length, 2);
});

test('a private folder is removed with its owner', (t) => {
  const works: (() => unknown)[] = [];
  const folder = privateFolder({ teardown: (work) => works.push(work) });
  t.is(statSync(folder).mode & 0o777, 0o700);
  for (const work of works) work();
  t.false(existsSync(folder));
});

test('a program gets its input and gives its output and exit status', async (t) => {
  const script = 'cat; echo "$WORD" >&2; exit 4';
  t.deepEqual(await runCommand('sh', ['-c', script], { input: 'in', env: { WORD: 'said' } }), {
    code: 4,
    stdout: 'in',
    stderr: 'said\n',
  });
});
