import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Owner, privateFolder } from '../../../test/support/folder.js';
import { checkOutputs, openJournal, readBoundedFile, writeOutputs } from '../src/index.js';

const fresh = { force: false };
const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

/** Permissions do not bind root: the work is done as nobody. The tests here run one after another for that reason. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** A folder that belongs to whom `asNobody` works as. */
function nobodysFolder(t: Owner): string {
  const folder = privateFolder(t);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

(isRoot ? test.serial : test.skip)(
  'with force a failure between two renames removes new files, and leaves whole ones: replaced, or as they were',
  async (t) => {
    const folder = privateFolder(t);
    chmodSync(folder, 0o1777); // in it each may replace only what is his own
    writeFileSync(join(folder, 'roots'), 'old', { mode: 0o644 });
    writeFileSync(join(folder, 'own'), 'old own');
    chownSync(join(folder, 'own'), NOBODY, NOBODY);
    const files = ['own', 'fresh', 'roots'].map((name) => ({ path: join(folder, name), bytes: Buffer.from('new') }));
    await asNobody(() =>
      t.throwsAsync(writeOutputs(files, { force: true }), { code: 'OUTPUT_NOT_WRITABLE', message: /roots: .*EPERM/ }),
    );
    t.deepEqual(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
      [
        ['own', 'new'],
        ['roots', 'old'],
      ],
    );
  },
);

test.serial('a folder without write permission is told before and while writing', async (t) => {
  const folder = nobodysFolder(t);
  chmodSync(folder, 0o555);
  t.teardown(() => chmodSync(folder, 0o700));
  const path = join(folder, 'a');
  await asNobody(async () => {
    await t.throwsAsync(checkOutputs([path], fresh), { code: 'OUTPUT_NOT_WRITABLE', message: /permission denied/ });
    await t.throwsAsync(writeOutputs([{ path, bytes: Buffer.alloc(1) }], fresh), { code: 'OUTPUT_NOT_WRITABLE' });
    await t.throwsAsync(
      openJournal(path, (value) => value),
      { code: 'OUTPUT_NOT_WRITABLE' },
    );
  });
  t.deepEqual(readdirSync(folder), []);
});

test.serial('a folder that cannot be entered hides whether the output exists, so it is refused', async (t) => {
  const folder = join(nobodysFolder(t), 'locked');
  mkdirSync(folder);
  chmodSync(folder, 0o600);
  t.teardown(() => chmodSync(folder, 0o700));
  await asNobody(() =>
    t.throwsAsync(checkOutputs([join(folder, 'a')], fresh), { code: 'OUTPUT_NOT_WRITABLE', message: /EACCES/ }),
  );
});

test.serial('a file without read permission is told', async (t) => {
  const path = join(nobodysFolder(t), 'file');
  writeFileSync(path, 'x', { mode: 0o000 });
  await asNobody(() =>
    t.throwsAsync(readBoundedFile(path, { maxBytes: 10 }), { code: 'FILE_UNREADABLE', message: /EACCES/ }),
  );
});
