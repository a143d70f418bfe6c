import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { makeOverlayToken, type OverlayBehaviour } from '../../../test/support/overlay.js';
import { useToken } from '../../../test/support/softhsm.js';
import { openModule } from '../../dist/module/open-module.js';
import { type RanCase, runCases } from '../../dist/runner/run-suite.js';
import { selectCases } from '../../dist/runner/select.js';
import type { BrokenModule } from '../broken/modules.js';
import { against } from './in-process.js';
import { SOFTHSM_ITSELF } from './softhsm-itself.js';

/** One token for all tests of a file: they come one after the other, and each begins with its own behaviour. */
export const broken = await makeOverlayToken(wholeFile, {}, { label: 'KEYFERRY-TEST-broken' });
useToken(broken);

/** Puts a module that behaves so to some cases; `run` are patterns. Throws when something is left in its token. */
export async function ranBroken(behaviour: OverlayBehaviour, run: readonly string[], seed = 1): Promise<RanCase[]> {
  broken.setBehaviour(behaviour);
  const under = { path: broken.module, parameters: undefined, token: broken.label, withheld: [] };
  const subject = await openModule(under, async () => broken);
  const cases = selectCases(subject.cases, run, null);
  const limits = { timeoutSeconds: 60, graceSeconds: 10, signal: new AbortController().signal };
  const { ran } = await runCases(subject, { cases, seed, jobs: 1, ...limits, onCase: () => undefined });
  await subject.close();
  return [...ran];
}

/** Each module is caught by exactly the cases and findings meant for it; all others come out as with SoftHSM2 itself. */
export function testBroken(title: string, modules: readonly BrokenModule[]): void {
  for (const { fault, behaviour, run, caught, spared = [] } of modules) {
    test.serial(`${title} ${fault}`, async (t) => {
      const ran = await ranBroken(behaviour, run);
      const ids = ran.map((each) => each.case.id);
      for (const id of [...Object.keys(caught), ...spared]) t.true(ids.includes(id), id);
      const kept = Object.entries(SOFTHSM_ITSELF).filter(([id]) => ids.includes(id) && !spared.includes(id));
      t.deepEqual(against(ran), { ...Object.fromEntries(kept), ...caught });
    });
  }
}
