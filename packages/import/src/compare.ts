import {
  type Curve,
  type PublicJwk,
  samePublicKey,
  type TargetType,
  type Thumbprint,
  thumbprintOf,
} from '@keyferry/blob';
import { azureKty } from './azure-names.js';
import type { ServiceKey } from './service-key.js';

/** The key that should be in the vault, as far as anybody on this side knows it. */
export interface ExpectedKey {
  readonly type: TargetType;
  readonly crv: Curve | null;
  /** Bits of the modulus, the field or the AES key; null when nobody said. */
  readonly bits: number | null;
  readonly publicKey: PublicJwk | null;
  /** What the operator confirmed, when the public key itself is not known. */
  readonly thumbprint: Thumbprint | null;
  /** First 3 bytes of AES over 16 zero bytes, lower-case hex; null when not known. For oct only. */
  readonly kcv: string | null;
}

/** What a comparison found; `equal` is null when there is nothing to compare. */
export interface Comparison {
  readonly equal: boolean | null;
  /** Expected and found, in one line, where they differ. */
  readonly reason: string;
}

/** Compares what the service shows of a key with the expected one. Of an oct key it shows nothing but the type. */
export function compareKeys(expected: ExpectedKey, found: ServiceKey): Comparison {
  if (found.kty !== azureKty(expected.type)) {
    return { equal: false, reason: `expected a key of type ${azureKty(expected.type)}, found ${found.kty}` };
  }
  if (found.publicKey === null) {
    return { equal: null, reason: '' };
  }
  const { publicKey } = expected;
  if (publicKey !== null && samePublicKey(publicKey, found.publicKey)) {
    return { equal: true, reason: '' };
  }
  const thumbprint = thumbprintOf(found.publicKey);
  if (publicKey !== null) {
    return { equal: false, reason: `expected the key ${thumbprintOf(publicKey)}, found ${thumbprint}` };
  }
  if (expected.thumbprint !== null) {
    return expected.thumbprint === thumbprint
      ? { equal: true, reason: '' }
      : { equal: false, reason: `expected the key ${expected.thumbprint}, found ${thumbprint}` };
  }
  const { crv } = expected;
  const foundCrv = found.publicKey.kty === 'EC' ? found.publicKey.crv : null;
  return crv !== null && crv !== foundCrv
    ? { equal: false, reason: `expected a key on ${crv}, found ${foundCrv}` }
    : { equal: null, reason: '' };
}

/** Compares a key check value; both are 6 lower-case hex digits. */
export function compareKcv(expected: string, found: string): Comparison {
  return expected === found
    ? { equal: true, reason: '' }
    : { equal: false, reason: `expected the key check value ${expected}, found ${found}` };
}
