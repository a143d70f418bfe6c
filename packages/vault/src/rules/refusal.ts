import type { Reply } from '../message.js';

export interface RefusalDetails {
  readonly status: number;
  /** As the service names it, for example BadParameter. */
  readonly code: string;
  readonly message: string;
  /** As the service names it, or `KeyferryVault.…` where the service publishes no code of its own. */
  readonly inner?: string;
}

/** What the vault answers to a request that it does not carry out. It never leaves this package. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly details: RefusalDetails;

  constructor(details: RefusalDetails) {
    super(details.message);
    this.details = details;
  }
}

/** 400: something in the request is wrong. */
export function badParameter(message: string, inner?: InnerCode): Refusal {
  return new Refusal({ status: 400, code: 'BadParameter', message, ...(inner && { inner: `KeyferryVault.${inner}` }) });
}

/** 501: the service has it and the emulator does not (yet). */
export function notImplemented(message: string): Refusal {
  return new Refusal({ status: 501, code: 'NotImplemented', message, inner: 'KeyferryVault.NotImplemented' });
}

/** 507: nothing was changed. The service has nothing of the kind: its storage is its own business. */
export function diskFull(): Refusal {
  const message = 'The disk under the data folder of keyferry-vault is full. Nothing was changed.';
  return new Refusal({ status: 507, code: 'InsufficientStorage', message, inner: 'KeyferryVault.DiskFull' });
}

/**
 * Why an import failed, in the order in which an import meets it. These codes are the emulator's own: the service
 * publishes none. The sentences say what to look at; docs/emulator.md has them too.
 */
export const IMPORT_FAULTS = {
  KeyHsmEncoding: 'key_hsm is not base64url without padding',
  BlobNotJson: 'the blob is no JSON object in UTF-8, or begins with a byte order mark',
  BlobDuplicateMember: 'a member of the blob appears twice',
  BlobMembers: 'a member of the blob or of its header is missing, unknown or of a wrong type',
  BlobSchemaVersion: 'schema_version is not 1.0.0',
  BlobAlg: 'alg is not dir',
  BlobEnc: 'enc is not CKM_RSA_AES_KEY_WRAP',
  BlobCiphertextEncoding: 'ciphertext is not base64url without padding',
  KidMalformed: 'kid is not the URL of a key',
  KidUnversioned: 'kid names a key without its version',
  KidOtherVault: 'kid names a key of another vault or Managed HSM',
  KidUnknown: 'kid names no key or version of this vault',
  KekNotForImport: 'the key that kid names has not "import" as its one key operation',
  KekDisabled: 'the KEK is disabled',
  KekNotYetValid: 'the KEK is not valid before its nbf',
  KekExpired: 'the KEK has expired',
  CiphertextLength:
    'the ciphertext cannot be a wrapped AES key, as long as the modulus of the KEK, and a wrapped target',
  OaepFailed: 'the first part does not open with RSA-OAEP, SHA-1, MGF1-SHA-1 and an empty label under this KEK',
  AesKeySize: 'the first part opens, and what is in it is no AES key of 256 bits',
  KwpFailed: 'the second part does not open with AES key wrap with padding (RFC 5649) under the AES key',
  TargetEncoding: 'what was wrapped is no PKCS#8 private key of the type that the request names',
  TargetSize: 'the target has a size that the service does not keep',
  TargetExponent: 'the public exponent of the target is not 65537',
  TargetCurve: 'the target is not on the named curve that the request names',
  TargetInconsistent: 'a signature by the target does not verify under its own public part',
} as const;

export type InnerCode = keyof typeof IMPORT_FAULTS;

const OWN_CODES = /^KeyferryVault\./;

/**
 * As little as a real service answers: every fault of an import in the same words, and no code of the emulator's own.
 * No public text of the service exists for a transfer that does not open.
 */
export function opaque(details: RefusalDetails): RefusalDetails {
  const { inner, ...rest } = details;
  if (inner === undefined || !OWN_CODES.test(inner)) return details;
  const isImportFault = Object.hasOwn(IMPORT_FAULTS, inner.replace(OWN_CODES, ''));
  if (isImportFault) return { ...rest, message: 'The key could not be imported.' };
  return rest.status === 500 ? { ...rest, message: 'An internal server error has occurred.' } : rest;
}

/** The service's shape of an error. */
export function errorReply(details: RefusalDetails, headers?: Readonly<Record<string, string>>): Reply {
  const { status, code, message, inner } = details;
  const body = { error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } };
  return { status, body, ...(headers && { headers }) };
}
