import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import type { Verdict } from '../../src/vectors/engine.js';
import { ENGINES } from '../../src/vectors/judge-test.js';
import { type KEK_SIZES, practicePem } from './keys.js';

/** One thing done to a file. */
export interface Change {
  readonly kind: 'flip' | 'cut' | 'append' | 'exchange' | 'exchange blocks';
  /** A bit for `flip`, a length for `cut`, a byte for `append`, else a place in bytes. */
  readonly at: number;
}

/** Every change of one kind or another that a file of so many bytes allows: about 11 for each byte. */
export function* everyChange(bytes: number): Generator<Change> {
  for (let at = 0; at < bytes * 8; at++) yield { kind: 'flip', at };
  for (let at = 0; at < bytes; at++) yield { kind: 'cut', at };
  for (let at = 0; at < 256; at++) yield { kind: 'append', at };
  for (let at = 0; at + 1 < bytes; at++) yield { kind: 'exchange', at };
  for (let at = 0; at + 16 <= bytes; at++) yield { kind: 'exchange blocks', at };
}

export function changed(bytes: Buffer, { kind, at }: Change): Buffer {
  const copy = Buffer.from(bytes);
  switch (kind) {
    case 'flip':
      copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
      return copy;
    case 'cut':
      return copy.subarray(0, at);
    case 'append':
      return Buffer.concat([copy, Buffer.of(at)]);
    case 'exchange':
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.from(copy.subarray(at, at + 2)).reverse(),
        copy.subarray(at + 2),
      ]);
    case 'exchange blocks':
      return Buffer.concat([
        copy.subarray(0, at),
        copy.subarray(at + 8, at + 16),
        copy.subarray(at, at + 8),
        copy.subarray(at + 16),
      ]);
  }
}

/** The verdicts of both engines on one file, and whether they are the same: taken alike, or refused at the same stage. */
export function bothOn(
  bits: (typeof KEK_SIZES)[number],
  blob: Buffer,
): { node: Verdict; oracle: Verdict; alike: boolean } {
  const kek = groupKek(bits);
  const node = ENGINES.node.openBlob(kek, blob);
  const oracle = ENGINES.oracle.openBlob(kek, blob);
  const sameFacts = !node.accepted || !oracle.accepted || JSON.stringify(node.facts) === JSON.stringify(oracle.facts);
  return { node, oracle, alike: stageOf(node) === stageOf(oracle) && sameFacts };
}

/** Where it is refused, or doubted; null if it is right. */
export function stageOf(verdict: Verdict) {
  return verdict.accepted ? verdict.doubt : verdict.stage;
}

const groupKeks = new Map<number, { privateKeyPem: string; privateKeyPkcs8: string }>();

function groupKek(bits: (typeof KEK_SIZES)[number]) {
  const name: PracticeKeyName = `kek-${bits}`;
  let kek = groupKeks.get(bits);
  if (kek === undefined) {
    const der = practiceKey(name).export({ type: 'pkcs8', format: 'der' });
    kek = { privateKeyPem: practicePem(name).toString(), privateKeyPkcs8: der.toString('hex') };
    groupKeks.set(bits, kek);
  }
  return kek;
}
