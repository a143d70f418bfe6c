import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Owner, privateFolder } from './folder.js';

/** The file systems that memory sticks come with. */
export type StickKind = 'vfat' | 'exfat';

/** A stick in its slot. */
export interface Stick {
  readonly kind: StickKind;
  /** What mounted it: the kernel itself, or a program by FUSE. */
  readonly how: 'kernel' | 'fuse';
  /** Its root folder. */
  readonly folder: string;
  /** Takes it out and puts it in again: what is in the folder then stands on the medium. */
  reinsert(): void;
  /** Fills it up but for so many bytes, in steps of 4 KiB. */
  fillUpTo(free: number): void;
}

/** Bytes of a small stick: exFAT needs a few MiB. */
const SIZE = 8 * 1024 * 1024;

/** So that each file begins a cluster of 4 KiB: in sectors, and in bytes. */
const CLUSTERS: Readonly<Record<StickKind, readonly string[]>> = { vfat: ['-s', '8'], exfat: ['-c', '4096'] };

/**
 * Makes an image of a stick and mounts it: by the kernel, else by FUSE (fusefat, exfat-fuse); unmounted at the end of the
 * test that owns it. Throws when this machine can do neither.
 */
export function mountStick(t: Owner, kind: StickKind, { size = SIZE }: { size?: number } = {}): Stick {
  const place = privateFolder(t);
  const image = join(place, 'image');
  const folder = join(place, 'stick');
  mkdirSync(folder);
  writeFileSync(image, '');
  truncateSync(image, size);
  run(`/usr/sbin/mkfs.${kind}`, [...CLUSTERS[kind], image]);
  let how = mount(kind, image, folder);
  const remove = () => unmount(folder);
  t.teardown(remove);
  return {
    kind,
    how,
    folder,
    reinsert: () => {
      remove();
      how = mount(kind, image, folder);
    },
    fillUpTo: (free) => fill(folder, free),
  };
}

/** Why sticks of this kind cannot be mounted here; null if they can. */
export function stickRefusal(kind: StickKind): string | null {
  const work: (() => void)[] = [];
  try {
    mountStick({ teardown: (one) => work.unshift(() => void one()) }, kind);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const one of work) one();
  }
}

const STICK_LIBRARY = fileURLToPath(new URL('../../.setup/stick.so', import.meta.url));

/**
 * The environment in which a program takes a folder for a stick (test/support/native/stick): without links and modes;
 * with `full`, bytes after which there is no space; `pulled`, the number of the system call on it before which it is pulled
 * out; `loose`, the number of the one call that fails.
 */
export function playedStick(
  folder: string,
  faults: { full?: number; pulled?: number; loose?: number } = {},
): Record<string, string> {
  if (!existsSync(STICK_LIBRARY)) throw new Error(`no ${STICK_LIBRARY}: run scripts/setup.sh`);
  return {
    LD_PRELOAD: STICK_LIBRARY,
    KEYFERRY_STICK: folder,
    // With io_uring the kernel would be asked past libc.
    UV_USE_IO_URING: '0',
    ...Object.fromEntries(
      Object.entries(faults).map(([name, n]) => [`KEYFERRY_STICK_${name.toUpperCase()}`, String(n)]),
    ),
  };
}

function mount(kind: StickKind, image: string, folder: string): Stick['how'] {
  const byKernel = attempt('mount', ['-t', kind, '-o', 'loop', image, folder]);
  if (byKernel === null) return 'kernel';
  const byFuse = kind === 'vfat' ? attempt('fusefat', ['-o', 'rw+', image, folder]) : exfatByFuse(image, folder);
  if (byFuse === null && isMountPoint(folder)) return 'fuse';
  throw new Error(`${byKernel}; ${byFuse ?? 'fusefat: it ended well, but nothing is mounted'}`);
}

function isMountPoint(folder: string): boolean {
  return statSync(folder).dev !== statSync(dirname(folder)).dev;
}

/** exfat-fuse takes block devices only. The loop device goes when the stick is unmounted. */
function exfatByFuse(image: string, folder: string): string | null {
  const { status, stdout, stderr, error } = spawnSync('losetup', ['--find', '--show', image], { encoding: 'utf8' });
  if (status !== 0) return `losetup: ${(error?.message ?? stderr).trim()}`;
  const device = stdout.trim();
  try {
    return attempt('/usr/sbin/mount.exfat-fuse', [device, folder]);
  } finally {
    run('losetup', ['--detach', device]);
  }
}

function unmount(folder: string): void {
  if (isMountPoint(folder) && attempt('umount', [folder]) !== null) run('fusermount', ['-u', folder]);
}

/** A cluster. */
const PIECE = Buffer.alloc(4096);

/** What shall stay free is taken first and given back at the end: no file system tells exactly how much it has left. */
function fill(folder: string, free: number): void {
  const kept = Array.from({ length: Math.ceil(free / PIECE.length) }, (_, i) => join(folder, `kept-${i}`));
  for (const path of kept) writeFileSync(path, PIECE);
  const file = openSync(join(folder, 'filler'), 'a');
  try {
    while (writeSync(file, PIECE) === PIECE.length);
  } catch {
    // It is full. Not every driver says ENOSPC then.
  } finally {
    closeSync(file);
  }
  for (const path of kept) rmSync(path);
}

/** null if it went well, else what it said. */
function attempt(program: string, args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? null : `${program}: ${(error?.message ?? stderr).trim().split('\n')[0]}`;
}

function run(program: string, args: readonly string[]): void {
  const problem = attempt(program, args);
  if (problem !== null) throw new Error(problem);
}
