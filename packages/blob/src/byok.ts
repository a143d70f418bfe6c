import { encodeBase64url } from './base64url.js';
import { examineByok } from './byok-anatomy.js';
import type { Finding } from './finding.js';
import type { Kid } from './kid.js';
import { refuseWith } from './refuse.js';

/** The key transfer blob: the file NAME.byok. */
export interface Byok {
  /** The KEK that it was made for. */
  readonly kid: Kid;
  /** The wrapped AES key, followed by the wrapped target key. */
  readonly ciphertext: Buffer;
  /** Which tool and HSM made it, in their own words; safe to print. */
  readonly generator: string;
  /** Oddities that the service may or may not tolerate. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a blob that shall be imported. A blob is not authenticated: that it is well-formed says nothing about who made it.
 *
 * JSON_*, FILE_NOT_UTF8; BLOB_IS_RELEASE; BLOB_HEADER (alg, enc, no kid); BLOB_INVALID (members); KID_*; BLOB_CIPHERTEXT
 * (base64url, impossible length). Of several faults the first in this order. Unknown members and padding are findings, not
 * errors.
 */
export function readByok(bytes: Uint8Array): Byok {
  const { anatomy, refusal } = examineByok(bytes);
  if (refusal !== null) throw refusal;
  const { kid, ciphertext, generator, findings } = anatomy;
  if (kid === null || ciphertext === null || generator === null) {
    return refuseWith('BLOB_INVALID')('expected kid, ciphertext and generator');
  }
  return { kid, ciphertext, generator, findings };
}

/**
 * Writes a blob in one exact form: UTF-8 without a byte order mark, no white space between tokens and none at the end,
 * members in the order schema_version, header (kid, alg, enc), ciphertext, generator; ciphertext in base64url without
 * padding. It is read again before it is handed out: what readByok would refuse is never written.
 */
export function writeByok(content: { kid: Kid; ciphertext: Uint8Array; generator: string }): Buffer {
  const blob = {
    schema_version: '1.0.0',
    header: { kid: content.kid.text, alg: 'dir', enc: 'CKM_RSA_AES_KEY_WRAP' },
    ciphertext: encodeBase64url(content.ciphertext),
    generator: content.generator,
  };
  const bytes = Buffer.from(JSON.stringify(blob));
  readByok(bytes);
  return bytes;
}
