import { readFileSync, statSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Kek } from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { checkOutputs } from '@keyferry/files';
import { attempt } from './attempt.js';
import { type Finding, notChecked, ok, warning } from './findings.js';

/** Bytes. Blob and manifest of one key have less than 8 KiB; this is room for a batch of a thousand. */
const ENOUGH_DISK = 16 * 1024 * 1024;

/** Milliseconds that two good clocks may differ. */
const SKEW = 5 * 60 * 1000;

/** The machine that the ceremony runs on. */
export async function checkMachine(out: string | undefined, interactive: boolean): Promise<Finding[]> {
  return [
    ...(await checkDisk(out)),
    ...coreDumps(readText('/proc/self/limits'), readText('/proc/sys/kernel/core_pattern')),
    ok(
      'machine/terminal',
      interactive
        ? 'a terminal: PIN and thumbprint can be typed'
        : 'no terminal: a wrap that is started like this cannot ask, and wants --confirm-thumbprint and --pin-file',
    ),
  ];
}

async function checkDisk(out: string | undefined): Promise<Finding[]> {
  const folder = resolve(out ?? '.');
  const findings: Finding[] = [];
  await attempt('machine/disk', findings, async () => {
    if (!(await isFolder(folder))) {
      throw new KeyferryError('OUTPUT_FOLDER_MISSING', { reason: `expected a folder: ${folder}` });
    }
    const { bavail, bsize } = await statfs(folder);
    findings.push(freeDisk(folder, bavail * bsize));
    if (out === undefined) return;
    await checkOutputs([join(folder, 'keyferry-doctor.byok')], { force: true });
    findings.push(ok('machine/out', `files can be written and kept in ${folder}`));
  });
  return findings;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** `bytes` are those that this user may still write. */
export function freeDisk(folder: string, bytes: number): Finding {
  const text = `${Math.floor(bytes / 1024 / 1024)} MiB free in ${folder}`;
  if (bytes >= ENOUGH_DISK) return ok('machine/disk', text);
  return warning('machine/disk', text, 'blob and manifest of a key take up to 8 KiB');
}

/** A core dump would hold PINs. Takes the texts of /proc/self/limits and /proc/sys/kernel/core_pattern. */
export function coreDumps(limits: string | null, pattern: string | null): Finding[] {
  const limit = /^Max core file size\s+(\S+)/m.exec(limits ?? '')?.[1];
  if (limit === undefined) {
    return [notChecked('machine/core-dumps', 'whether core dumps are off: this system does not say')];
  }
  if (limit !== '0') {
    return [warning('machine/core-dumps', 'core dumps are on: one would hold the PIN', 'ulimit -c 0')];
  }
  const off = ok('machine/core-dumps', 'core dumps are off (ulimit -c 0)');
  if (!pattern?.startsWith('|')) return [off];
  const program = pattern.slice(1).trim().split(' ')[0];
  return [
    off,
    notChecked(
      'machine/core-pipe',
      `whether ${program} keeps core dumps: the kernel hands them to it, whatever the limit (core(5))`,
    ),
  ];
}

/** What is known to have happened before now. */
export interface KnownTimes {
  /** Files of this machine: when they were last changed, in milliseconds since 1970. */
  readonly files: readonly (readonly [name: string, milliseconds: number])[];
  readonly kek: Pick<Kek, 'fetchedAt' | 'attributes'> | null;
}

/** Whether the clock can be right: nothing that is known may lie after now. */
export function checkClock(now: Date, { files, kek }: KnownTimes): Finding[] {
  const nbf = kek?.attributes?.nbf ?? null;
  const known: (readonly [string, number])[] = [
    ...files,
    ...(kek?.fetchedAt == null ? [] : [['the KEK was fetched', Date.parse(kek.fetchedAt)] as const]),
    ...(nbf === null ? [] : [['the KEK is valid from', nbf * 1000] as const]),
  ];
  const later = known.filter(([, time]) => time > now.getTime() + SKEW).sort(([, a], [, b]) => b - a)[0];
  const text = `the clock says ${iso(now.getTime())}`;
  if (later === undefined)
    return [ok('machine/clock', `${text}, and nothing that is known is later; compare it with a watch`)];
  return [
    warning(
      'machine/clock',
      `${text}, but ${later[0]} ${iso(later[1])}`,
      'set the clock: it decides whether the KEK is valid, and its time goes into the manifest',
    ),
  ];
}

/** Files whose last change lies in the past if the clock is right. */
export function fileTimes(modulePath: string): KnownTimes['files'] {
  return [
    ['this program was installed', statSync(new URL(import.meta.url)).mtimeMs],
    ['the module was changed', statSync(modulePath).mtimeMs],
  ];
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
