import type { DiagnosisId } from '../diagnosis/diagnoses.js';
import { BASE64_FAULTS } from './fault/base64.js';
import { EC_FAULTS } from './fault/ec.js';
import type { Fault } from './fault/fault.js';
import { FILE_FAULTS } from './fault/file.js';
import { FORM_FAULTS } from './fault/form.js';
import { HALVES_FAULTS } from './fault/halves.js';
import { KID_FAULTS } from './fault/kid.js';
import { KWP_FAULTS } from './fault/kwp.js';
import { MEMBER_FAULTS } from './fault/members.js';
import { AES_SIZE_FAULTS, OAEP_FAULTS } from './fault/oaep.js';
import { PKCS8_FAULTS } from './fault/pkcs8.js';
import { RSA_FAULTS } from './fault/rsa.js';
import { type Material, makeWrongBlob } from './wrong-blob.js';

/** The diagnoses that a blob alone can show: all but those that compare it with an expectation. */
export type FaultId = Exclude<DiagnosisId, `expect/${string}`>;

export const FAULTS: Readonly<Record<FaultId, Fault>> = {
  ...FILE_FAULTS,
  ...MEMBER_FAULTS,
  ...BASE64_FAULTS,
  ...KID_FAULTS,
  ...HALVES_FAULTS,
  ...OAEP_FAULTS,
  ...AES_SIZE_FAULTS,
  ...KWP_FAULTS,
  ...FORM_FAULTS,
  ...PKCS8_FAULTS,
  ...RSA_FAULTS,
  ...EC_FAULTS,
  'purpose/aes-for-key-vault': ({ target, kid }) => ({
    target: target('aes-256'),
    object: (blob) => ({
      ...blob,
      header: { ...blob.header, kid: kid.replace(/\/\/[^/]*/, '//bank.vault.azure.net') },
    }),
  }),
};

export const FAULT_IDS = Object.keys(FAULTS) as readonly FaultId[];

/** A blob of a practice key that is wrong in exactly the way of that id. */
export function makeFault(id: FaultId, material: Material): Buffer {
  return makeWrongBlob(material, FAULTS[id](material));
}
