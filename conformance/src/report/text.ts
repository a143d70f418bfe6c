import { describeTarget } from '../oracle/index.js';
import type { BlobResult, JudgedBlob } from './blob-result.js';
import { countFindings, findingsTable } from './findings-table.js';

/** What `blob` prints without --json. */
export function textOf({ engine, kek, blobs }: BlobResult): string {
  const wrong = blobs.filter(({ right }) => !right).length;
  const total = blobs.length === 1 ? [] : [`${blobs.length} blobs: ${blobs.length - wrong} right, ${wrong} wrong`];
  return [...blobs.map((blob) => textOfBlob(blob, kek, engine)), ...total].join('\n\n');
}

function textOfBlob(blob: JudgedBlob, kek: BlobResult['kek'], engine: BlobResult['engine']): string {
  const { file, size, right, target, findings, diagnoses } = blob;
  return [
    `blob    ${file} (${size} bytes)`,
    `KEK     RSA ${kek.bits}  ${kek.thumbprint}  (engine: ${engine})`,
    `target  ${target ? `${describeTarget(target)}  ${target.thumbprint ?? `KCV ${target.kcv}`}` : 'could not be told'}`,
    '',
    findingsTable(findings),
    '',
    ...diagnoses.flatMap(({ id, title, cause, mend }) => [
      `diagnosis    ${id}: ${title}`,
      `             likely cause: ${cause}`,
      `             mend: ${mend}`,
      '',
    ]),
    `${right ? 'right' : 'WRONG'}: ${countFindings(findings)}`,
  ].join('\n');
}
