import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { parse } from 'yaml';
import { decodeUtf8 } from '../oracle/index.js';
import { type Features, featuresSchema } from './contract.js';

/** Reads the file of --features. Errors: FILE_*, FEATURES_INVALID. */
export async function readFeatures(path: string): Promise<Features> {
  const text = decodeUtf8(await readBoundedFile(path, { maxBytes: 64 * 1024 }))?.text;
  if (text === undefined) throw invalid(path, 'not UTF-8');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw invalid(path, error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not YAML');
  }
  const parsed = featuresSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

function invalid(path: string, reason: string): KeyferryError {
  return new KeyferryError('FEATURES_INVALID', { reason: `${path}: ${reason}` });
}
