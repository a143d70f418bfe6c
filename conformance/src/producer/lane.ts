import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Circumstances, Lane } from '../suite/subject.js';
import type { Verdict } from '../suite/verdict.js';
import type { Adapter } from './adapter.js';
import { commandAdapter } from './command-adapter.js';
import { WRAP_CASES } from './matrix.js';
import { openPlace, type Start } from './place.js';
import { REFUSE_CASES } from './refusals.js';
import { runRefuseCase } from './refuse-case.js';
import type { Scene } from './scene.js';
import { serveAdapter } from './serve-adapter.js';
import type { OpenWitness } from './witness.js';
import { makeFolder, namesBelow } from './work-folders.js';
import { runWrapCase } from './wrap-case.js';

/**
 * `keep` takes over the process of a lane that has served well, and says whether it did: then it stays open, and so does the
 * folder that it runs in.
 */
export async function openLane(
  runFolder: string,
  scene: Scene,
  start: Start,
  openWitness: OpenWitness | null,
  keep: (adapter: Adapter) => boolean,
): Promise<Lane> {
  const folder = await mkdtemp(join(runFolder, 'lane-'));
  const witness = openWitness === null ? null : await openWitness(await makeFolder(join(folder, 'witness')));
  // The one place where the tool of a lane gets its environment.
  const place = await openPlace(folder, { ...start, environment: { ...start.environment, ...witness?.environment } });
  const adapter: Adapter = start.serve ? serveAdapter(place) : commandAdapter(place);
  let cases = 0;
  let sound = start.serve;
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
      } catch (error) {
        sound = false;
        throw error;
      } finally {
        await rm(caseFolder, { recursive: true, force: true });
      }
    },
    async close() {
      if (sound && cases > 0 && keep(adapter)) return;
      try {
        await adapter.close();
        await witness?.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
