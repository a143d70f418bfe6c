import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { MAX_MANIFEST_BYTES, type PracticeManifest, readPracticeManifest } from './manifest.js';
import { type Expectation, readPublicKey } from './oracle/index.js';

/** What the file of --expect says; `kekThumbprint` is null for a public key. */
export interface ExpectationFile {
  readonly kekThumbprint: string | null;
  readonly expectation: Expectation;
}

/** Reads a manifest or a public key in PEM, told apart by the first brace. Errors of both, and of reading a file. */
export async function readExpectation(path: string): Promise<ExpectationFile> {
  const bytes = await readBoundedFile(path, { maxBytes: MAX_MANIFEST_BYTES });
  if (/^\s*\{/.test(bytes.subarray(0, 64).toString('latin1'))) return readPracticeManifest(bytes);
  return { kekThumbprint: null, expectation: { target: readPublicKey(bytes), manifest: null } };
}

/** The manifest beside NAME.byok is NAME.manifest.json; null where there is none. */
export async function readManifestBeside(blobPath: string): Promise<PracticeManifest | null> {
  const path = `${blobPath.replace(/\.byok$/, '')}.manifest.json`;
  try {
    return readPracticeManifest(await readBoundedFile(path, { maxBytes: MAX_MANIFEST_BYTES }));
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'FILE_NOT_FOUND') return null;
    throw error;
  }
}
