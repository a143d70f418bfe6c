import type { Curve } from './curves.js';
import { keyBits, type PublicJwk } from './jwk.js';
import { readPkcs8 } from './pkcs8.js';
import { recogniseKey, recogniseText } from './recognise.js';
import { type Refuse, refuseWith } from './refuse.js';
import { readEcPrivateKey } from './target-ec.js';
import { readRsaPrivateKey } from './target-rsa.js';

export type TargetType = 'RSA' | 'EC' | 'oct';

/** No key is longer: bytes. That of RSA-4096 has about 2400. */
const MAX_TARGET_BYTES = 8192;

/** What a target key turned out to be. Holds nothing secret. */
export interface TargetKey {
  readonly type: TargetType;
  /** Bits of the modulus, of the field, or of the AES key. */
  readonly bits: number;
  /** null for RSA and oct. */
  readonly crv: Curve | null;
  /** null for oct: nothing of a symmetric key is public. */
  readonly publicKey: PublicJwk | null;
  /** How many bytes follow the PKCS#8 DER. SoftHSM 2.6.1 pads it with zeros to a multiple of 8. */
  readonly trailingBytes: number;
  /** Whether all of these are zero; true when there are none. */
  readonly trailingZero: boolean;
}

/** How a reader of target keys says no. Each error tells its stage in `values.stage`. */
export interface TargetRefusals {
  /** TARGET_ENCODING, stage `encoding`: bytes that are not spelt as a key. */
  readonly encoding: Refuse;
  /** TARGET_ENCODING, stage `key-consistency`: numbers that do not belong together. */
  readonly inconsistent: Refuse;
  /** TARGET_UNSUPPORTED, stage `encoding`: another form of key than the service takes. */
  readonly otherForm: Refuse;
  /** TARGET_UNSUPPORTED, stage `policy`: a size, an exponent or a curve that the service does not take. */
  readonly unsupported: Refuse;
}

/**
 * Reads what was wrapped: PKCS#8 in DER for RSA and EC, bare bytes for oct. Every number is checked against the others,
 * as an HSM would when it takes the key in. Meant for keys made for practice and for throwaway keys: whoever calls this
 * holds the plaintext and must wipe it. RSA numbers become BigInts on the way, which cannot be wiped.
 *
 * TARGET_ENCODING; TARGET_UNSUPPORTED for a size, curve or form that the service does not take. `values.stage` of both is
 * `encoding`, `key-consistency` or `policy`.
 */
export function readTargetKey(plaintext: Uint8Array, type: TargetType): TargetKey {
  const refusals = {
    encoding: refuseWith('TARGET_ENCODING', { stage: 'encoding' }),
    inconsistent: refuseWith('TARGET_ENCODING', { stage: 'key-consistency' }),
    otherForm: refuseWith('TARGET_UNSUPPORTED', { stage: 'encoding' }),
    unsupported: refuseWith('TARGET_UNSUPPORTED', { stage: 'policy' }),
  };
  if (plaintext.length > MAX_TARGET_BYTES) {
    refusals.encoding(`expected at most ${MAX_TARGET_BYTES} bytes, found ${plaintext.length}`);
  }
  if (type === 'oct') return readOctKey(plaintext, refusals);
  const pkcs8 = readPkcs8(plaintext, refusals.encoding);
  const publicKey = type === 'RSA' ? readRsaPrivateKey(pkcs8, refusals) : readEcPrivateKey(pkcs8, refusals);
  return {
    type,
    bits: keyBits(publicKey),
    crv: publicKey.kty === 'EC' ? publicKey.crv : null,
    publicKey,
    trailingBytes: pkcs8.trailing.length,
    trailingZero: pkcs8.trailing.every((byte) => byte === 0),
  };
}

function readOctKey(plaintext: Uint8Array, { encoding, otherForm }: TargetRefusals): TargetKey {
  const text = recogniseText(plaintext);
  if (text !== null) encoding(`expected the bare bytes of an AES key, found ${text}`);
  if (![16, 24, 32].includes(plaintext.length)) {
    const found = recogniseKey(plaintext)?.name ?? `${plaintext.length} bytes`;
    otherForm(`expected the bare 16, 24 or 32 bytes of an AES key, found ${found}`);
  }
  return {
    type: 'oct',
    bits: plaintext.length * 8,
    crv: null,
    publicKey: null,
    trailingBytes: 0,
    trailingZero: true,
  };
}
