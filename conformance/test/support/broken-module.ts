import test from 'ava';
import { wholeFile } from '../../../test/support/folder.js';
import { makeOverlayToken } from '../../../test/support/overlay.js';
import type { BrokenModule } from '../broken/modules.js';
import { judgeModule } from './module-program.js';
import { SOFTHSM_ITSELF } from './softhsm-itself.js';

/** One token for all tests of a file: they come one after the other, and each begins with its own behaviour. */
export const broken = await makeOverlayToken(wholeFile, {}, { label: 'KEYFERRY-TEST-broken' });

/** Each module is caught by exactly the cases and findings meant for it; all others come out as with SoftHSM2 itself. */
export function testBroken(title: string, modules: readonly BrokenModule[]): void {
  for (const { fault, behaviour, run, caught, spared = [] } of modules) {
    test.serial(`${title} ${fault}`, async (t) => {
      broken.setBehaviour(behaviour);
      const ran = await judgeModule(broken, { run });
      const ids: string[] = ran.results.cases.map(({ id }: { readonly id: string }) => id);
      for (const id of [...Object.keys(caught), ...spared]) t.true(ids.includes(id), id);
      const kept = Object.entries(SOFTHSM_ITSELF).filter(([id]) => ids.includes(id) && !spared.includes(id));
      t.deepEqual(ran.against, { ...Object.fromEntries(kept), ...caught });
      t.deepEqual(ran.results.run.troubles, []);
    });
  }
}
