import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Circumstances, Lane } from '../suite/subject.js';
import type { Verdict } from '../suite/verdict.js';
import type { Adapter, Place } from './adapter.js';
import { commandAdapter } from './command-adapter.js';
import { secretsIn } from './environment.js';
import { WRAP_CASES } from './matrix.js';
import { REFUSE_CASES } from './refusals.js';
import { runRefuseCase } from './refuse-case.js';
import type { Scene } from './scene.js';
import { serveAdapter } from './serve-adapter.js';
import type { OpenWitness } from './witness.js';
import { makeFolder, namesBelow } from './work-folders.js';
import { runWrapCase } from './wrap-case.js';

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

export async function openLane(
  runFolder: string,
  scene: Scene,
  start: Start,
  openWitness: OpenWitness | null,
): Promise<Lane> {
  const folder = await mkdtemp(join(runFolder, 'lane-'));
  const witness = openWitness === null ? null : await openWitness(await makeFolder(join(folder, 'witness')));
  // The one place where the tool of a lane gets its environment.
  const place = await openPlace(folder, { ...start, environment: { ...start.environment, ...witness?.environment } });
  const adapter: Adapter = start.serve ? serveAdapter(place) : commandAdapter(place);
  let cases = 0;
  return {
    async run(id: string, { signal, seed }: Circumstances): Promise<Verdict> {
      const caseFolder = await makeFolder(join(folder, `case-${++cases}`));
      const { folder: workFolder, secrets } = place;
      const before = await namesBelow(workFolder);
      const stage = { ...scene, adapter, witness, secrets, workFolder, before, folder: caseFolder, signal, seed };
      try {
        const wrap = WRAP_CASES.find((each) => each.id === id);
        if (wrap !== undefined) return await runWrapCase(wrap, stage);
        const refuse = REFUSE_CASES.find((each) => each.id === id);
        if (refuse !== undefined) return await runRefuseCase(refuse, stage);
        throw new Error(`there is no case ${id}`);
      } finally {
        await rm(caseFolder, { recursive: true, force: true });
      }
    },
    async close() {
      try {
        await adapter.close();
        await witness?.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
