import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { privateFolder } from '../../../test/support/folder.js';
import { readBoundedFile, readSecretFile, sha256OfFile } from '../src/index.js';

const limit = { maxBytes: 1024 };

test('any content up to the limit is read byte by byte, one byte more is refused', async (t) => {
  const path = join(privateFolder(t), 'file');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(300), async (bytes, maxBytes) => {
      writeFileSync(path, bytes);
      if (bytes.length <= maxBytes) {
        return Buffer.compare(await readBoundedFile(path, { maxBytes }), bytes) === 0;
      }
      const error = await t.throwsAsync(readBoundedFile(path, { maxBytes }));
      return (error as { code?: string }).code === 'FILE_TOO_LARGE';
    }),
    { numRuns: 60 },
  );
});

test('a file of a terabyte is refused by its size, before anything is read', async (t) => {
  const path = join(privateFolder(t), 'huge');
  execFileSync('truncate', ['-s', '1T', path]);
  const error = await t.throwsAsync(readBoundedFile(path, limit), { code: 'FILE_TOO_LARGE' });
  t.like(error, { values: { maxBytes: 1024, size: 2 ** 40 } });
});

test('a file that gives more bytes than its size said is refused', async (t) => {
  // The kernel's own files are regular files of size 0.
  await t.throwsAsync(readBoundedFile('/proc/version', limit), { code: 'FILE_UNREADABLE' });
});

test('a named pipe is refused at once, without waiting for a writer', async (t) => {
  const path = join(privateFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  for (const read of [readAny, readSecretFile, sha256OfFile]) {
    await t.throwsAsync(read(path), { code: 'FILE_NOT_REGULAR', message: /a named pipe/ });
  }
});

test('a socket is refused', async (t) => {
  const path = join(privateFolder(t), 'socket');
  const server = createServer().listen(path);
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  await t.throwsAsync(readAny(path), { code: 'FILE_NOT_REGULAR', message: /a socket/ });
});

for (const [what, path, message] of [
  ['an endless device', '/dev/zero', /a device/],
  ['a folder', '/', /a folder/],
] as const) {
  test(`${what} is refused`, async (t) => {
    for (const read of [readAny, readSecretFile, sha256OfFile]) {
      await t.throwsAsync(read(path), { code: 'FILE_NOT_REGULAR', message });
    }
  });
}

test('a symbolic link is refused, also one that leads nowhere; only a digest follows it', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'file'), 'abc', { mode: 0o600 });
  symlinkSync('file', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('/dev/zero', join(folder, 'zero'));
  for (const name of ['link', 'dangling']) {
    await t.throwsAsync(readAny(join(folder, name)), { code: 'FILE_NOT_REGULAR', message: /a symbolic link/ });
    await t.throwsAsync(readSecretFile(join(folder, name)), { code: 'FILE_NOT_REGULAR' });
  }
  t.is(await sha256OfFile(join(folder, 'link')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  await t.throwsAsync(sha256OfFile(join(folder, 'dangling')), { code: 'FILE_NOT_FOUND' });
  await t.throwsAsync(sha256OfFile(join(folder, 'zero')), { code: 'FILE_NOT_REGULAR' });
});

test('a path that leads nowhere is not found', async (t) => {
  const folder = privateFolder(t);
  writeFileSync(join(folder, 'file'), '');
  for (const path of ['', join(folder, 'none'), join(folder, 'file', 'below'), join(folder, 'none', 'file')]) {
    for (const read of [readAny, readSecretFile, sha256OfFile]) {
      await t.throwsAsync(read(path), { code: 'FILE_NOT_FOUND' });
    }
  }
});

test('a path that no system call takes is refused with a code', async (t) => {
  await t.throwsAsync(readAny('a\0b'), { code: 'FILE_UNREADABLE', message: /zero byte/ });
  await t.throwsAsync(readAny('a'.repeat(5000)), { code: 'FILE_UNREADABLE', message: /ENAMETOOLONG/ });
});

for (const [written, read] of [
  ['1234', '1234'],
  ['1234\n', '1234'],
  ['1234\r\n', '1234'],
  ['1234\n\n', '1234\n'],
  [' 12 34 \n', ' 12 34 '],
  ['pässword€\n', 'pässword€'],
  ['\n', ''],
  ['', ''],
] as const) {
  test(`of the secret file ${JSON.stringify(written)} exactly one line end is taken off`, async (t) => {
    t.is(await readSecretFile(secretFile(t, written)), read);
  });
}

for (const [what, bytes] of [
  ['Latin-1', Buffer.from('p\xe4ss', 'latin1')],
  ['UTF-16', Buffer.from('\ufeffpin', 'utf16le')],
  ['a byte order mark', Buffer.from('\ufeff1234')],
] as const) {
  test(`a secret file in ${what} is refused, without a byte of it in the error`, async (t) => {
    const error = await t.throwsAsync(readSecretFile(secretFile(t, bytes)), { code: 'FILE_NOT_UTF8' });
    t.false(JSON.stringify(error).includes('1234') || error?.message.includes('ss'));
  });
}

test('a secret file of more than 1 KiB is refused', async (t) => {
  t.is((await readSecretFile(secretFile(t, 'x'.repeat(1024)))).length, 1024);
  await t.throwsAsync(readSecretFile(secretFile(t, 'x'.repeat(1025))), { code: 'FILE_TOO_LARGE' });
});

test('a secret file that anybody but its owner can touch is refused, whatever bit it is', async (t) => {
  const path = secretFile(t, '1234');
  for (let bit = 1; bit <= 0o40; bit <<= 1) {
    chmodSync(path, 0o600 | bit);
    const error = await t.throwsAsync(readSecretFile(path), { code: 'SECRET_FILE_EXPOSED' });
    t.true(error?.message.includes(`found 0${(0o600 | bit).toString(8)}`));
  }
  for (const mode of [0o600, 0o400, 0o700]) {
    chmodSync(path, mode);
    t.is(await readSecretFile(path), '1234');
  }
});

test('the digest of a file is that of its bytes, also when it is large', async (t) => {
  const folder = privateFolder(t);
  for (const size of [0, 1, 65_536, 3_000_001]) {
    const path = join(folder, String(size));
    writeFileSync(path, Buffer.alloc(size, 'keyferry'));
    t.is(await sha256OfFile(path), createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
});

test('reading changes nothing and leaves no file open', async (t) => {
  const folder = privateFolder(t);
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), 'x'.repeat(10));
  for (let i = 0; i < 20; i++) {
    await readAny(join(folder, 'file'));
    await t.throwsAsync(readBoundedFile(join(folder, 'file'), { maxBytes: 1 }));
    await t.throwsAsync(readAny(join(folder, 'folder')));
    await sha256OfFile(join(folder, 'file'));
  }
  t.false(openFiles().some((path) => path.startsWith(folder)));
});

function readAny(path: string): Promise<Buffer> {
  return readBoundedFile(path, limit);
}

function secretFile(t: Parameters<typeof privateFolder>[0], content: string | Buffer): string {
  const path = join(privateFolder(t), 'secret');
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** Files of the tests beside this one may be closed between two looks. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}
