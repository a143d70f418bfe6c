import { hex32 } from './hsm-error.js';

/** Mechanism numbers (PKCS#11 3.1, CKM_*). A vendor's own numbers may be used beside them. */
export const CKM = {
  RSA_PKCS_KEY_PAIR_GEN: 0x0,
  RSA_PKCS: 0x1,
  RSA_X_509: 0x3,
  RSA_PKCS_OAEP: 0x9,
  RSA_PKCS_PSS: 0xd,
  SHA1_RSA_PKCS: 0x6,
  SHA256_RSA_PKCS: 0x40,
  SHA384_RSA_PKCS: 0x41,
  SHA512_RSA_PKCS: 0x42,
  SHA256_RSA_PKCS_PSS: 0x43,
  SHA384_RSA_PKCS_PSS: 0x44,
  SHA512_RSA_PKCS_PSS: 0x45,
  SHA_1: 0x220,
  SHA256: 0x250,
  SHA384: 0x260,
  SHA512: 0x270,
  GENERIC_SECRET_KEY_GEN: 0x350,
  EC_KEY_PAIR_GEN: 0x1040,
  ECDSA: 0x1041,
  ECDH1_DERIVE: 0x1050,
  RSA_AES_KEY_WRAP: 0x1054,
  AES_KEY_GEN: 0x1080,
  AES_ECB: 0x1081,
  AES_CBC: 0x1082,
  AES_CBC_PAD: 0x1085,
  AES_CTR: 0x1086,
  AES_GCM: 0x1087,
  AES_KEY_WRAP: 0x2109,
  AES_KEY_WRAP_PAD: 0x210a,
  AES_KEY_WRAP_KWP: 0x210b,
  AES_KEY_WRAP_PKCS7: 0x210c,
} as const;

/** Mask generation functions (CKG_*) of OAEP and PSS. */
export const CKG = { MGF1_SHA1: 0x1, MGF1_SHA256: 0x2, MGF1_SHA384: 0x3, MGF1_SHA512: 0x4 } as const;

/** RSA-OAEP. `hash` is a CKM number, `mgf` a CKG number. Without `label` the empty one. */
export interface OaepParameter {
  readonly kind: 'oaep';
  readonly hash: number;
  readonly mgf: number;
  readonly label?: Buffer;
}

export interface PssParameter {
  readonly kind: 'pss';
  readonly hash: number;
  readonly mgf: number;
  readonly saltBytes: number;
}

export interface GcmParameter {
  readonly kind: 'gcm';
  readonly iv: Buffer;
  readonly aad: Buffer;
  readonly tagBits: number;
}

/** ECDH without key derivation function; `publicData` is the other side's point. */
export interface EcdhParameter {
  readonly kind: 'ecdh';
  readonly publicData: Buffer;
}

/**
 * CK_RSA_AES_KEY_WRAP_PARAMS: an AES key of so many bits is made, wraps the key by RFC 5649, and is wrapped by OAEP, in
 * one call. For `wrapKey` and `unwrapKey` only.
 */
export interface RsaAesKeyWrapParameter {
  readonly kind: 'rsa-aes-key-wrap';
  readonly aesBits: number;
  readonly hash: number;
  readonly mgf: number;
}

/** A mechanism number with its parameter; a Buffer is passed as it is (an initialisation vector). */
export interface Mechanism {
  readonly type: number;
  readonly parameter?: Buffer | OaepParameter | PssParameter | GcmParameter | EcdhParameter | RsaAesKeyWrapParameter;
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CKM).map(([name, number]) => [number, name]));

/** A mechanism in an error or a report: `CKM_AES_KEY_WRAP_KWP (0x0000210b)`, or `0x8000216f` when CKM lacks it. */
export function mechanismName(type: number): string {
  const name = NAMES.get(type);
  return name === undefined ? hex32(type) : `CKM_${name} (${hex32(type)})`;
}
