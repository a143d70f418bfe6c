import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { sha256OfFile } from '@keyferry/files';
import { readJsonFile } from '../read-json-file.js';
import { PUBLISHED_VECTORS } from '../tool.js';
import { MAX_VECTORS_BYTES, type Vectors, vectorsSchema } from './format.js';

/** The files of fixtures/vectors, by name. FILE_NOT_FOUND where this program stands without its repository. */
export async function publishedVectors(): Promise<string[]> {
  try {
    const names = (await readdir(PUBLISHED_VECTORS)).filter((name) => name.endsWith('.json')).sort();
    if (names.length > 0) return names.map((name) => join(PUBLISHED_VECTORS, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new KeyferryError('FILE_NOT_FOUND', {
    reason: `no vectors in ${PUBLISHED_VECTORS}`,
    hint: 'name the files: keyferry-conformance vectors verify FILE...',
  });
}

/** Reads one file of vectors. FILE_NOT_UTF8, JSON_INVALID, JSON_DUPLICATE_MEMBER, VECTORS_INVALID, errors of reading. */
export function readVectors(path: string): Promise<Vectors> {
  return readJsonFile(path, { schema: vectorsSchema, maxBytes: MAX_VECTORS_BYTES, invalid: 'VECTORS_INVALID' });
}

/**
 * The SHA-256 of what `sha256sum *.json` prints in fixtures/vectors: a line with digest, two spaces and name for each file, by
 * name. Null where this program stands without its repository.
 */
export async function vectorsDigest(): Promise<string | null> {
  let paths: string[];
  try {
    paths = await publishedVectors();
  } catch (error) {
    if (error instanceof KeyferryError && error.code === 'FILE_NOT_FOUND') return null;
    throw error;
  }
  const lines = await Promise.all(paths.map(async (path) => `${await sha256OfFile(path)}  ${basename(path)}\n`));
  return createHash('sha256').update(lines.join('')).digest('hex');
}
