import type { OnStep } from '../log/import-steps.js';
import type { RsaPadding, SignatureAlgorithm } from '../rules/algorithms.js';
import type { Exponents, KeySpec, TargetSpec } from '../rules/key-types.js';
import type { PlainKey } from '../rules/plain-key.js';
import type { KeyMaterial, KeyRecord } from './record.js';

/** A key that stands in the token, not yet named by any record. */
export interface MadeKey {
  /** CKA_ID in hex. */
  readonly objectId: string;
  readonly material: KeyMaterial;
}

/** The ciphertext of a key transfer blob, cut at the length of the KEK's modulus. */
export interface Transfer {
  readonly wrappedAesKey: Buffer;
  readonly wrappedTarget: Buffer;
  /** Bytes that the AES key may have: 32, with a lenient policy also 16 and 24. */
  readonly aesKeyBytes: readonly number[];
  readonly exponents: Exponents;
}

/** What a made key is labelled with, and what it may do. */
export interface KeyUse {
  readonly label: string;
  readonly keyOps: readonly string[];
}

export interface AesText {
  readonly value: Buffer;
  readonly iv?: Buffer | undefined;
  readonly aad?: Buffer | undefined;
  readonly tag?: Buffer | undefined;
}

/** What the token says of how a key is kept (PKCS#11 3.1 section 4.9). */
export interface Protection {
  readonly sensitive: boolean;
  readonly alwaysSensitive: boolean;
  readonly extractable: boolean;
  readonly neverExtractable: boolean;
  /** It was generated in the token. */
  readonly local: boolean;
}

export type AesMode = 'gcm' | 'cbc' | 'cbc-pad';

/**
 * What the handlers ask of the HSM. No private or secret key crosses it.
 * Refusals that lie in what the client sent are thrown as Refusal, failures of the HSM as KeyferryError.
 */
export interface Engine {
  generate(spec: KeySpec, use: KeyUse): Promise<MadeKey>;
  /** Opens a transfer inside the token and judges what it carries; a failure leaves nothing behind. */
  unwrapTransfer(kek: KeyRecord, transfer: Transfer, spec: TargetSpec, use: KeyUse, onStep?: OnStep): Promise<MadeKey>;
  /** Takes a plaintext key in and lets it prove that its parts belong together; a failure leaves nothing behind. */
  importPlain(key: PlainKey, exponents: Exponents, use: KeyUse): Promise<MadeKey>;
  /** A copy of a key with other operations, under a new id. */
  remake(key: KeyRecord, use: KeyUse): Promise<string>;
  destroy(objectId: string): Promise<void>;
  protection(key: KeyRecord): Promise<Protection>;

  /** ECDSA signatures are r || s (RFC 7518 section 3.4). */
  sign(key: KeyRecord, algorithm: SignatureAlgorithm, digest: Buffer): Promise<Buffer>;
  verify(key: KeyRecord, algorithm: SignatureAlgorithm, digest: Buffer, signature: Buffer): Promise<boolean>;
  rsaDecrypt(key: KeyRecord, padding: RsaPadding, ciphertext: Buffer): Promise<Buffer>;
  /** GCM: `tag` is set in the answer, and `iv` must have been given. */
  aesEncrypt(key: KeyRecord, mode: AesMode, text: AesText): Promise<AesText>;
  aesDecrypt(key: KeyRecord, mode: AesMode, text: AesText): Promise<Buffer>;
  /** RFC 3394. */
  aesWrap(key: KeyRecord, value: Buffer): Promise<Buffer>;
  aesUnwrap(key: KeyRecord, wrapped: Buffer): Promise<Buffer>;
  random(bytes: number): Buffer;
}
