import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  MAX_BLOB_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_PUBLIC_KEY_BYTES,
  type PublicJwk,
  parseJson,
  printable,
  readPublicKey,
} from '@keyferry/blob';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import type { ImportSources } from './import-plan.js';

/** Bytes; a request to the service may have no more in all. */
const MAX_POLICY_BYTES = 32 * 1024;

/** The files of one import. */
export interface ImportFiles {
  readonly blob: string;
  /** Null with --without-manifest. */
  readonly manifest: string | null;
  readonly receipt: string;
  readonly journal: string;
}

export interface FileOptions {
  readonly file: string;
  readonly manifest: string | undefined;
  readonly withoutManifest: boolean;
  readonly receipt: string | undefined;
}

/** NAME.byok has NAME.manifest.json and NAME.receipt.json beside it; the journal lies beside the receipt. @throws USAGE. */
export function importFiles({ file, manifest, withoutManifest, receipt }: FileOptions): ImportFiles {
  const fileName = basename(file);
  if (printable(fileName) !== fileName || fileName.includes('\\') || fileName.length > 255) {
    throw new KeyferryError('USAGE', {
      reason: `expected a file name of printable characters without a backslash, found ${JSON.stringify(fileName)}`,
    });
  }
  const name = join(dirname(file), basename(file, '.byok'));
  const receiptFile = receipt ?? `${name}.receipt.json`;
  return {
    blob: file,
    manifest: withoutManifest ? null : (manifest ?? `${name}.manifest.json`),
    receipt: receiptFile,
    journal: `${receiptFile.replace(/(\.receipt)?\.json$/, '')}.import.journal.jsonl`,
  };
}

/** Reads what came over the gap: hostile until it is checked. @throws FILE_*, and what readPublicKey throws. */
export async function readSources(
  files: Pick<ImportFiles, 'blob' | 'manifest'>,
  publicKeyFile: string | undefined,
): Promise<ImportSources> {
  const blob = await readBoundedFile(files.blob, { maxBytes: MAX_BLOB_BYTES });
  const manifest = files.manifest === null ? null : await readManifestFile(files.manifest);
  const publicKey = publicKeyFile === undefined ? null : await readPublicKeyFile(publicKeyFile);
  return { file: basename(files.blob), blob, manifest, publicKey, signedBy: [] };
}

export async function readPublicKeyFile(file: string): Promise<PublicJwk> {
  return readPublicKey(await readBoundedFile(file, { maxBytes: MAX_PUBLIC_KEY_BYTES }));
}

/** The release policy in a file: a JSON object, which goes to the service byte for byte. @throws FILE_*, JSON_*, USAGE. */
export async function readReleasePolicy(file: string): Promise<Buffer> {
  const bytes = await readBoundedFile(file, { maxBytes: MAX_POLICY_BYTES });
  const policy = parseJson(bytes);
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw new KeyferryError('USAGE', {
      reason: `--release-policy: expected a JSON object, found something else: ${file}`,
    });
  }
  return bytes;
}

function readManifestFile(file: string): Promise<Buffer> {
  if (!existsSync(file)) {
    throw new KeyferryError('FILE_NOT_FOUND', {
      reason: `expected the manifest of the blob, found nothing: ${file}`,
      hint: 'bring it along, or name it by --manifest; without one: --without-manifest --kty RSA, --kty oct, or --kty EC --crv CURVE',
    });
  }
  return readBoundedFile(file, { maxBytes: MAX_MANIFEST_BYTES });
}
