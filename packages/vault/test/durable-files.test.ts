import fs, { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';

// What is flushed to the medium, and when. The calls are watched before anything that makes them is loaded.

let watched: { readonly folder: string; readonly flushed: string[] } | null = null;
const { fsync } = fs;
fs.fsync = ((file, done) => {
  if (watched !== null) {
    const path = fs.readlinkSync(`/proc/self/fd/${file}`);
    const what = path === watched.folder ? 'folder' : 'file';
    watched.flushed.push(`${what} while there is ${readdirSync(watched.folder).filter(isNamed)}`);
  }
  fsync(file, done);
}) as typeof fs.fsync;
syncBuiltinESMExports();

const isNamed = (name: string) => !name.startsWith('.');

test.serial('a file is flushed before it has its name, and its folder before the work is done', async (t) => {
  const { DurableFiles } = await import('../src/data/durable-files.js');
  const folder = privateFolder(t);
  const files = new DurableFiles(folder);
  watched = { folder, flushed: [] };
  await files.replace('a.json', '1', { isNew: true });
  t.deepEqual(watched.flushed, ['file while there is ', 'folder while there is a.json']);
  watched = { folder, flushed: [] };
  await files.remove('a.json');
  t.deepEqual(watched.flushed, ['folder while there is ']);
});

test.serial('files that are written at the same time share the flush of their folder, none is left out', async (t) => {
  const { DurableFiles } = await import('../src/data/durable-files.js');
  const folder = privateFolder(t);
  const files = new DurableFiles(folder);
  watched = { folder, flushed: [] };
  const names = Array.from({ length: 20 }, (_, index) => `${index}.json`);
  await Promise.all(
    names.map(async (name) => {
      await files.replace(name, '1', { isNew: true });
      const since = watched?.flushed.filter((line) => line.startsWith('folder') && line.includes(name)) ?? [];
      t.true(since.length > 0, name);
    }),
  );
  t.is(watched.flushed.filter((line) => line.startsWith('file')).length, names.length);
  t.true(watched.flushed.length < 2 * names.length);
  t.deepEqual(readdirSync(folder).sort(), names.sort());
  t.is(fs.readFileSync(join(folder, '7.json'), 'utf8'), '1');
});
