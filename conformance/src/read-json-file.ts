import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import type { z } from 'zod';
import { decodeUtf8, quote, readJson } from './oracle/index.js';

/**
 * Reads a file of at most `maxBytes` bytes that has a schema. FILE_NOT_UTF8, JSON_INVALID, JSON_DUPLICATE_MEMBER, `invalid` for
 * one that does not have it, and the errors of reading a file.
 */
export async function readJsonFile<S extends z.ZodType>(
  path: string,
  { schema, maxBytes, invalid }: { readonly schema: S; readonly maxBytes: number; readonly invalid: ErrorCode },
): Promise<z.output<S>> {
  const decoded = decodeUtf8(await readBoundedFile(path, { maxBytes }));
  if (!decoded) throw new KeyferryError('FILE_NOT_UTF8', { reason: `${path} is not UTF-8` });
  const json = readJson(decoded.text);
  if ('fault' in json) throw new KeyferryError('JSON_INVALID', { reason: `${path}: ${quote(json.fault)}` });
  const [twice] = json.duplicates;
  if (twice !== undefined) throw new KeyferryError('JSON_DUPLICATE_MEMBER', { reason: `${quote(twice)} in ${path}` });
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the whole';
  throw new KeyferryError(invalid, { reason: `${path}: ${quote(where)}: ${issue?.message ?? 'not as expected'}` });
}
