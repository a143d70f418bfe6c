import { KeyferryError } from '@keyferry/errors';
import { CKG, CKM, type Mechanism, mechanismName, type Token } from '@keyferry/pkcs11';
import type { Target } from '../target/target.js';

export const EPHEMERAL_AES_BITS = 256;

/** How the two halves of the blob are made. */
export type Wrapping = Composite | SingleCall;

/** Two calls, which PKCS #11 allows in place of the one. */
export interface Composite {
  readonly mechanism: 'composite';
  /** Wraps the target key under the AES key: RFC 5649, as far as the token keeps its word. */
  readonly inner: Mechanism;
  /** Wraps the AES key under the KEK: RSA-OAEP with SHA-1, MGF1 with SHA-1, no label (RFC 8017 section 7.1). */
  readonly outer: Mechanism;
}

/** CKM_RSA_AES_KEY_WRAP: the token makes the AES key and does both (PKCS #11 v3.1 section 6.1.18). */
export interface SingleCall {
  readonly mechanism: 'rsa-aes-key-wrap';
  readonly outer: Mechanism;
}

const OAEP_SHA1 = { hash: CKM.SHA_1, mgf: CKG.MGF1_SHA1 } as const;
const OUTER: Mechanism = { type: CKM.RSA_PKCS_OAEP, parameter: { kind: 'oaep', ...OAEP_SHA1 } };

export const SINGLE_CALL: SingleCall = {
  mechanism: 'rsa-aes-key-wrap',
  outer: {
    type: CKM.RSA_AES_KEY_WRAP,
    parameter: { kind: 'rsa-aes-key-wrap', aesBits: EPHEMERAL_AES_BITS, ...OAEP_SHA1 },
  },
};

export function composite(inner: number): Composite {
  return { mechanism: 'composite', inner: { type: inner }, outer: OUTER };
}

/** CKM_AES_KEY_WRAP_KWP is RFC 5649 by its definition; CKM_AES_KEY_WRAP_PAD is so in some tokens only. */
const INNER_BY_PREFERENCE = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD];

/** What the operator decides about the mechanism. */
export interface MechanismChoice {
  /** Only this way; undefined: the best that the token has. */
  readonly mechanism?: Wrapping['mechanism'] | undefined;
  /** The number of a vendor's mechanism for RFC 5649, in place of the standard ones. It means the composite. */
  readonly kwpMechanism?: number | undefined;
}

export const mechanismOptions = {
  mechanism: {
    type: 'string',
    choices: ['rsa-aes-key-wrap', 'composite'],
    describe: 'wrap in this way only; default: the best that the token has',
  },
  'kwp-mechanism': {
    type: 'string',
    coerce: mechanismNumber,
    describe: "number of the vendor's mechanism for RFC 5649, such as 0x8000216F",
  },
} as const;

/** Errors: USAGE. */
function mechanismNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 0xffff_ffff) return number;
  throw new KeyferryError('USAGE', { reason: `expected a mechanism number such as 0x8000216F, found ${text}` });
}

/**
 * The ways in which this token could wrap such a key, the best first: CKM_RSA_AES_KEY_WRAP for asymmetric keys (the
 * standard words it for these alone), then the composite with 0x210B, then with 0x210A.
 * Errors: USAGE, MECHANISM_MISSING.
 */
export function ladder(token: Token, type: Target['type'], choice: MechanismChoice = {}): readonly Wrapping[] {
  const { mechanism, kwpMechanism } = choice;
  if (mechanism === 'rsa-aes-key-wrap' && kwpMechanism !== undefined) {
    throw new KeyferryError('USAGE', {
      reason: '--kwp-mechanism names a part of the composite, and --mechanism rsa-aes-key-wrap forbids that',
    });
  }
  const offered = token.mechanisms();
  if (mechanism === 'rsa-aes-key-wrap') {
    if (!offered.has(CKM.RSA_AES_KEY_WRAP)) throw missing(token, mechanismName(CKM.RSA_AES_KEY_WRAP));
    return [SINGLE_CALL];
  }
  const single =
    mechanism === undefined && kwpMechanism === undefined && type !== 'oct' && offered.has(CKM.RSA_AES_KEY_WRAP)
      ? [SINGLE_CALL]
      : [];
  const inner = kwpMechanism === undefined ? INNER_BY_PREFERENCE.filter((known) => offered.has(known)) : [kwpMechanism];
  const lacks =
    [CKM.AES_KEY_GEN, CKM.RSA_PKCS_OAEP].filter((needed) => !offered.has(needed)).map(mechanismName)[0] ??
    (inner.length === 0 ? INNER_BY_PREFERENCE.map(mechanismName).join(' or ') : undefined);
  if (lacks === undefined) return [...single, ...inner.map(composite)];
  if (single.length === 0) throw missing(token, lacks);
  return single;
}

function missing(token: Token, what: string): KeyferryError {
  return new KeyferryError('MECHANISM_MISSING', {
    reason: `token "${token.label}" does not offer ${what}`,
    hint: 'ask the vendor of the HSM for its mechanism of RFC 5649, and name it by --kwp-mechanism',
  });
}

/** For people: `CKM_RSA_AES_KEY_WRAP (0x00001054)`, or the mechanism that wraps the target in the composite. */
export function wrappingName(wrapping: Wrapping): string {
  return mechanismName(wrapping.mechanism === 'composite' ? wrapping.inner.type : wrapping.outer.type);
}
