import type { Stage } from './format.js';

/** What an engine reads out of a test; members that are null or absent are not compared. */
export type Facts = Readonly<Record<string, string | null>>;

export type Verdict =
  /** `doubt` is the stage at which the engine warns. */
  | { readonly accepted: true; readonly facts: Facts; readonly doubt: Stage | null }
  | { readonly accepted: false; readonly stage: Stage };

/** The private key of a group, in both of its spellings; each engine takes the one that the other leaves. */
export interface GroupKek {
  readonly privateKeyPem: string;
  readonly privateKeyPkcs8: string;
}

/** One independent implementation of all families. No method throws for a test, whatever its bytes are. */
export interface Engine {
  /** kid, ct; `kekBits` says where the halves part. */
  readEnvelope(blob: Uint8Array, kekBits: number): Verdict;
  /** msg */
  unwrapAesKey(kek: GroupKek, ciphertext: Uint8Array): Verdict;
  /** msg */
  unwrapTarget(aesKey: Uint8Array, ciphertext: Uint8Array): Verdict;
  /** msg, thumbprint */
  openBlob(kek: GroupKek, blob: Uint8Array): Verdict;
  /** thumbprint */
  readTarget(encoding: Uint8Array, type: 'RSA' | 'EC' | 'oct'): Verdict;
}
