import { join } from 'node:path';
import type { Place } from './adapter.js';
import { secretsIn } from './environment.js';
import { makeFolder } from './work-folders.js';

/** How the tool is started on every lane. */
export interface Start {
  readonly command: Place['command'];
  /** Before what this suite adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it is spoken to by `serve`. */
  readonly serve: boolean;
}

/** Where a tool runs: a folder that is empty but for `tmp`, and the environment that says so. */
export async function openPlace(folder: string, { command, environment }: Omit<Start, 'serve'>): Promise<Place> {
  const work = await makeFolder(join(folder, 'work'));
  const all = { ...environment, TMPDIR: await makeFolder(join(work, 'tmp')) };
  return { command, folder: work, environment: all, secrets: secretsIn(all) };
}
