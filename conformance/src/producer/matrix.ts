import type { SuiteCase } from '../suite/suite-case.js';
import { KEK_SIZES, type KekSize, TARGET_NAMES, type TargetName } from './contract.js';

const SHOWN: Readonly<Record<TargetName, string>> = {
  'rsa-2048': 'RSA-2048',
  'rsa-3072': 'RSA-3072',
  'rsa-4096': 'RSA-4096',
  'ec-p256': 'EC P-256',
  'ec-p384': 'EC P-384',
  'ec-p521': 'EC P-521',
  'ec-secp256k1': 'EC secp256k1',
  'aes-128': 'AES-128',
  'aes-192': 'AES-192',
  'aes-256': 'AES-256',
};

/** One field of the matrix: several blobs of one kind of key under one size of KEK. */
export interface WrapCase extends SuiteCase {
  readonly kekBits: KekSize;
  readonly target: TargetName;
}

export const WRAP_CASES: readonly WrapCase[] = KEK_SIZES.flatMap((kekBits) =>
  TARGET_NAMES.map((target) => ({
    id: `producer/wrap/kek-${kekBits}/${target}`,
    title: `${SHOWN[target]} under a KEK of ${kekBits} bits: each blob is right, carries this key and repeats nothing`,
    level: 'must',
    clause: 'Azure BYOK specification, supported key types',
    why: 'What works for one size often fails for another: encodings, paddings and lengths differ. Azure gives no reason when it refuses a blob.',
    since: '0.1.0',
    cell: { kek: `RSA-${kekBits}`, target: SHOWN[target] },
    kekBits,
    target,
  })),
);
