import type { VaultKind } from '../hosts.js';
import { badParameter, notImplemented } from './refusal.js';

/** The service's names of the curves: P-256K is secp256k1. */
export const CURVES = ['P-256', 'P-384', 'P-521', 'P-256K'] as const;
export type Curve = (typeof CURVES)[number];

export const RSA_BITS = [2048, 3072, 4096] as const;
export const AES_BITS = [128, 192, 256] as const;

/** What a new key shall be. */
export type KeySpec =
  | { readonly type: 'RSA'; readonly bits: number }
  | { readonly type: 'EC'; readonly crv: Curve }
  | { readonly type: 'oct'; readonly bits: number };

export type KeyType = KeySpec['type'];

/** What an imported key is said to be; the size of an RSA key is not said. */
export type TargetSpec = { readonly type: 'RSA' } | Exclude<KeySpec, { readonly type: 'RSA' }>;

/** The public exponents that an imported RSA key may have: 65537 only, or any odd one from 3 to 64 bits. */
export type Exponents = 'usual' | 'odd';

const TYPES: Readonly<Record<string, { readonly type: KeyType; readonly hsm: boolean }>> = {
  RSA: { type: 'RSA', hsm: false },
  'RSA-HSM': { type: 'RSA', hsm: true },
  EC: { type: 'EC', hsm: false },
  'EC-HSM': { type: 'EC', hsm: true },
  oct: { type: 'oct', hsm: false },
  'oct-HSM': { type: 'oct', hsm: true },
};

export function readKty(kty: string): { readonly type: KeyType; readonly hsm: boolean } {
  const found = Object.hasOwn(TYPES, kty) ? TYPES[kty] : undefined;
  if (found === undefined)
    throw badParameter(`Property "kty" has the value ${JSON.stringify(kty)}, which is no key type.`);
  return found;
}

/** Which types a vault and a Managed HSM keep: symmetric keys in a Managed HSM only, and there nothing but HSM keys. */
export function checkTypeForHost(type: KeyType, hsm: boolean, kind: VaultKind): void {
  if (type === 'oct' && kind === 'vault') throw badParameter('Keys of type "oct-HSM" are kept by a Managed HSM only.');
  if (type === 'oct' && !hsm) throw badParameter('Symmetric keys have the type "oct-HSM".');
  if (kind === 'managed-hsm' && !hsm)
    throw badParameter(`A Managed HSM keeps keys of type "${type}-HSM", not "${type}".`);
}

export function readCurve(crv: string | undefined): Curve {
  const found = CURVES.find((curve) => curve === crv);
  if (found === undefined)
    throw badParameter(`Property "crv" must be one of ${CURVES.join(', ')}; found ${crv ?? 'none'}.`);
  return found;
}

/** What `create` shall generate; sizes are in bits. */
export function readNewKeySpec(type: KeyType, asked: NewKeySize): KeySpec {
  if (type === 'EC') return { type, crv: readCurve(asked.crv ?? 'P-256') };
  if (asked.publicExponent !== undefined && asked.publicExponent !== 65537) {
    throw notImplemented('keyferry-vault makes RSA keys with the public exponent 65537 only.');
  }
  const allowed: readonly number[] = type === 'RSA' ? RSA_BITS : AES_BITS;
  const bits = asked.keySize ?? (type === 'RSA' ? 2048 : 256);
  if (!allowed.includes(bits))
    throw badParameter(`Property "key_size" must be one of ${allowed.join(', ')}; found ${bits}.`);
  return { type, bits };
}

export interface NewKeySize {
  readonly keySize?: number | undefined;
  readonly crv?: string | undefined;
  readonly publicExponent?: number | undefined;
}
