import { createHash } from 'node:crypto';
import { diagnoseBlob } from '../diagnosis/diagnose.js';
import { DIAGNOSES, type DiagnosisId } from '../diagnosis/diagnoses.js';
import type { PracticeManifest } from '../manifest.js';
import { CHECK_IDS, type Finding, randomnessOf, type Target, type TestKek } from '../oracle/index.js';
import type { NamedFault, SuiteFinding } from '../suite/verdict.js';
import { check, finding } from './checks.js';
import { spells } from './leaks.js';

/** One blob that the tool made, and all that it said and left while it did. */
export interface Product {
  readonly blob: Uint8Array;
  /** What stands beside it; null where there is none. */
  readonly manifest: PracticeManifest | null;
  /** stdout, stderr, and every file that it left but the ciphertext of the blob. */
  readonly said: string;
}

export interface ProductExpectation {
  readonly kek: TestKek;
  readonly kid: string;
  readonly target: Target;
  readonly secrets: readonly Uint8Array[];
}

/** Judges several blobs of one key under one KEK: each by the blob family, and all beside each other. */
export function judgeProducts(
  products: readonly Product[],
  expectation: ProductExpectation,
): { findings: SuiteFinding[]; faults: NamedFault[] } {
  const judged = products.map((product) => judgeOne(product, expectation));
  const ids = new Set(judged.flatMap(({ diagnoses }) => diagnoses));
  const opened = products.map(({ blob }) => openedOf(blob, expectation.kek));
  const leaked = products.flatMap(({ said }, index) =>
    leaksOf(said, expectation.secrets, opened[index]?.aesKey ?? null),
  );
  const findings = [
    ...mergeFindings(judged.map((each) => each.findings)),
    fresh('producer/fresh-aes-key', opened, ({ aesKey }) => aesKey),
    fresh('producer/fresh-oaep-seed', opened, ({ seed }) => seed),
    check('producer/no-key-in-output', leaked.length === 0, leaked[0] ?? 'none was found'),
  ];
  for (const random of opened) {
    random?.aesKey.fill(0);
    random?.seed.fill(0);
  }
  return { findings, faults: [...ids].map(namedFault) };
}

function judgeOne({ blob, manifest }: Product, { kek, kid, target }: ProductExpectation) {
  const file = manifest?.expectation.manifest ?? { sha256: '', size: 0 };
  const { findings, diagnoses } = diagnoseBlob(blob, kek, { target, manifest: { ...file, kid } });
  // Without a manifest there is no word on the file.
  const about = (id: string) => manifest !== null || id !== 'blob/expect/file';
  const named = diagnoses.filter(({ check: id }) => about(id)).map(({ id }) => id);
  return { findings: findings.filter(({ id }) => about(id)), diagnoses: named };
}

/** The worst of each check over all blobs, in the order of the checks; what is not the same in all says in which it is. */
export function mergeFindings(lists: readonly (readonly Finding[])[]): SuiteFinding[] {
  const WORST = ['fail', 'warn', 'pass', 'not-checked'] as const;
  return CHECK_IDS.flatMap((id) => {
    const found = lists.map((list) => list.find((each) => each.id === id));
    for (const level of WORST) {
      const worst = found.find((each) => each?.level === level);
      if (worst === undefined) continue;
      const count = found.filter((each) => each?.level === level).length;
      const where = count === lists.length || level === 'pass' ? '' : ` (in ${count} of ${lists.length} blobs)`;
      return [{ ...worst, actual: `${worst.actual}${where}` }];
    }
    return [];
  });
}

type Opened = NonNullable<ReturnType<typeof randomnessOf>>;

function openedOf(blob: Uint8Array, kek: TestKek): Opened | null {
  return randomnessOf(blob, kek);
}

function fresh(
  id: 'producer/fresh-aes-key' | 'producer/fresh-oaep-seed',
  opened: readonly (Opened | null)[],
  part: (opened: Opened) => Uint8Array,
): SuiteFinding {
  const digests = opened.flatMap((each) =>
    each === null ? [] : [createHash('sha256').update(part(each)).digest('hex')],
  );
  if (digests.length < 2) {
    return finding(id, 'not-checked', `${digests.length} of ${opened.length} blobs opened, and two are needed`);
  }
  const different = new Set(digests).size;
  return check(id, different === digests.length, `${different} different in ${digests.length} blobs`);
}

/** Which keys a text spells, without a byte of them. */
export function leaksOf(said: string, secrets: readonly Uint8Array[], aesKey: Uint8Array | null): string[] {
  const target = secrets.some((secret) => spells(said, secret)) ? ['the target key'] : [];
  return aesKey !== null && aesKey.length >= 16 && spells(said, aesKey) ? [...target, 'the AES key'] : target;
}

function namedFault(id: DiagnosisId): NamedFault {
  const { title, cause, mend } = DIAGNOSES[id];
  return { id, title, cause, mend };
}
