import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { evidenceNotChecked } from '../evidence/index.js';
import { readManifestBeside } from '../expectation-file.js';
import type { NamedFault, SuiteFinding, Verdict } from '../suite/verdict.js';
import { lastLines, type ToolRun } from './adapter.js';
import { check, finding } from './checks.js';
import { judgeProducts, leaksOf, type Product } from './judge-products.js';
import { HSM_KID, rightKek, VAULT_KID, writeKekFiles } from './kek-files.js';
import type { WrapCase } from './matrix.js';
import type { Stage } from './scene.js';
import { makeFolder, namesBelow, readProduct, textsBelow } from './work-folders.js';
import { objectFindings, wrapWords } from './wrapping.js';

const PRODUCT = 'product.byok';
const MANIFEST = 'product.manifest.json';

/** Has the tool make several blobs of one key under one KEK, and judges each alone and all together. */
export async function runWrapCase({ id: caseId, kekBits, target: name }: WrapCase, stage: Stage): Promise<Verdict> {
  const { adapter, capabilities, features, keks, targets, folder, signal, witness } = stage;
  if (!capabilities.kekSizes.includes(kekBits)) return notConcerned(`the tool takes no KEK of ${kekBits} bits`);
  if (!capabilities.keyTypes.includes(name)) return notConcerned(`the tool wraps no key of type ${name}`);
  if (features.kekSizes?.includes(kekBits) === false || features.targets?.includes(name) === false) {
    return notConcerned('the features leave it out');
  }
  const target = await targets.of(name, true, adapter, signal);
  if ('missing' in target) return unavailable(target);
  const { kek, ...publicKek } = await keks.of(kekBits);
  const kid = name.startsWith('aes-') ? HSM_KID : VAULT_KID;
  const pem = await writeKekFiles(join(folder, 'kek'), rightKek(publicKek, kid));

  const runs: ToolRun[] = [];
  const outs: string[] = [];
  const objects = await objectFindings(stage, async () => {
    await witness?.begin();
    for (let n = 1; n <= features.repeat; n++) {
      const out = join(await makeFolder(join(folder, `out-${n}`)), PRODUCT);
      outs.push(out);
      runs.push(await adapter.run(wrapWords({ pem, kid, target: target.id, out }), signal));
      if (runs.at(-1)?.exit !== 0) break;
    }
    await witness?.end();
  });
  const made = await Promise.all(outs.map(readProduct));
  const blobs = made.flatMap((product) => (product === null ? [] : [product.bytes]));
  const seen = { caseId, did: 'wrap', times: runs.length, target: target.id, kek: publicKek.key, blobs } as const;
  const witnessed = (await witness?.findings(seen)) ?? [evidenceNotChecked('run with --spy MODULE')];

  const refused = runs.find(({ exit }) => exit !== 0);
  if (refused !== undefined) {
    const reason = lastLines(refused.stderr, stage.secrets);
    const findings = [check('producer/made', false, `exit ${refused.exit}: ${reason || 'no word on stderr'}`)];
    return judged([...findings, ...objects, ...witnessed], []);
  }
  const whole = made.flatMap((product, index) => (product === null ? [] : [{ product, index }]));
  const said = await Promise.all(runs.map((run, index) => saidBy(run, join(folder, `out-${index + 1}`))));
  if (whole.length < made.length) {
    const missing = check('producer/product', false, `${made.length - whole.length} of ${made.length} are not there`);
    const leaks = said.flatMap((text) => leaksOf(text, target.secrets, null));
    const output = check('producer/no-key-in-output', leaks.length === 0, leaks[0] ?? 'none was found');
    return judged([check('producer/made', true, 'exit 0'), missing, output, ...objects, ...witnessed], []);
  }
  const products: Product[] = [];
  for (const { product, index } of whole) {
    products.push({ blob: product.bytes, manifest: await manifestBeside(outs[index] ?? ''), said: said[index] ?? '' });
  }
  const { findings, faults } = judgeProducts(products, { kek, kid, target: target.expected, secrets: target.secrets });
  return judged(
    [
      check('producer/made', true, 'exit 0'),
      check('producer/product', true, `${products.map(({ blob }) => blob.length).join(', ')} bytes`),
      ...findings,
      modeFinding(whole.map(({ product }) => product.mode)),
      ...(await leftFindings(stage, outs.length)),
      ...objects,
      ...witnessed,
    ],
    faults,
  );
}

export function notConcerned(reason: string): Verdict {
  return { kind: 'not-applicable', reason };
}

/** Where there is no key for the case. */
export function unavailable({ missing, byConstruction }: { missing: string; byConstruction: boolean }): Verdict {
  return { kind: byConstruction ? 'not-applicable' : 'skipped', reason: missing };
}

export function judged(findings: readonly SuiteFinding[], faults: readonly NamedFault[]): Verdict {
  return { kind: 'judged', findings, faults, conclusion: null };
}

/** A manifest that cannot be read is no word on the blob; it is not what is judged here. */
async function manifestBeside(blob: string) {
  try {
    return await readManifestBeside(blob);
  } catch (error) {
    if (error instanceof KeyferryError) return null;
    throw error;
  }
}

export async function saidBy({ stdout, stderr }: ToolRun, folder: string): Promise<string> {
  return [stdout, stderr, await textsBelow(folder)].join('\n');
}

/** A blob is not authenticated: whoever can write to it can put another in its place. To read it opens nothing. */
function modeFinding(modes: readonly number[]): SuiteFinding {
  const all = modes.reduce((bits, mode) => bits | mode, 0);
  const level = (all & 0o022) !== 0 ? 'fail' : (all & 0o077) !== 0 ? 'warn' : 'pass';
  return finding('producer/file-mode', level, `mode ${all.toString(8).padStart(4, '0')}`);
}

/** What lies beside the blobs, and what the tool left where it ran. */
async function leftFindings(stage: Stage, runs: number): Promise<SuiteFinding[]> {
  const beside = new Set<string>();
  for (let n = 1; n <= runs; n++) {
    for (const name of await namesBelow(join(stage.folder, `out-${n}`))) beside.add(name);
  }
  const extra = [...beside].filter((name) => name !== PRODUCT && name !== MANIFEST);
  return [check('producer/extra-files', extra.length === 0, shownNames(extra)), await leftInFolder(stage)];
}

export async function leftInFolder({ workFolder, before }: Stage): Promise<SuiteFinding> {
  const left = (await namesBelow(workFolder)).filter((name) => !before.includes(name));
  return finding('producer/left-in-folder', left.length === 0 ? 'pass' : 'warn', shownNames(left));
}

export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 100)));
  return names.length === 0
    ? 'nothing'
    : `${shown.join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
