import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { decodeUtf8, quote, readJson } from '../oracle/index.js';
import { MAX_VECTORS_BYTES, type Vectors, vectorsSchema } from './format.js';

const published = fileURLToPath(new URL('../../../fixtures/vectors', import.meta.url));

/** The files of fixtures/vectors, by name. FILE_NOT_FOUND where this program stands without its repository. */
export async function publishedVectors(): Promise<string[]> {
  try {
    const names = (await readdir(published)).filter((name) => name.endsWith('.json')).sort();
    if (names.length > 0) return names.map((name) => join(published, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new KeyferryError('FILE_NOT_FOUND', {
    reason: `no vectors in ${published}`,
    hint: 'name the files: keyferry-conformance vectors verify FILE...',
  });
}

/** Reads one file of vectors. FILE_NOT_UTF8, JSON_INVALID, JSON_DUPLICATE_MEMBER, VECTORS_INVALID, errors of reading. */
export async function readVectors(path: string): Promise<Vectors> {
  const decoded = decodeUtf8(await readBoundedFile(path, { maxBytes: MAX_VECTORS_BYTES }));
  if (!decoded) throw new KeyferryError('FILE_NOT_UTF8', { reason: `${path} is not UTF-8` });
  const json = readJson(decoded.text);
  if ('fault' in json) throw new KeyferryError('JSON_INVALID', { reason: `${path}: ${quote(json.fault)}` });
  const [twice] = json.duplicates;
  if (twice !== undefined) throw new KeyferryError('JSON_DUPLICATE_MEMBER', { reason: `${quote(twice)} in ${path}` });
  const parsed = vectorsSchema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the whole';
  throw new KeyferryError('VECTORS_INVALID', {
    reason: `${path}: ${quote(where)}: ${issue?.message ?? 'not as expected'}`,
  });
}
