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

/**
 * Why an import of `key_hsm` failed. These codes are the emulator's own: the service publishes none.
 * They are in the order in which an import meets them.
 */
export type InnerCode =
  | 'KeyHsmEncoding'
  | 'BlobNotJson'
  | 'BlobDuplicateMember'
  | 'BlobMembers'
  | 'BlobSchemaVersion'
  | 'BlobAlg'
  | 'BlobEnc'
  | 'BlobCiphertextEncoding'
  | 'KidMalformed'
  | 'KidUnversioned'
  | 'KidOtherVault'
  | 'KidUnknown'
  | 'KekNotForImport'
  | 'KekDisabled'
  | 'KekNotYetValid'
  | 'KekExpired'
  | 'CiphertextLength'
  | 'OaepFailed'
  | 'AesKeySize'
  | 'KwpFailed'
  | 'TargetEncoding'
  | 'TargetSize'
  | 'TargetCurve'
  | 'TargetInconsistent';

/** The service's shape of an error. */
export function errorReply(details: RefusalDetails, headers?: Readonly<Record<string, string>>): Reply {
  const { status, code, message, inner } = details;
  const body = { error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } };
  return { status, body, ...(headers && { headers }) };
}
