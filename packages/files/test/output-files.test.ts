import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../../test/support/folder.js';
import { checkOutputs, sweepFolder, writeOutputs } from '../src/index.js';
import { placeNew } from '../src/output-files.js';
import { temporaryName } from '../src/output-folder.js';

const fresh = { force: false };
const force = { force: true };
const bytes = (text: string) => Buffer.from(text);

test('files are written with mode 0600, and nothing else stays in the folder', async (t) => {
  const folder = privateFolder(t);
  await writeOutputs(
    [
      { path: join(folder, 'a.byok'), bytes: bytes('blob') },
      { path: join(folder, 'a.manifest.json'), bytes: new Uint8Array() },
    ],
    fresh,
  );
  t.deepEqual(contents(folder), { 'a.byok': 'blob', 'a.manifest.json': '' });
  t.is(statSync(join(folder, 'a.byok')).mode & 0o777, 0o600);
  t.is(statSync(join(folder, 'a.byok')).nlink, 1);
});

test('any set of files is written byte by byte, or, if one exists, none is', async (t) => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, fc.string(), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
      fc.dictionary(name, fc.string(), { maxKeys: 2, noNullPrototype: true }),
      async (wanted, there) => {
        const folder = privateFolder(t);
        for (const [file, text] of Object.entries(there)) writeFileSync(join(folder, file), text);
        const files = Object.entries(wanted).map(([file, text]) => ({ path: join(folder, file), bytes: bytes(text) }));
        const clash = Object.keys(wanted).some((file) => Object.hasOwn(there, file));
        if (clash) await t.throwsAsync(writeOutputs(files, fresh), { code: 'OUTPUT_EXISTS' });
        else await writeOutputs(files, fresh);
        t.deepEqual(contents(folder), clash ? { ...there } : { ...there, ...wanted });
        if (clash) await writeOutputs(files, force);
        t.deepEqual(contents(folder), { ...there, ...wanted });
      },
    ),
    { numRuns: 40 },
  );
});

test('without force nothing that exists is replaced: file, link, link that leads nowhere', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'file'), 'old');
  symlinkSync('file', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  for (const name of ['file', 'link', 'dangling']) {
    const path = join(folder, name);
    await t.throwsAsync(checkOutputs([path], fresh), { code: 'OUTPUT_EXISTS' });
    await t.throwsAsync(writeOutputs([{ path, bytes: bytes('new') }], fresh), { code: 'OUTPUT_EXISTS' });
  }
  t.deepEqual(contents(folder), { file: 'old', link: '-> file', dangling: '-> nowhere' });
});

test('with force a link itself is replaced, not what it leads to', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'file'), 'old');
  symlinkSync('file', join(folder, 'link'));
  await checkOutputs([join(folder, 'link')], force);
  await writeOutputs([{ path: join(folder, 'link'), bytes: bytes('new') }], force);
  t.deepEqual(contents(folder), { file: 'old', link: 'new' });
  t.true(lstatSync(join(folder, 'link')).isFile());
});

test('a folder or a device is never replaced, not even with force', async (t) => {
  const folder = privateFolder(t);
  mkdirSync(join(folder, 'sub'));
  for (const path of [join(folder, 'sub'), `${folder}/`, '', '.', `${folder}/..`, '/dev/null']) {
    for (const options of [fresh, force]) {
      await t.throwsAsync(checkOutputs([path], options), { code: 'OUTPUT_NOT_WRITABLE' }, path);
      await t.throwsAsync(writeOutputs([{ path, bytes: bytes('') }], options), { code: 'OUTPUT_NOT_WRITABLE' }, path);
    }
  }
  t.deepEqual(readdirSync(folder), ['sub']);
});

test('a missing folder, and a file in place of a folder, are told', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'file'), '');
  for (const path of [join(folder, 'none', 'a'), join(folder, 'file', 'a'), join(folder, 'file', 'b', 'a')]) {
    await t.throwsAsync(checkOutputs([path], fresh), { code: 'OUTPUT_FOLDER_MISSING' });
    await t.throwsAsync(writeOutputs([{ path, bytes: bytes('') }], force), { code: 'OUTPUT_FOLDER_MISSING' });
  }
});

test('a name that the file system does not take is told, and nothing is left', async (t) => {
  const folder = privateFolder(t);
  for (const [name, message] of [
    ['x'.repeat(256), /ENAMETOOLONG/],
    ['a\0b', /zero byte/],
  ] as const) {
    const files = ['good', name].map((file) => ({ path: `${folder}/${file}`, bytes: bytes('x') }));
    await t.throwsAsync(
      checkOutputs(
        files.map(({ path }) => path),
        fresh,
      ),
      { code: 'OUTPUT_NOT_WRITABLE', message },
    );
    await t.throwsAsync(writeOutputs(files, fresh), { code: 'OUTPUT_NOT_WRITABLE', message });
  }
  t.deepEqual(readdirSync(folder), []);
});

test('two outputs that are one file are refused, whatever path leads there', async (t) => {
  const folder = privateFolder(t);
  symlinkSync('.', join(folder, 'here'));
  const paths = [`${folder}/a`, `${folder}/./here/a`];
  await t.throwsAsync(checkOutputs(paths, force), { code: 'OUTPUT_EXISTS' });
  await t.throwsAsync(
    writeOutputs(
      paths.map((path) => ({ path, bytes: bytes('') })),
      force,
    ),
    { code: 'OUTPUT_EXISTS' },
  );
  t.deepEqual(readdirSync(folder), ['here']);
});

test('checking leaves nothing behind', async (t) => {
  const folder = privateFolder(t);
  await checkOutputs([join(folder, 'a'), join(folder, 'b')], fresh);
  t.deepEqual(readdirSync(folder), []);
});

test('of many writers of one name exactly one wins, and its two files belong together', async (t) => {
  const folder = privateFolder(t);
  const writers = Array.from({ length: 12 }, (_, i) =>
    writeOutputs(
      [
        { path: join(folder, 'a.byok'), bytes: bytes(`blob ${i}`) },
        { path: join(folder, 'a.manifest.json'), bytes: bytes(`manifest ${i}`) },
      ],
      fresh,
    ).then(
      () => i,
      (error) => {
        t.is(error.code, 'OUTPUT_EXISTS');
        return null;
      },
    ),
  );
  const winners = (await Promise.all(writers)).filter((winner) => winner !== null);
  t.is(winners.length, 1);
  t.deepEqual(contents(folder), { 'a.byok': `blob ${winners[0]}`, 'a.manifest.json': `manifest ${winners[0]}` });
});

test('a file system without links, such as vfat, is written all the same, and nothing there is replaced', async (t) => {
  const folder = privateFolder(t);
  const withoutLinks = () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM', errno: -1, syscall: 'link' });
  };
  for (const name of ['one', 'two']) writeFileSync(join(folder, name), name);
  await placeNew(join(folder, 'one'), join(folder, 'target'), withoutLinks);
  await t.throwsAsync(placeNew(join(folder, 'two'), join(folder, 'target'), withoutLinks), { code: 'OUTPUT_EXISTS' });
  t.deepEqual(contents(folder), { target: 'one', two: 'two' });
});

function contents(folder: string): Record<string, string> {
  const shown = (path: string) =>
    lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, shown(join(folder, name))]));
}

test('what a killed process left is swept, and nothing else', async (t) => {
  const folder = privateFolder(t);
  const others = ['.keyferry-x.tmp', '.keyferry-0123456789abcdef', 'a.byok', `x${'.keyferry-0123456789abcdef.tmp'}`];
  for (const name of others) writeFileSync(join(folder, name), '');
  mkdirSync(temporaryName(folder));
  for (let n = 0; n < 3; n += 1) writeFileSync(temporaryName(folder), '');
  t.is(await sweepFolder(folder), 3);
  t.is(await sweepFolder(folder), 0);
  t.is(readdirSync(folder).length, others.length + 1);
  await t.throwsAsync(sweepFolder(join(folder, 'missing')), { message: /ENOENT/ });
});
