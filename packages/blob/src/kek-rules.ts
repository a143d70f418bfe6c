import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { bitLength } from './bytes.js';
import type { Kek } from './kek.js';
import { shown } from './shown.js';

/** The sizes that a KEK may have: bits of the modulus. */
export const KEK_BITS = [2048, 3072, 4096] as const;

/**
 * Holds a KEK against the rules of the service: size, exponent 65537, key operations exactly import, enabled, valid now.
 * What the form does not carry is not judged here; Kek.notChecked lists it.
 *
 * KEK_SIZE, KEK_EXPONENT, KEK_OPS_NOT_IMPORT_ONLY, KEK_DISABLED, KEK_NOT_YET_VALID, KEK_EXPIRED.
 */
export function checkKek(kek: Kek, now: Date): void {
  const { bits, key, keyOps, attributes } = kek;
  if (!KEK_BITS.some((allowed) => allowed === bits)) throw broken('KEK_SIZE', '2048, 3072 or 4096 bits', `${bits}`);
  if (key.e !== 'AQAB') throw broken('KEK_EXPONENT', '65537', exponentInWords(key.e));
  if (keyOps !== null && !(keyOps.length === 1 && keyOps[0] === 'import')) {
    throw broken('KEK_OPS_NOT_IMPORT_ONLY', '["import"]', shown(keyOps));
  }
  if (attributes?.enabled === false) throw broken('KEK_DISABLED', 'enabled', 'disabled');
  const seconds = now.getTime() / 1000;
  if (attributes != null && attributes.nbf !== null && seconds < attributes.nbf) {
    throw broken(
      'KEK_NOT_YET_VALID',
      `a KEK valid at ${now.toISOString()}`,
      `one valid from ${timeOf(attributes.nbf)}`,
    );
  }
  if (attributes != null && attributes.exp !== null && seconds >= attributes.exp) {
    throw broken('KEK_EXPIRED', `a KEK valid at ${now.toISOString()}`, `one valid until ${timeOf(attributes.exp)}`);
  }
}

function broken(code: ErrorCode, expected: string, found: string): KeyferryError {
  return new KeyferryError(code, { reason: `expected ${expected}, found ${found}`, values: { expected, found } });
}

function exponentInWords(e: string): string {
  const bytes = Buffer.from(e, 'base64url');
  return bytes.length <= 6 ? `${bytes.readUIntBE(0, bytes.length)}` : `a number of ${bitLength(bytes)} bits`;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
