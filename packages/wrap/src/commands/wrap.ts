import { basename, dirname, join } from 'node:path';
import {
  candidateTargets,
  type Kek,
  type Manifest,
  manifestSchema,
  notCheckedLines,
  parseThumbprint,
  printable,
  thumbprintLines,
  thumbprintOf,
  writeByok,
  writeManifest,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { checkOutputs, writeOutputs } from '@keyferry/files';
import { parsePkcs11Uri } from '@keyferry/pkcs11';
import { defineCommand, type Terminal } from '@keyferry/terminal';
import { z } from 'zod';
import { confirmKek } from '../kek/confirm.js';
import { kekOptions, readCheckedKek } from '../kek/read-kek.js';
import { keyCheckValue } from '../target/key-check-value.js';
import { findPublicKey } from '../target/public-key.js';
import { findTarget, readTarget, warningsOf } from '../target/target.js';
import { modeOf, PRACTICE_NOTICE } from '../token/mode.js';
import { moduleOptions, type OpenToken, withToken } from '../token/open-token.js';
import { pinOptions } from '../token/pin.js';
import { chooseWrapping } from '../wrapping/mechanisms.js';
import { describeTransfer, generatorOf } from '../wrapping/transfer-manifest.js';
import { wrapTarget } from '../wrapping/wrap-target.js';

const resultSchema = z.strictObject({
  blobFile: z.string(),
  manifestFile: z.string(),
  /** RFC 7638 thumbprint of the target's public key; null for AES keys, and where no public key could be had. */
  targetThumbprint: z.string().nullable(),
  warnings: z.array(z.string()),
  manifest: manifestSchema,
});
type Result = z.output<typeof resultSchema>;

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
    const kek = await readCheckedKek(args.kek, args.kid);
    await confirmKek(kek, args.confirmThumbprint, terminal);
    await checkOutputs([files.manifest, files.blob], { force: args.force });
    const made = await withToken(parsePkcs11Uri(args.key), args, terminal, (open) =>
      wrapInToken(open, kek, files.blob, terminal, signal),
    );
    signal.throwIfAborted();
    await writeOutputs(
      [
        { path: files.manifest, bytes: writeManifest(made.manifest) },
        { path: files.blob, bytes: made.blob },
      ],
      { force: args.force },
    );
    const { manifest, warnings } = made;
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

interface Wrapped {
  readonly blob: Buffer;
  readonly manifest: Manifest;
  readonly warnings: string[];
}

async function wrapInToken(
  open: OpenToken,
  kek: Kek,
  blobFile: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Wrapped> {
  const { session, token, uri } = open;
  const mode = modeOf(token);
  if (mode === 'practice') terminal.warn(PRACTICE_NOTICE);
  const found = findTarget(session, uri);
  const target = readTarget(session, found.object, found.class);
  const warnings = warningsOf(target);
  const wrapping = chooseWrapping(token);
  signal.throwIfAborted();
  const publicKey = await findPublicKey(session, target);
  const kcv = target.type === 'oct' ? await keyCheckValue(session, target.object) : null;
  signal.throwIfAborted();
  const ciphertext = await wrapTarget(session, kek.key, target, wrapping, signal);
  const bits = target.bits ?? (ciphertext.length - kek.bits / 8 - 8) * 8; // RFC 5649 adds 8 bytes to an AES key
  if (
    !candidateTargets(ciphertext.length).some(
      (c) => c.type === target.type && c.bits === bits && c.kekBits === kek.bits,
    )
  ) {
    warnings.push(
      `a wrapped ${target.type} key of ${bits} bits is not expected to have ${ciphertext.length - kek.bits / 8} bytes`,
    );
  }
  for (const warning of warnings) terminal.warn(warning);
  const blob = writeByok({ kid: kek.kid, ciphertext, generator: generatorOf(open, mode) });
  const manifest = await describeTransfer({
    open,
    kek,
    mode,
    target: { ...target, bits },
    publicKey,
    kcv,
    wrapping,
    blob,
    blobFile,
  });
  return { blob, manifest, warnings };
}

function describeResult({ blobFile, manifestFile, targetThumbprint, manifest }: Result): string {
  const { target, kek, blob, hsm, mode } = manifest;
  const kind =
    target.type === 'EC' ? `EC ${target.crv}` : `${target.type === 'oct' ? 'AES' : target.type} ${target.bits}`;
  const lines = [
    ...(mode === 'practice' ? ['PRACTICE KEY'] : []),
    `wrapped     ${kind} key "${target.label}" of ${hsm.manufacturer} ${hsm.model}, serial ${hsm.serial}`,
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
