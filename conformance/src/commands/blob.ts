import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { readExpectation, readManifestBeside } from '../expectation-file.js';
import { countFindings, findingsTable } from '../findings-table.js';
import { CHECK_IDS, describeTarget, judgeBlob, MAX_BLOB_BYTES, MAX_PEM_BYTES, readTestKek } from '../oracle/index.js';

const resultSchema = z.strictObject({
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
    }),
  ),
});
type Result = z.output<typeof resultSchema>;

export const blobCommand = defineCommand({
  name: 'blob',
  summary: 'judge a blob with the private key of its test KEK',
  details:
    'A judge for test keys only: it opens the blob in software, with the private part of the KEK. A blob whose manifest ' +
    '(given, or beside the blob) says production is refused. Exit status 0: no check failed; 4: at least one did. ' +
    'No byte of a key is printed.',
  positionals: { file: { type: 'string', demandOption: true, describe: 'the blob: NAME.byok' } },
  options: {
    kek: { type: 'string', demandOption: true, describe: 'the private key of the test KEK, in PEM' },
    expect: { type: 'string', describe: 'what it should carry: a public key in PEM, or NAME.manifest.json' },
  },
  examples: [
    ['keyferry-conformance blob target.byok --kek test-kek.pem', 'is it a right blob?'],
    ['keyferry-conformance blob target.byok --kek test-kek.pem --expect target.pub.pem', 'and with this key in it?'],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal) {
    terminal.say(
      'A judge for test keys only: it opens the blob in software. Never use it with a key that protects anything.',
    );
    const expected = args.expect === undefined ? null : await readExpectation(args.expect);
    await readManifestBeside(args.file);
    const kek = readTestKek(await readBoundedFile(args.kek, { maxBytes: MAX_PEM_BYTES }));
    if (expected?.kekThumbprint != null && expected.kekThumbprint !== kek.thumbprint) {
      throw new KeyferryError('THUMBPRINT_MISMATCH', {
        reason: `the manifest names the KEK ${expected.kekThumbprint}, --kek is ${kek.thumbprint}`,
        hint: 'give the private PEM of the test KEK that the manifest names',
      });
    }
    const blob = await readBoundedFile(args.file, { maxBytes: MAX_BLOB_BYTES });
    const { right, target, findings } = judgeBlob(blob, kek, expected?.expectation);
    return {
      result: {
        kek: { bits: kek.bits, thumbprint: kek.thumbprint },
        blobs: [{ file: args.file, size: blob.length, right, target, findings: [...findings] }],
      },
      exit: right ? 'done' : 'verification',
    };
  },
});

function describeResult({ kek, blobs }: Result): string {
  return blobs
    .map(({ file, size, right, target, findings }) =>
      [
        `blob    ${file} (${size} bytes)`,
        `KEK     RSA ${kek.bits}  ${kek.thumbprint}`,
        `target  ${target ? `${describeTarget(target)}  ${target.thumbprint ?? `KCV ${target.kcv}`}` : 'could not be told'}`,
        '',
        findingsTable(findings),
        '',
        `${right ? 'right' : 'WRONG'}: ${countFindings(findings)}`,
      ].join('\n'),
    )
    .join('\n\n');
}
