import { BASE64 } from './table/base64.js';
import type { Diagnosis } from './table/diagnosis.js';
import { EC } from './table/ec.js';
import { FILE } from './table/file.js';
import { FORM } from './table/form.js';
import { HALVES } from './table/halves.js';
import { KID } from './table/kid.js';
import { KWP } from './table/kwp.js';
import { MEMBERS } from './table/members.js';
import { AES_SIZE, OAEP } from './table/oaep.js';
import { PKCS8 } from './table/pkcs8.js';
import { PURPOSE } from './table/purpose.js';
import { RSA } from './table/rsa.js';

const tables = {
  ...FILE,
  ...MEMBERS,
  ...BASE64,
  ...KID,
  ...HALVES,
  ...OAEP,
  ...AES_SIZE,
  ...KWP,
  ...FORM,
  ...PKCS8,
  ...RSA,
  ...EC,
  ...PURPOSE,
};

/** Every fault that the judge can name. The list is closed, and an id never changes. */
export type DiagnosisId = keyof typeof tables;

export const DIAGNOSES: Readonly<Record<DiagnosisId, Diagnosis>> = tables;

export const DIAGNOSIS_IDS = Object.keys(tables) as readonly DiagnosisId[];
