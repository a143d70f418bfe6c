import { resolve } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { checkOutputs, readBoundedFile, writeOutputs } from '@keyferry/files';
import { defineCommand } from '@keyferry/terminal';
import { diagnoseBlob } from '../diagnosis/diagnose.js';
import { readExpectation, readManifestBeside } from '../expectation-file.js';
import { withNodeEngine } from '../node-engine.js';
import { MAX_BLOB_BYTES, MAX_PEM_BYTES, readTestKek } from '../oracle/index.js';
import { type BlobResult, blobResultSchema, ENGINES, judgedBlob } from '../report/blob-result.js';
import { htmlOf } from '../report/html.js';
import { junitOf } from '../report/junit.js';
import { textOf } from '../report/text.js';

export const blobCommand = defineCommand({
  name: 'blob',
  summary: 'judge blobs with the private key of their test KEK, and name what is wrong',
  details:
    'A judge for test keys only: it opens the blob in software, with the private part of the KEK. A blob whose manifest ' +
    '(given, or beside the blob) says production is refused. Where a check fails, the fault behind it is searched for and ' +
    'named, with its likely cause and how to mend it. Exit status 0: no check failed; 4: at least one did. No byte of a ' +
    'key is printed.',
  positionals: { file: { type: 'string', array: true, demandOption: true, describe: 'the blobs: NAME.byok' } },
  options: {
    kek: { type: 'string', demandOption: true, describe: 'the private key of the test KEK, in PEM' },
    expect: { type: 'string', describe: 'what each should carry: a public key in PEM, or NAME.manifest.json' },
    engine: {
      type: 'string',
      choices: ENGINES,
      default: 'node-forge',
      describe: 'whose RSA does the private operation: node is faster, node-forge shares nothing with most tools',
    },
    junit: { type: 'string', describe: 'write the findings to this file as JUnit XML too' },
    html: { type: 'string', describe: 'write them to this file as a page that needs nothing else too' },
    force: { type: 'boolean', default: false, describe: 'let the reports replace files' },
  },
  examples: [
    ['keyferry-conformance blob target.byok --kek test-kek.pem', 'is it a right blob?'],
    ['keyferry-conformance blob target.byok --kek test-kek.pem --expect target.pub.pem', 'and with this key in it?'],
    ['keyferry-conformance blob a.byok b.byok --kek test-kek.pem --junit report.xml', 'for a CI server'],
  ],
  result: blobResultSchema,
  text: textOf,
  async run(args, terminal, signal) {
    terminal.say(
      'A judge for test keys only: it opens the blob in software. Never use it with a key that protects anything.',
    );
    const reports = [args.junit, args.html].filter((path) => path !== undefined);
    refuseInputs(reports, [args.kek, args.expect, ...args.file]);
    await checkOutputs(reports, { force: args.force });
    const expected = args.expect === undefined ? null : await readExpectation(args.expect);
    for (const file of args.file) await readManifestBeside(file);
    const kek = await readKek(args.kek, args.engine);
    if (expected?.kekThumbprint != null && expected.kekThumbprint !== kek.thumbprint) {
      throw new KeyferryError('THUMBPRINT_MISMATCH', {
        reason: `the manifest names the KEK ${expected.kekThumbprint}, --kek is ${kek.thumbprint}`,
        hint: 'give the private PEM of the test KEK that the manifest names',
      });
    }

    const blobs: BlobResult['blobs'] = [];
    const progress = terminal.progress('judged', args.file.length);
    try {
      for (const file of args.file) {
        signal.throwIfAborted();
        const bytes = await readBoundedFile(file, { maxBytes: MAX_BLOB_BYTES });
        blobs.push(judgedBlob(file, bytes.length, diagnoseBlob(bytes, kek, expected?.expectation)));
        progress.step(blobs.length);
      }
    } finally {
      progress.end();
    }
    const result: BlobResult = { engine: args.engine, kek: { bits: kek.bits, thumbprint: kek.thumbprint }, blobs };
    await writeReports(result, args);
    return { result, exit: blobs.every(({ right }) => right) ? 'done' : 'verification' };
  },
});

/** With --force a report would take the place of what it tells about. USAGE. */
function refuseInputs(reports: readonly string[], inputs: readonly (string | undefined)[]): void {
  const given = inputs.filter((path) => path !== undefined).map((path) => resolve(path));
  const taken = reports.find((path, index) => given.includes(resolve(path)) || reports.indexOf(path) !== index);
  if (taken !== undefined) {
    throw new KeyferryError('USAGE', {
      reason: `a report would be written over another file of this run: ${taken}`,
      hint: 'give each report a name of its own',
    });
  }
}

async function readKek(path: string, engine: BlobResult['engine']) {
  const pem = await readBoundedFile(path, { maxBytes: MAX_PEM_BYTES });
  try {
    const kek = readTestKek(pem);
    return engine === 'node' ? withNodeEngine(kek, pem) : kek;
  } finally {
    pem.fill(0);
  }
}

async function writeReports(
  result: BlobResult,
  {
    junit,
    html,
    force,
  }: { readonly junit: string | undefined; readonly html: string | undefined; readonly force: boolean },
): Promise<void> {
  const files = [
    ...(junit === undefined ? [] : [{ path: junit, bytes: Buffer.from(junitOf(result)) }]),
    ...(html === undefined ? [] : [{ path: html, bytes: Buffer.from(htmlOf(result)) }]),
  ];
  if (files.length > 0) await writeOutputs(files, { force });
}
