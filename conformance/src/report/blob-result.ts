import { z } from 'zod';
import type { DiagnosedJudgement } from '../diagnosis/diagnose.js';
import { DIAGNOSES, DIAGNOSIS_IDS } from '../diagnosis/diagnoses.js';
import { CHECK_IDS } from '../oracle/index.js';

export const ENGINES = ['node-forge', 'node'] as const;

/** What `blob --json` prints, and what every report is written from. */
export const blobResultSchema = z.strictObject({
  /** Whose RSA did the private operation. */
  engine: z.enum(ENGINES),
  kek: z.strictObject({ bits: z.int(), thumbprint: z.string() }),
  blobs: z.array(
    z.strictObject({
      file: z.string(),
      size: z.int(),
      /** No finding is a fail. */
      right: z.boolean(),
      /** What the blob carries; null where it could not be told. */
      target: z
        .strictObject({
          type: z.enum(['RSA', 'EC', 'oct']),
          bits: z.int(),
          crv: z.enum(['P-256', 'P-384', 'P-521', 'secp256k1']).nullable(),
          thumbprint: z.string().nullable(),
          kcv: z.string().nullable(),
        })
        .nullable(),
      findings: z.array(
        z.strictObject({
          id: z.enum(CHECK_IDS),
          level: z.enum(['pass', 'fail', 'warn', 'not-checked']),
          clause: z.string(),
          expected: z.string(),
          actual: z.string(),
        }),
      ),
      /** The faults behind the checks that failed or warned. */
      diagnoses: z.array(
        z.strictObject({
          id: z.enum(DIAGNOSIS_IDS),
          check: z.enum(CHECK_IDS),
          title: z.string(),
          cause: z.string(),
          mend: z.string(),
        }),
      ),
    }),
  ),
});

export type BlobResult = z.output<typeof blobResultSchema>;
export type JudgedBlob = BlobResult['blobs'][number];

/** One judged file, with the texts of its diagnoses. */
export function judgedBlob(file: string, size: number, judgement: DiagnosedJudgement): JudgedBlob {
  const { right, target, findings, diagnoses } = judgement;
  return {
    file,
    size,
    right,
    target,
    findings: [...findings],
    diagnoses: diagnoses.map(({ id, check }) => {
      const { title, cause, mend } = DIAGNOSES[id];
      return { id, check, title, cause, mend };
    }),
  };
}
