import { createHash } from 'node:crypto';
import {
  candidateTargets,
  checkManifest,
  MAX_BLOB_BYTES,
  MAX_MANIFEST_BYTES,
  readByok,
  readManifest,
} from '@keyferry/blob';
import { readBoundedFile } from '@keyferry/files';
import { defineCommand, type Outcome } from '@keyferry/terminal';
import { z } from 'zod';

const resultSchema = z.strictObject({
  file: z.string(),
  sha256: z.string(),
  size: z.int(),
  kid: z.string(),
  generator: z.string(),
  ciphertextBytes: z.int(),
  /** What the length allows: the bytes cannot be told apart without the KEK's private part. */
  candidates: z.array(
    z.strictObject({ kekBits: z.int(), type: z.enum(['RSA', 'EC', 'oct']), bits: z.int(), crv: z.string().nullable() }),
  ),
  manifest: z.enum(['matches', 'not given']),
  findings: z.array(z.strictObject({ id: z.string(), level: z.enum(['error', 'warning', 'info']), text: z.string() })),
});
type Result = z.output<typeof resultSchema>;

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what a blob says, and what its lengths allow',
  details:
    'Nothing is decrypted: what the blob carries can be judged by the vault that holds the KEK, and by nobody else.',
  positionals: { file: { type: 'string', demandOption: true, describe: 'the blob: NAME.byok' } },
  options: { manifest: { type: 'string', describe: 'compare with this manifest' } },
  examples: [
    ['keyferry-wrap inspect payroll.byok --manifest payroll.manifest.json', 'before the stick leaves the room'],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args): Promise<Outcome<Result>> {
    const bytes = await readBoundedFile(args.file, { maxBytes: MAX_BLOB_BYTES });
    const blob = readByok(bytes);
    if (args.manifest !== undefined) {
      checkManifest(readManifest(await readBoundedFile(args.manifest, { maxBytes: MAX_MANIFEST_BYTES })), bytes, blob);
    }
    return {
      result: {
        file: args.file,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        size: bytes.length,
        kid: blob.kid.text,
        generator: blob.generator,
        ciphertextBytes: blob.ciphertext.length,
        candidates: candidateTargets(blob.ciphertext.length).map(({ kekBits, type, bits, crv }) => ({
          kekBits,
          type,
          bits,
          crv,
        })),
        manifest: args.manifest === undefined ? 'not given' : 'matches',
        findings: blob.findings.map(({ id, level, text }) => ({ id, level, text })),
      },
    };
  },
});

function describeResult(result: Result): string {
  const candidates = result.candidates.map(
    ({ kekBits, type, bits, crv }) =>
      `  ${`KEK ${kekBits}: ${kekBits / 8}`.padEnd(14)} + ${result.ciphertextBytes - kekBits / 8} bytes  ${crv ?? `${type === 'oct' ? 'AES' : type} ${bits}`}`,
  );
  return [
    `blob        ${result.file} (${result.size} bytes, SHA-256 ${result.sha256})`,
    `kid         ${result.kid}`,
    `generator   ${result.generator}`,
    `ciphertext  ${result.ciphertextBytes} bytes; wrapped AES key + wrapped target key can be`,
    ...(candidates.length > 0
      ? candidates
      : ['  nothing that is known: no target under a KEK of 2048, 3072 or 4096 bits has this length']),
    `manifest    ${result.manifest}`,
    ...result.findings.map((finding) => `${finding.level}: ${finding.text}`),
  ].join('\n');
}
