import type { Curve } from '@keyferry/blob';
import { type Attributes, CKM, EC_PARAMS, type Mechanism } from '@keyferry/pkcs11';

/** What can be generated: every kind of key that can cross. */
export type KeyKind =
  | { readonly type: 'RSA'; readonly bits: number; readonly crv: null }
  | { readonly type: 'EC'; readonly bits: number; readonly crv: Curve }
  | { readonly type: 'oct'; readonly bits: number; readonly crv: null };

export const KEY_KINDS = {
  'rsa-2048': { type: 'RSA', bits: 2048, crv: null },
  'rsa-3072': { type: 'RSA', bits: 3072, crv: null },
  'rsa-4096': { type: 'RSA', bits: 4096, crv: null },
  'ec-p256': { type: 'EC', bits: 256, crv: 'P-256' },
  'ec-p384': { type: 'EC', bits: 384, crv: 'P-384' },
  'ec-p521': { type: 'EC', bits: 521, crv: 'P-521' },
  'ec-secp256k1': { type: 'EC', bits: 256, crv: 'secp256k1' },
  'aes-128': { type: 'oct', bits: 128, crv: null },
  'aes-192': { type: 'oct', bits: 192, crv: null },
  'aes-256': { type: 'oct', bits: 256, crv: null },
} as const satisfies Readonly<Record<string, KeyKind>>;

export type KeyKindName = keyof typeof KEY_KINDS;

/** How the token makes such a key. */
export const GENERATION: Readonly<Record<KeyKind['type'], Mechanism>> = {
  RSA: { type: CKM.RSA_PKCS_KEY_PAIR_GEN },
  EC: { type: CKM.EC_KEY_PAIR_GEN },
  oct: { type: CKM.AES_KEY_GEN },
};

/** What the private or secret key may do; all else is forbidden by name, since some tokens allow what is not mentioned. */
export const USES: Readonly<Record<KeyKind['type'], Attributes>> = {
  RSA: { sign: true, decrypt: true, signRecover: false, unwrap: false, derive: false },
  EC: { sign: true, decrypt: false, signRecover: false, unwrap: false, derive: false },
  oct: { encrypt: true, decrypt: true, wrap: false, unwrap: false, sign: false, verify: false, derive: false },
};

export const PUBLIC_USES: Readonly<Record<'RSA' | 'EC', Attributes>> = {
  RSA: { verify: true, encrypt: true, verifyRecover: false, wrap: false, derive: false },
  EC: { verify: true, encrypt: false, verifyRecover: false, wrap: false, derive: false },
};

/** F4, the exponent that the service makes and takes. */
const EXPONENT = Buffer.of(1, 0, 1);

/** What the public template says of the pair. */
export function parametersOf(kind: Exclude<KeyKind, { type: 'oct' }>): Attributes {
  return kind.type === 'RSA' ? { modulusBits: kind.bits, publicExponent: EXPONENT } : { ecParams: EC_PARAMS[kind.crv] };
}
