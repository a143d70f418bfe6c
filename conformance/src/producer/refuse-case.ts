import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteFinding, Verdict } from '../suite/verdict.js';
import { lastLines, type ToolRun } from './adapter.js';
import { check, finding } from './checks.js';
import { EXIT_MADE, EXIT_REFUSED, EXIT_UNSUPPORTED, TARGET_NAMES, type TargetName } from './contract.js';
import { leaksOf } from './judge-products.js';
import { writeKekFiles } from './kek-files.js';
import { type Refusal, type RefuseCase, usualKek } from './refusals.js';
import type { Stage } from './scene.js';
import { makeFolder, namesBelow } from './work-folders.js';
import { judged, leftInFolder, notConcerned, saidBy, shownNames, unavailable } from './wrap-case.js';
import { objectFindings, wrapWords } from './wrapping.js';

const THERE_BEFORE = 'this file was there before\n';
/** Small keys first: what a tool refuses here has nothing to do with the size of the key. */
const PREFERRED: readonly TargetName[] = ['ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'rsa-2048', ...TARGET_NAMES];

/** Asks the tool for something with one fault, and looks whether it says no and leaves nothing behind. */
export async function runRefuseCase({ id: caseId, refusal }: RefuseCase, stage: Stage): Promise<Verdict> {
  const { adapter, capabilities, keks, targets, folder, signal, witness } = stage;
  if (refusal.needs?.(capabilities) === false) return notConcerned(refusal.without ?? 'the tool has no part in this');
  const name = kindOfTarget(refusal, capabilities.keyTypes);
  if (name === undefined)
    return notConcerned('the tool wraps AES keys alone, and the KEK of this case is of a Key Vault');
  const target = await targets.of(name, refusal.target !== 'unextractable', adapter, signal);
  if ('missing' in target) return unavailable(target);
  const id = refusal.target === 'unknown' ? 'keyferry-conformance-no-such-key' : target.id;
  const handed = await (refusal.kek ?? usualKek)(keks, stage.seed);
  const pem = await writeKekFiles(join(folder, 'kek'), handed);
  const outFolder = await makeFolder(join(folder, 'out'));
  const { out, before } = await placeOf(refusal, outFolder);

  const ran: ToolRun[] = [];
  const objects = await objectFindings(stage, async () => {
    await witness?.begin();
    ran.push(await adapter.run(wrapWords({ pem, kid: handed.kid, target: id, out }), signal));
    await witness?.end();
  });
  const [run] = ran as [ToolRun];
  const seen = { caseId, did: 'refuse', times: 1, target: id, kek: handed.key, blobs: [] } as const;
  const witnessed = (await witness?.findings(seen)) ?? [];

  const leaks = leaksOf(await saidBy(run, outFolder), target.secrets, null);
  return judged(
    [
      ...refusalFindings(run, refusal, stage.secrets),
      ...(await fileFindings(run, refusal, outFolder, before)),
      await leftInFolder(stage),
      check('producer/no-key-in-output', leaks.length === 0, leaks[0] ?? 'none was found'),
      ...objects,
      ...witnessed,
    ],
    [],
  );
}

function kindOfTarget({ target }: Refusal, types: readonly TargetName[]): TargetName | undefined {
  return PREFERRED.find((name) => types.includes(name) && name.startsWith('aes-') === (target === 'aes'));
}

/** Where the blob would go, and what lies there before. */
async function placeOf({ out }: Refusal, folder: string): Promise<{ out: string; before: readonly string[] }> {
  if (out === undefined) return { out: join(folder, 'product.byok'), before: [] };
  const file = join(folder, out === 'exists' ? 'product.byok' : 'no-folder');
  await writeFile(file, THERE_BEFORE, { mode: 0o600 });
  if (out === 'exists') return { out: file, before: ['product.byok'] };
  return { out: join(file, 'product.byok'), before: ['no-folder'] };
}

function refusalFindings(
  { exit, stderr }: ToolRun,
  { mayBeUnsupported }: Refusal,
  secrets: readonly string[],
): SuiteFinding[] {
  const refused = exit === EXIT_REFUSED || (exit === EXIT_UNSUPPORTED && mayBeUnsupported === true);
  const reason = lastLines(stderr, secrets, 3);
  const how = exit === EXIT_MADE ? 'exit 0: it says that it made a blob' : `exit ${exit}`;
  return [
    check('producer/refusal', refused, how),
    exit === EXIT_MADE
      ? finding('producer/refusal-reason', 'not-checked', 'it did not refuse')
      : check('producer/refusal-reason', reason !== '', reason || 'nothing'),
  ];
}

async function fileFindings(
  { exit }: ToolRun,
  { out }: Refusal,
  folder: string,
  before: readonly string[],
): Promise<SuiteFinding[]> {
  const added = (await namesBelow(folder)).filter((name) => !before.includes(name));
  const left =
    exit === EXIT_MADE
      ? finding('producer/no-file-left', 'not-checked', 'it did not refuse')
      : check('producer/no-file-left', added.length === 0, shownNames(added));
  if (out !== 'exists') return [left];
  const there = await readFile(join(folder, 'product.byok'), 'latin1').catch(() => null);
  const kept = there === THERE_BEFORE;
  return [left, check('producer/existing-file', kept, kept ? 'unchanged' : there === null ? 'gone' : 'another')];
}
