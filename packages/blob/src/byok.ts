import { decodeBase64url, encodeBase64url } from './base64url.js';
import { byokSchema } from './byok-schema.js';
import { candidateTargets, checkCiphertextLength } from './ciphertext.js';
import type { Finding } from './finding.js';
import { schemaReason } from './format-parts.js';
import { parseJson } from './json.js';
import { type Kid, parseKid } from './kid.js';
import { isObject } from './public-key.js';
import { refuseWith } from './refuse.js';
import { shown } from './shown.js';

/** No blob is larger: bytes. The largest that a known key makes has about 4 KiB. */
export const MAX_BLOB_BYTES = 64 * 1024;

/** The key transfer blob: the file NAME.byok. */
export interface Byok {
  /** The KEK that it was made for. */
  readonly kid: Kid;
  /** The wrapped AES key, followed by the wrapped target key. */
  readonly ciphertext: Buffer;
  /** Which tool and HSM made it, in their own words. */
  readonly generator: string;
  /** Oddities that the service may or may not tolerate. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a blob. A blob is not authenticated: that it is well-formed says nothing about who made it.
 *
 * JSON_*, FILE_NOT_UTF8; BLOB_INVALID (members); BLOB_HEADER (alg, enc, kid missing); BLOB_IS_RELEASE; KID_*;
 * BLOB_CIPHERTEXT (base64url, impossible length). Unknown members and padding are findings, not errors.
 */
export function readByok(bytes: Uint8Array): Byok {
  const invalid = refuseWith('BLOB_INVALID');
  if (bytes.length === 0) invalid('expected a JSON object, found an empty file');
  if (bytes.length > MAX_BLOB_BYTES) invalid(`expected at most ${MAX_BLOB_BYTES} bytes, found ${bytes.length}`);
  const value = parseJson(bytes);
  if (!isObject(value)) return invalid('expected a JSON object, found another JSON value');
  if (value.schema_version === '1.0') refuseWith('BLOB_IS_RELEASE')('expected schema_version "1.0.0", found "1.0"');
  const result = byokSchema.safeParse(value);
  if (!result.success) {
    const place = result.error.issues[0]?.path[0];
    return refuseWith(place === 'header' ? 'BLOB_HEADER' : 'BLOB_INVALID')(schemaReason(result.error));
  }
  const { header, ciphertext: text, generator } = result.data;
  const kid = parseKid(header.kid);
  const refuse = refuseWith('BLOB_CIPHERTEXT');
  const ciphertext = decodeBase64url(text, refuse, { padding: true });
  checkCiphertextLength(ciphertext.length, refuse);
  const findings = [
    ...unknownMembers(value, byokSchema.shape, ''),
    ...unknownMembers(header, byokSchema.shape.header.shape, 'header.'),
    ...oddCiphertext(text, ciphertext),
  ];
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

function unknownMembers(found: object, known: object, place: string): Finding[] {
  return Object.keys(found)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => ({
      id: 'unknown-member',
      level: 'warning',
      text: `The blob has a member that the specification does not know: ${shown(place + name)}.`,
    }));
}

function oddCiphertext(text: string, ciphertext: Buffer): Finding[] {
  const findings: Finding[] = [];
  if (text.endsWith('=')) {
    findings.push({
      id: 'ciphertext-padding',
      level: 'warning',
      text: 'The ciphertext is base64url with padding; the specification wants none.',
    });
  }
  if (candidateTargets(ciphertext.length).length === 0) {
    findings.push({
      id: 'ciphertext-length',
      level: 'warning',
      text: `The ciphertext has ${ciphertext.length} bytes, which fits no key that the service takes.`,
    });
  }
  return findings;
}
