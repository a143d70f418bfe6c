import { basename, dirname, join } from 'node:path';
import {
  manifestSchema,
  notCheckedLines,
  parseThumbprint,
  printable,
  thumbprintLines,
  thumbprintOf,
  writeManifest,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { checkOutputs, writeOutputs } from '@keyferry/files';
import { parsePkcs11Uri } from '@keyferry/pkcs11';
import { defineCommand } from '@keyferry/terminal';
import { moduleOptions, pinOptions, withToken } from '@keyferry/token';
import { z } from 'zod';
import { hearSignals } from '../hear-signals.js';
import { confirmKek } from '../kek/confirm.js';
import { kekOptions, readCheckedKek } from '../kek/read-kek.js';
import { refuseBoth } from '../mode.js';
import { PRACTICE_FILE_NOTICE, transferPracticeFile } from '../wrapping/practice-file.js';
import { destroyTrustedWrappingKey, startRun, wrappingOptions } from '../wrapping/run.js';
import { transferKey } from '../wrapping/transfer.js';

const resultSchema = z.strictObject({
  blobFile: z.string(),
  manifestFile: z.string(),
  /** RFC 7638 thumbprint of the target's public key; null for AES keys, and where no public key could be had. */
  targetThumbprint: z.string().nullable(),
  warnings: z.array(z.string()),
  manifest: manifestSchema,
});
type Result = z.output<typeof resultSchema>;
type Wrapping = Result['manifest']['wrapping'];

export const wrapCommand = defineCommand({
  name: 'wrap',
  summary: 'wrap a key inside the HSM under a key exchange key',
  details:
    'The HSM wraps the target key under a fresh AES-256 key, and that under the KEK. The target is never in plaintext ' +
    'outside the HSM. Beside NAME.byok, NAME.manifest.json tells the importing side what to expect.',
  options: {
    ...kekOptions,
    key: { type: 'string', demandOption: true, describe: 'target key as PKCS#11 URI (RFC 7512)' },
    ...moduleOptions,
    ...pinOptions,
    ...wrappingOptions,
    'confirm-thumbprint': { type: 'string', describe: 'thumbprint of the KEK, from a second source' },
    out: { type: 'string', demandOption: true, describe: 'the blob to write: NAME.byok' },
    force: { type: 'boolean', default: false, describe: 'replace the output files' },
  },
  examples: [
    [
      "keyferry-wrap wrap --kek kek.kek.json --key 'pkcs11:token=prod;object=payroll;type=private' --module /usr/lib/hsm.so --out payroll.byok",
      'asks for thumbprint and PIN',
    ],
  ],
  result: resultSchema,
  text: describeResult,
  async run(args, terminal, signal) {
    const files = outputFiles(args.out);
    refuseBoth(args);
    const fromFile = args.practice && !/^pkcs11:/i.test(args.key);
    const uri = fromFile ? null : parsePkcs11Uri(args.key);
    const kek = await readCheckedKek(args.kek, args.kid);
    await confirmKek(kek, args.confirmThumbprint, terminal);
    await checkOutputs([files.manifest, files.blob], { force: args.force });
    const warnings: string[] = [];
    const warn = (text: string) => {
      if (warnings.includes(text)) return;
      warnings.push(text);
      terminal.warn(text);
    };
    if (uri === null) warn(PRACTICE_FILE_NOTICE);
    const made =
      uri === null
        ? await transferPracticeFile(args.key, { kek, blobFile: files.blob })
        : await withToken(
            uri,
            args,
            terminal,
            async (open) => {
              const run = await startRun(open, args, warn, signal);
              const transferred = await transferKey(run, { kek, key: uri, blobFile: files.blob }, signal);
              destroyTrustedWrappingKey(run);
              return transferred;
            },
            { writable: args.trustedWrappingKey !== undefined },
          );
    for (const warning of made.warnings) warn(warning);
    await hearSignals(signal);
    await writeOutputs(
      [
        { path: files.manifest, bytes: writeManifest(made.manifest) },
        { path: files.blob, bytes: made.blob },
      ],
      { force: args.force },
    );
    const { manifest } = made;
    const targetThumbprint = manifest.target.publicKey === null ? null : thumbprintOf(manifest.target.publicKey);
    return { result: { blobFile: files.blob, manifestFile: files.manifest, targetThumbprint, warnings, manifest } };
  },
});

function outputFiles(out: string): { blob: string; manifest: string } {
  if (!out.endsWith('.byok') || basename(out) === '.byok') {
    throw new KeyferryError('USAGE', {
      reason: `expected --out NAME.byok, found ${out}: other tools refuse any other ending`,
      hint: `--out ${out.replace(/\.[^./]*$/, '') || 'NAME'}.byok`,
    });
  }
  if (printable(basename(out)) !== basename(out) || out.includes('\\')) {
    throw new KeyferryError('USAGE', { reason: 'expected a file name of printable characters without a backslash' });
  }
  return { blob: out, manifest: join(dirname(out), `${basename(out, '.byok')}.manifest.json`) };
}

function describeResult({ blobFile, manifestFile, targetThumbprint, manifest }: Result): string {
  const { target, kek, blob, hsm, mode } = manifest;
  const kind =
    target.type === 'EC' ? `EC ${target.crv}` : `${target.type === 'oct' ? 'AES' : target.type} ${target.bits}`;
  const lines = [
    ...(mode === 'practice' ? ['PRACTICE KEY'] : []),
    `wrapped     ${kind} key "${target.label}" ${hsm === null ? 'from a file' : `of ${hsm.manufacturer} ${hsm.model}, serial ${hsm.serial}`}`,
    `how         ${describeWrapping(manifest.wrapping)}`,
    `under       ${kek.kid}`,
    `            ${kek.thumbprint}`,
    ...thumbprintLines(parseThumbprint(kek.thumbprint)),
    `blob        ${blobFile} (${blob.size} bytes, SHA-256 ${blob.sha256})`,
    `manifest    ${manifestFile}`,
    ...(targetThumbprint === null
      ? []
      : [`target      ${targetThumbprint}`, ...thumbprintLines(parseThumbprint(targetThumbprint))]),
    ...(target.kcv === null ? [] : [`target KCV  ${target.kcv} (finds errors, not attackers)`]),
    ...notCheckedLines(manifest.notChecked),
  ];
  return lines.join('\n');
}

function describeWrapping({ mechanism, inner, outer, flavour, probed, rehearsed, ephemeral }: Wrapping): string {
  const calls = mechanism === 'composite' ? `mechanisms ${inner} and ${outer}` : `one call of mechanism ${outer}`;
  return [
    calls,
    flavour === 'unknown' ? 'flavour unknown' : flavour,
    probed ? 'tried with a throwaway key' : 'not tried before',
    ...(rehearsed ? ['rehearsed with the real key'] : []),
    ...(ephemeral ? [] : ['under an AES key that the security officer had made']),
  ].join(', ');
}
