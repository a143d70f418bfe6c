import { endianness } from 'node:os';
import { KeyferryError } from '@keyferry/errors';

/** Bytes of a file that `checkElf` wants to see. */
export const ELF_HEADER_BYTES = 20;

const ET_DYN = 3;

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  40: 'ARM',
  43: 'SPARC V9',
  50: 'IA-64',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
  258: 'LoongArch',
};

const MACHINE_OF_ARCH: Readonly<Record<string, number>> = {
  ia32: 0x03,
  ppc64: 0x15,
  s390x: 0x16,
  arm: 0x28,
  x64: 0x3e,
  arm64: 0xb7,
  riscv64: 0xf3,
  loong64: 0x102,
};

/**
 * Refuses a file whose first bytes are not those of a shared library for this processor: MODULE_FOREIGN. The system
 * loader would call a foreign one "no such file". Source: the ELF header of the System V ABI (gABI chapter 4).
 */
export function checkElf(path: string, header: Uint8Array, arch: string = process.arch): void {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const foreign = (expected: string, found: string) =>
    new KeyferryError('MODULE_FOREIGN', {
      reason: `expected ${expected}, found ${found}: ${path}`,
      values: { path, expected, found },
    });
  if (bytes.length < ELF_HEADER_BYTES || bytes.readUInt32BE(0) !== 0x7f454c46) {
    throw foreign('an ELF shared library', 'another kind of file');
  }
  const machine = MACHINE_OF_ARCH[arch];
  const bits = arch === 'ia32' || arch === 'arm' ? 32 : 64;
  const little = endianness() === 'LE';
  const foundLittle = bytes[5] === 1;
  const foundMachine = foundLittle ? bytes.readUInt16LE(18) : bytes.readUInt16BE(18);
  const expected = describe(bits, little, machine);
  const found = describe(bytes[4] === 2 ? 64 : 32, foundLittle, foundMachine);
  if (machine !== undefined && expected !== found) throw foreign(`a library for ${expected}`, `one for ${found}`);
  const type = foundLittle ? bytes.readUInt16LE(16) : bytes.readUInt16BE(16);
  if (type !== ET_DYN) throw foreign('an ELF shared library', `an ELF file of type ${type}`);
}

function describe(bits: number, little: boolean, machine: number | undefined): string {
  const name = machine === undefined ? 'this machine' : (MACHINES[machine] ?? `machine 0x${machine.toString(16)}`);
  return `${name} (${bits} bits, ${little ? 'little' : 'big'} endian)`;
}
