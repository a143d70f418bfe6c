import type { Mechanism } from '@keyferry/pkcs11';
import type { Hash } from '../rules/algorithms.js';

// The vault states its own numbers (PKCS#11 3.1): a slip in those that the tools use must not cancel itself here.

/** CKM_RSA_PKCS_OAEP with SHA-1, MGF1-SHA-1 and an empty label, as the BYOK specification has it. */
export const OAEP_SHA1: Mechanism = {
  type: 0x00000009,
  parameter: { kind: 'oaep', hash: 0x00000220, mgf: 0x00000001 },
};

/** CKM_AES_KEY_WRAP_PAD: RFC 5649 in SoftHSM2 (not in every HSM). */
export const AES_KWP: Mechanism = { type: 0x0000210a };
/** CKM_AES_KEY_WRAP: RFC 3394. */
export const AES_KW: Mechanism = { type: 0x00002109 };

export const AES_KEY_GEN: Mechanism = { type: 0x00001080 };
export const RSA_KEY_PAIR_GEN: Mechanism = { type: 0x00000000 };
export const EC_KEY_PAIR_GEN: Mechanism = { type: 0x00001040 };

/** CKM_RSA_PKCS: signs a DigestInfo, decrypts a block of type 2. */
export const RSA_PKCS1: Mechanism = { type: 0x00000001 };
/** CKM_RSA_X_509: the bare operation. */
export const RSA_RAW: Mechanism = { type: 0x00000003 };
/** CKM_ECDSA over a digest. */
export const ECDSA: Mechanism = { type: 0x00001041 };
export const AES_ECB: Mechanism = { type: 0x00001081 };

/** CKM_RSA_PKCS_PSS over a digest, with a salt as long as the digest (RFC 7518 section 3.5). */
export function pss(hash: Hash): Mechanism {
  const [number, mgf, saltBytes] = {
    sha256: [0x250, 2, 32],
    sha384: [0x260, 3, 48],
    sha512: [0x270, 4, 64],
  }[hash] as [number, number, number];
  return { type: 0x0000000d, parameter: { kind: 'pss', hash: number, mgf, saltBytes } };
}

/** CKM_ECDH1_DERIVE without key derivation: gives the x coordinate. */
export function ecdh(publicData: Buffer): Mechanism {
  return { type: 0x00001050, parameter: { kind: 'ecdh', publicData } };
}

export function aesCbc(iv: Buffer, options: { readonly pad: boolean }): Mechanism {
  return { type: options.pad ? 0x00001085 : 0x00001082, parameter: iv };
}

export function aesGcm(iv: Buffer, aad: Buffer): Mechanism {
  return { type: 0x00001087, parameter: { kind: 'gcm', iv, aad, tagBits: 128 } };
}
