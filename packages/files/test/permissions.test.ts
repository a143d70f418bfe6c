import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder, wholeFile } from '../../../test/support/folder.js';
import { checkOutputs, openJournal, readBoundedFile, writeOutputs } from '../src/index.js';

const fresh = { force: false };

/** A folder in which each may replace only what is his own, with a file of root's. */
const shared = process.geteuid?.() === 0 ? sharedFolder() : null;

// Permissions do not bind root: from here on this process is nobody.
if (process.geteuid?.() === 0) process.seteuid?.(65_534);

(shared === null ? test.skip : test)(
  'with force a failure between two renames removes new files, and leaves whole ones: replaced, or as they were',
  async (t) => {
    const folder = shared ?? '';
    writeFileSync(join(folder, 'own'), 'old own');
    const files = ['own', 'fresh', 'roots'].map((name) => ({ path: join(folder, name), bytes: Buffer.from('new') }));
    await t.throwsAsync(writeOutputs(files, { force: true }), {
      code: 'OUTPUT_NOT_WRITABLE',
      message: /roots: .*EPERM/,
    });
    t.deepEqual(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
      [
        ['own', 'new'],
        ['roots', 'old'],
      ],
    );
  },
);

test('a folder without write permission is told before and while writing', async (t) => {
  const folder = privateFolder(t);
  chmodSync(folder, 0o555);
  t.teardown(() => chmodSync(folder, 0o700));
  const path = join(folder, 'a');
  await t.throwsAsync(checkOutputs([path], fresh), { code: 'OUTPUT_NOT_WRITABLE', message: /permission denied/ });
  await t.throwsAsync(writeOutputs([{ path, bytes: Buffer.alloc(1) }], fresh), { code: 'OUTPUT_NOT_WRITABLE' });
  await t.throwsAsync(
    openJournal(path, (value) => value),
    { code: 'OUTPUT_NOT_WRITABLE' },
  );
  t.deepEqual(readdirSync(folder), []);
});

test('a folder that cannot be entered hides whether the output exists, so it is refused', async (t) => {
  const folder = join(privateFolder(t), 'locked');
  mkdirSync(folder);
  chmodSync(folder, 0o600);
  t.teardown(() => chmodSync(folder, 0o700));
  await t.throwsAsync(checkOutputs([join(folder, 'a')], fresh), { code: 'OUTPUT_NOT_WRITABLE', message: /EACCES/ });
});

test('a file without read permission is told', async (t) => {
  const path = join(privateFolder(t), 'file');
  writeFileSync(path, 'x', { mode: 0o000 });
  await t.throwsAsync(readBoundedFile(path, { maxBytes: 10 }), { code: 'FILE_UNREADABLE', message: /EACCES/ });
});

function sharedFolder(): string {
  wholeFile.teardown(() => process.seteuid?.(0));
  const folder = privateFolder(wholeFile);
  chmodSync(folder, 0o1777);
  writeFileSync(join(folder, 'roots'), 'old', { mode: 0o644 });
  return folder;
}
