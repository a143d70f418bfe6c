import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '@keyferry/errors';
import { KeyferryError } from '@keyferry/errors';
import test from 'ava';
import { privateFolder } from '../../../test/support/folder.js';
import { SOFTHSM_MODULE } from '../../../test/support/softhsm.js';
import { checkElf } from '../src/elf.js';
import { loadModule } from '../src/index.js';
import { softhsm } from './own-token.js';

const EM = { x86: 0x03, arm: 0x28, 'x86-64': 0x3e, AArch64: 0xb7 };

/** The first bytes of an ELF file (System V ABI). */
function elfHeader(options: { bits?: 32 | 64; little?: boolean; type?: number; machine?: number } = {}): Buffer {
  const { bits = 64, little = true, type = 3, machine = EM['x86-64'] } = options;
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, little ? 1 : 2, 1]);
  const write = (value: number, at: number) =>
    little ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at);
  write(type, 16);
  write(machine, 18);
  return header;
}

const headers: readonly (readonly [string, Buffer, RegExp | null])[] = [
  ['a shared library for this machine', elfHeader(), null],
  ['a library for another processor', elfHeader({ machine: EM.AArch64 }), /expected .*x86-64.*, found .*AArch64/],
  ['a library of 32 bits', elfHeader({ bits: 32, machine: EM.x86 }), /found one for x86 \(32 bits, little endian\)/],
  ['a library of the other byte order', elfHeader({ little: false, machine: 0x15 }), /found .*PowerPC 64.*big endian/],
  ['a library for an unknown processor', elfHeader({ machine: 0x1234 }), /found .*machine 0x1234/],
  ['an executable that is no library', elfHeader({ type: 2 }), /ELF file of type 2/],
  ['a text', Buffer.from('#!/bin/sh\nexit 0 # and more of it\n'), /another kind of file/],
  ['a header that is cut off', elfHeader().subarray(0, 19), /another kind of file/],
  ['nothing', Buffer.alloc(0), /another kind of file/],
];

for (const [what, header, reason] of headers) {
  test(`on x64 ${what} is ${reason === null ? 'taken' : 'refused'}`, (t) => {
    const check = () => checkElf('/m.so', header, 'x64');
    if (reason === null) {
      t.notThrows(check);
      return;
    }
    const error = t.throws(check, { instanceOf: KeyferryError });
    t.is(error.code, 'MODULE_FOREIGN');
    t.regex(error.reason, reason);
  });
}

function libraryInMemory(name: string): string {
  const line = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((each) => each.includes(`/${name}`));
  return line?.slice(line.indexOf('/')) ?? '';
}

const thisMachine = () => readFileSync(SOFTHSM_MODULE).subarray(0, 20);
const files: readonly (readonly [string, (folder: string) => string, ErrorCode, RegExp])[] = [
  ['a path that names nothing', (folder) => join(folder, 'none.so'), 'MODULE_NOT_FOUND', /no such file/],
  ['a path through a file', () => join(SOFTHSM_MODULE, 'x.so'), 'MODULE_NOT_FOUND', /no such file/],
  ['a folder', (folder) => made(folder, (path) => mkdirSync(path)), 'MODULE_FOREIGN', /no file/],
  ['a text', (folder) => made(folder, (path) => writeFileSync(path, 'a text\n')), 'MODULE_FOREIGN', /another kind/],
  [
    'a library for another processor',
    (folder) =>
      made(folder, (path) => writeFileSync(path, elfHeader({ machine: process.arch === 'x64' ? 0xb7 : 0x3e }))),
    'MODULE_FOREIGN',
    /expected a library for/,
  ],
  ['a library that is not PKCS#11', () => libraryInMemory('libm.so'), 'MODULE_FOREIGN', /C_GetFunctionList/],
  [
    'a library that is cut off',
    (folder) => made(folder, (path) => writeFileSync(path, thisMachine())),
    'MODULE_LOAD_FAILED',
    /the system loader says: .*too short/,
  ],
];

function made(folder: string, make: (path: string) => void): string {
  const path = join(folder, 'module.so');
  make(path);
  return path;
}

for (const [what, path, code, reason] of files) {
  test(`${what} is no module: ${code}`, (t) => {
    const error = t.throws(() => loadModule(path(privateFolder(t))), { instanceOf: KeyferryError });
    t.is(error.code, code);
    t.regex(error.reason, reason);
  });
}

test('a module may be reached by a link and from the current folder', (t) => {
  const link = join(privateFolder(t), 'link.so');
  symlinkSync(SOFTHSM_MODULE, link);
  const module = loadModule(link);
  t.is(module.path, link);
  t.is(module.info.manufacturer, 'SoftHSM');
  t.is(module.info.cryptokiVersion, '2.40');
});

test('a second user of a module leaves it working for the first when it closes', (t) => {
  const second = loadModule(SOFTHSM_MODULE);
  second.close();
  t.true(softhsm.tokens().length > 0);
});

test('a second user ends its own sessions when it closes', (t) => {
  const second = loadModule(SOFTHSM_MODULE);
  const session = second.findToken({}).openSession();
  second.close();
  const error = t.throws(() => session.find({}), { instanceOf: KeyferryError });
  t.is(error.code, 'INTERNAL');
  second.close();
});

test('a copy of a module under another name is a module of its own', (t) => {
  const copy = join(privateFolder(t), 'copy.so');
  copyFileSync(SOFTHSM_MODULE, copy);
  chmodSync(copy, 0o700);
  const module = loadModule(copy);
  module.close();
  t.true(softhsm.tokens().length > 0);
  const again = loadModule(copy);
  t.true(again.tokens().length > 0);
  again.close();
});
