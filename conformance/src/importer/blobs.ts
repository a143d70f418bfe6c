import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Material, makeWrongBlob, seededRandom, type TargetName } from '../making/wrong-blob.js';
import { base64url, bytesOf, toBinary, unsigned } from '../oracle/bytes.js';
import type { RunKek } from './keks.js';
import type { TargetKeys } from './targets.js';

/** What a blob is made of: the KEK that it is wrapped under, and the kid that it names. */
export interface BlobPlan {
  readonly kek: RunKek;
  /** The one of `kek` unless said. */
  readonly kid?: string;
  readonly targets: TargetKeys;
  /** Decides the AES key and the seed of OAEP. */
  readonly seed: number;
}

/** A right blob of a target. */
export function rightBlob(plan: BlobPlan, target: TargetName): Promise<Buffer> {
  return withMaterial(plan, [target], (material) => makeWrongBlob(material, { target: material.target(target) }));
}

/** Lends the material of a blob, with the named targets in it; their bytes are wiped when `make` has ended. */
export async function withMaterial<T>(
  { kek, kid = kek.kid, targets, seed }: BlobPlan,
  names: readonly TargetName[],
  make: (material: Material) => T,
): Promise<T> {
  const plaintexts = new Map<TargetName, Buffer>();
  try {
    for (const name of names) plaintexts.set(name, await targets.plaintext(name));
    const bits = (kek.bytes * 8) as 2048 | 3072 | 4096;
    const { n = '' } = (await targets.key(`rsa-${bits}`)).export({ format: 'jwk' });
    return make({
      kek,
      otherKek: { n: unsigned(toBinary(Buffer.from(n, 'base64url'))), e: 65537n, bytes: kek.bytes },
      kid,
      target: (name) => plaintexts.get(name) ?? missing(name),
      random: seededRandom(String(seed)),
    });
  } finally {
    for (const bytes of plaintexts.values()) bytes.fill(0);
  }
}

/** The public key of a KEK, as node:crypto takes it. */
export function publicKeyOf({ n, e }: Pick<RunKek, 'n' | 'e'>): KeyObject {
  const jwk = { kty: 'RSA', n: base64url(bytesOf(n)), e: base64url(bytesOf(e)) };
  return createPublicKey({ format: 'jwk', key: jwk });
}

function missing(name: TargetName): never {
  throw new Error(`the target ${name} was not lent`);
}
