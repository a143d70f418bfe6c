import { createHash } from 'node:crypto';
import {
  type ByokAnatomy,
  candidateTargets,
  checkManifest,
  type Finding,
  inspectByok,
  MAX_BLOB_BYTES,
  MAX_MANIFEST_BYTES,
  type Manifest,
  notCheckedSchema,
  readManifest,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { defineCommand, type Outcome } from '@keyferry/terminal';
import { z } from 'zod';
import { describeInspection } from '../inspection-screen.js';

/** From `offset` on, so many bytes of the ciphertext. */
const part = z.strictObject({ offset: z.int(), length: z.int() });

const resultSchema = z.strictObject({
  file: z.string(),
  sha256: z.string(),
  size: z.int(),
  /** By its schema_version: for import, from Secure Key Release, or neither. */
  kind: z.enum(['transfer', 'release', 'unknown']),
  /** `faulty`: no importer should take it. A release is right in itself, but not for import. */
  verdict: z.enum(['no-fault-found', 'not-for-import', 'faulty']),
  /** The generator or the manifest says so. */
  practice: z.boolean(),
  /** Names in the order of the file, those of the header as `header.kid`. */
  members: z.array(z.string()),
  /** What stands in the file; null where no text stands there, as with all that follows. */
  schemaVersion: z.string().nullable(),
  header: z.strictObject({ kid: z.string().nullable(), alg: z.string().nullable(), enc: z.string().nullable() }),
  generator: z.string().nullable(),
  /** The parts of the kid; null if it is no versioned identifier of a known vault. */
  kek: z
    .strictObject({
      vault: z.strictObject({ url: z.string(), kind: z.enum(['vault', 'managed-hsm']) }),
      name: z.string(),
      version: z.string(),
    })
    .nullable(),
  ciphertextBytes: z.int().nullable(),
  /** What the length allows: the bytes cannot be told apart without the KEK's private part. */
  candidates: z.array(
    z.strictObject({
      kekBits: z.int(),
      wrappedAesKey: part,
      wrappedTargetKey: part,
      type: z.enum(['RSA', 'EC', 'oct']),
      bits: z.int(),
      crv: z.string().nullable(),
    }),
  ),
  manifest: z.enum(['matches', 'differs', 'not given']),
  /** Errors first; each has the code with which an import refuses the blob. */
  findings: z.array(
    z.strictObject({
      id: z.string(),
      level: z.enum(['error', 'warning', 'info']),
      code: z.string().nullable(),
      text: z.string(),
    }),
  ),
  notChecked: notCheckedSchema,
});
export type Inspection = z.output<typeof resultSchema>;

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'take a blob apart: its members, what its lengths allow, and all that is wrong with it',
  details:
    'Nothing is decrypted: what the blob carries can be judged by the vault that holds the KEK, and by nobody else. ' +
    'A blob with a fault for which no importer should take it ends with exit status 4, and so does one that is not what ' +
    'the manifest says. A blob of Secure Key Release is shown, too; that it cannot be imported is no fault of it.',
  positionals: { file: { type: 'string', demandOption: true, describe: 'the blob: NAME.byok' } },
  options: { manifest: { type: 'string', describe: 'compare with this manifest' } },
  examples: [
    ['keyferry-wrap inspect payroll.byok --manifest payroll.manifest.json', 'before the stick leaves the room'],
  ],
  result: resultSchema,
  text: describeInspection,
  async run({ file, manifest: path }): Promise<Outcome<Inspection>> {
    const bytes = await readBoundedFile(file, { maxBytes: MAX_BLOB_BYTES });
    const blob = inspectByok(bytes);
    const manifest =
      path === undefined ? null : readManifest(await readBoundedFile(path, { maxBytes: MAX_MANIFEST_BYTES }));
    const result = resultOf(file, bytes, blob, manifest);
    return { result, exit: result.verdict === 'faulty' ? 'verification' : 'done' };
  },
});

function resultOf(file: string, bytes: Buffer, blob: ByokAnatomy, manifest: Manifest | null): Inspection {
  const { kind, kid, ciphertext } = blob;
  const mismatch = manifest === null ? null : mismatchOf(manifest, bytes, blob);
  const findings = [...(mismatch === null ? [] : [mismatch]), ...blob.findings];
  const isFaulty = findings.some(({ level }) => level === 'error');
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    kind,
    verdict: isFaulty ? 'faulty' : kind === 'release' ? 'not-for-import' : 'no-fault-found',
    practice: manifest?.mode === 'practice' || /(?:^|; )PRACTICE$/.test(blob.generator ?? ''),
    members: [...blob.members],
    schemaVersion: blob.schemaVersion,
    header: { ...blob.header },
    generator: blob.generator,
    kek: kid && { vault: { url: kid.vault.url, kind: kid.vault.kind }, name: kid.name, version: kid.version },
    ciphertextBytes: ciphertext?.length ?? null,
    candidates: ciphertext === null ? [] : candidatesOf(ciphertext.length),
    manifest: manifest === null ? 'not given' : mismatch === null ? 'matches' : 'differs',
    findings: findings.map(({ id, level, code = null, text }) => ({ id, level, code, text })),
    notChecked: ['blob-contents', manifest === null ? 'manifest' : 'manifest-signature'],
  };
}

function candidatesOf(bytes: number): Inspection['candidates'] {
  return candidateTargets(bytes).map(({ kekBits, type, bits, crv }) => ({
    kekBits,
    wrappedAesKey: { offset: 0, length: kekBits / 8 },
    wrappedTargetKey: { offset: kekBits / 8, length: bytes - kekBits / 8 },
    type,
    bits,
    crv,
  }));
}

/** null if the blob is the one that the manifest describes. What the blob does not say, it says otherwise. */
function mismatchOf(manifest: Manifest, bytes: Buffer, { header, ciphertext }: ByokAnatomy): Finding | null {
  try {
    checkManifest(manifest, bytes, {
      kid: { text: header.kid ?? 'none' },
      ciphertext: ciphertext ?? Buffer.alloc(0),
    });
    return null;
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code !== 'MANIFEST_MISMATCH') throw error;
    return { id: 'manifest-mismatch', level: 'error', code: error.code, text: error.reason };
  }
}
