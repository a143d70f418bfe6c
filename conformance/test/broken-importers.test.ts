import { join } from 'node:path';
import test from 'ava';
import { type StartedVault, startVault } from 'keyferry-vault';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { HIDDEN_BY_SOFTHSM, ONLY_WRITTEN_OTHERWISE, UNKNOWN } from '../src/importer/cases/reject-knowledge.js';
import { BROKEN_IMPORTERS, USUAL_CASES } from './broken/importers.js';
import { startRelay } from './broken/relay.js';
import { casesWith, runConformance } from './support/conformance.js';

let vault: StartedVault;
let relay: Awaited<ReturnType<typeof startRelay>>;
test.before(async () => {
  const data = join(privateFolder(wholeFile), 'vault');
  vault = await startVault({ data });
  const broken = Object.entries(BROKEN_IMPORTERS).map(([name, { answer }]) => [name, answer] as const);
  const unmarked = [
    'unmarked',
    async (asked, right) => ({ ...(await right(asked)), marked: false }),
  ] as const satisfies readonly [string, (typeof broken)[number][1]];
  relay = await startRelay(vault, data, Object.fromEntries([...broken, unmarked]));
});
test.after.always(async () => {
  relay?.close();
  await vault?.close();
});

const judge = (name: string, cases: readonly string[]) =>
  runConformance(
    [
      ...['importer', '--url', `https://${name}.vault.azure.net`, '--i-own-this-vault'],
      ...cases.flatMap((id) => ['--run', id]),
    ],
    relay.env,
  );

test('a right importer passes what the broken ones are put to', async (t) => {
  const more = Object.values(BROKEN_IMPORTERS).flatMap((broken) => broken.more ?? []);
  const { code, results, stderr } = await judge('right', [...USUAL_CASES, ...more]);
  t.is(code, 0, stderr);
  t.is(results.counts.pass, USUAL_CASES.length + more.length);
});

for (const [name, { title, more = [], failing, warning = [] }] of Object.entries(BROKEN_IMPORTERS)) {
  test(`an importer that ${title} is caught by exactly the cases meant for it`, async (t) => {
    const { code, results, stderr } = await judge(name, [...USUAL_CASES, ...more]);
    t.is(code, 4, stderr);
    t.deepEqual(casesWith(results, 'fail').sort(), [...failing].sort());
    t.deepEqual(casesWith(results, 'warn').sort(), [...warning].sort());
    t.deepEqual([...casesWith(results, 'error'), ...casesWith(results, 'timeout')], []);
  });
}

test('an importer that does not say that it is the emulator is asked also what SoftHSM hides', async (t) => {
  const hidden = Object.values(HIDDEN_BY_SOFTHSM).flat();
  const { code, results, stderr } = await judge(
    'unmarked',
    hidden.map((id) => `importer/reject/${id}`),
  );
  t.is(code, 4, stderr);
  const harmless = [...UNKNOWN, ...ONLY_WRITTEN_OTHERWISE];
  const cases = (wanted: boolean) =>
    hidden.filter((id) => harmless.includes(id) === wanted).map((id) => `importer/reject/${id}: importer/refused`);
  t.deepEqual(casesWith(results, 'warn').sort(), cases(true).sort());
  t.deepEqual(casesWith(results, 'fail').sort(), cases(false).sort());
});
