import { KeyferryError } from '@keyferry/errors';
import type { ArgumentsOf } from '@keyferry/terminal';
import { readSources } from './import-files.js';
import type { ImportChoices, ImportSources } from './import-plan.js';
import { verifyManifestSignature } from './manifest-signature.js';
import { listOf } from './options.js';

/** The options that say which key a blob holds, and who vouches for it. */
export const TARGET_OPTIONS = {
  manifest: { type: 'string', describe: 'NAME.manifest.json beside the blob unless given' },
  'without-manifest': { type: 'boolean', default: false, describe: 'a blob of which nothing else is known' },
  kty: { choices: ['RSA', 'EC', 'oct'], describe: 'type of the key; what the manifest says unless given' },
  crv: { choices: ['P-256', 'P-384', 'P-521', 'secp256k1'], describe: 'curve of an EC key; likewise' },
  'confirm-target': { type: 'string', describe: 'thumbprint of the target key, from a second source' },
  'public-key': { type: 'string', describe: 'public key of the target (PEM, DER or JWK), from a second source' },
  'manifest-signature': { type: 'string', describe: 'signature of the manifest, made by ssh-keygen -Y sign' },
  'allowed-signers': { type: 'string', describe: 'who may sign, in the form of ssh-keygen; with --manifest-signature' },
  ops: {
    type: 'string',
    array: true,
    describe: 'what the key may do, such as sign,verify; all that its type can unless given',
  },
  practice: { type: 'boolean', default: false, describe: 'allow a practice key in a real vault' },
} as const;

type TargetArguments = ArgumentsOf<typeof TARGET_OPTIONS, Record<never, never>>;

/** @throws USAGE for options that exclude each other, or want each other. */
export function refuseTargetContradictions(args: TargetArguments): void {
  const { manifest, withoutManifest, confirmTarget, publicKey, manifestSignature, allowedSigners } = args;
  const reason =
    (manifest !== undefined && withoutManifest && '--manifest and --without-manifest exclude each other') ||
    (confirmTarget !== undefined &&
      publicKey !== undefined &&
      '--confirm-target and --public-key exclude each other') ||
    ((manifestSignature === undefined) !== (allowedSigners === undefined) &&
      '--manifest-signature and --allowed-signers need each other') ||
    (manifestSignature !== undefined && withoutManifest && '--manifest-signature needs a manifest');
  if (reason) {
    throw new KeyferryError('USAGE', { reason });
  }
}

/** Reads blob, manifest and what vouches for them. @throws FILE_*, SIGNATURE_INVALID, SSH_KEYGEN_MISSING, PUBLIC_KEY_*. */
export async function sourcesOf(
  files: { readonly blob: string; readonly manifest: string | null },
  args: TargetArguments,
): Promise<ImportSources> {
  const sources = await readSources(files, args.publicKey);
  const { manifestSignature, allowedSigners } = args;
  const signedBy =
    sources.manifest === null || manifestSignature === undefined || allowedSigners === undefined
      ? []
      : [await verifyManifestSignature(sources.manifest, { signature: manifestSignature, allowedSigners })];
  return { ...sources, signedBy };
}

export function targetChoices(args: TargetArguments): Pick<ImportChoices, 'type' | 'crv' | 'confirmTarget' | 'ops'> {
  return {
    type: args.kty ?? null,
    crv: args.crv ?? null,
    confirmTarget: args.confirmTarget ?? null,
    ops: listOf(args.ops),
  };
}
