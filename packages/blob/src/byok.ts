import { decodeBase64url, encodeBase64url } from './base64url.js';
import { byokSchema } from './byok-schema.js';
import { candidateTargets, checkCiphertextLength } from './ciphertext.js';
import type { Finding } from './finding.js';
import { parseFormat } from './format-parts.js';
import { isObject, parseJson } from './json.js';
import { type Kid, parseKid } from './kid.js';
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
  /** Which tool and HSM made it, in their own words; safe to print. */
  readonly generator: string;
  /** Oddities that the service may or may not tolerate. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a blob. A blob is not authenticated: that it is well-formed says nothing about who made it.
 *
 * JSON_*, FILE_NOT_UTF8; BLOB_INVALID (members); BLOB_IS_RELEASE; BLOB_HEADER (alg, enc, no kid); KID_*;
 * BLOB_CIPHERTEXT (base64url, impossible length). Unknown members and padding are findings, not errors.
 */
export function readByok(bytes: Uint8Array): Byok {
  const value = readObject(bytes);
  checkVersion(value);
  const { header, ciphertext: text, generator } = parseFormat(byokSchema, value, refuseWith('BLOB_INVALID'));
  const kid = parseKid(header.kid);
  const refuse = refuseWith('BLOB_CIPHERTEXT');
  const ciphertext = decodeBase64url(text, refuse, { padding: true });
  checkCiphertextLength(ciphertext.length, refuse);
  return { kid, ciphertext, generator, findings: [...unknownMembers(value), ...oddCiphertext(text, ciphertext)] };
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

function readObject(bytes: Uint8Array): Record<string, unknown> {
  const invalid = refuseWith('BLOB_INVALID');
  if (bytes.length === 0) invalid('expected a JSON object, found an empty file');
  if (bytes.length > MAX_BLOB_BYTES) invalid(`expected at most ${MAX_BLOB_BYTES} bytes, found ${bytes.length}`);
  const value = parseJson(bytes);
  return isObject(value) ? value : invalid('expected a JSON object, found another JSON value');
}

/** What a file of another kind or version says about itself goes before the members that it lacks. */
function checkVersion({ schema, schema_version, header }: Readonly<Record<string, unknown>>): void {
  if (schema_version === '1.0') refuseWith('BLOB_IS_RELEASE')('expected schema_version "1.0.0", found "1.0"');
  if (schema_version !== '1.0.0') {
    const found = schema_version ?? schema;
    const name = schema_version === undefined && schema !== undefined ? 'schema' : 'schema_version';
    refuseWith('BLOB_INVALID')(
      `expected schema_version "1.0.0", found ${found === undefined ? 'none' : `${name} ${shown(found)}`}`,
    );
  }
  if (isObject(header)) parseFormat(byokSchema.shape.header, header, refuseWith('BLOB_HEADER'));
}

function unknownMembers(blob: Readonly<Record<string, unknown>>): Finding[] {
  const { shape } = byokSchema;
  const inBlob = Object.keys(blob).filter((name) => !Object.hasOwn(shape, name));
  const inHeader = Object.keys(blob.header ?? {}).filter((name) => !Object.hasOwn(shape.header.shape, name));
  return [...inBlob, ...inHeader.map((name) => `header.${name}`)].map((name) => ({
    id: 'unknown-member',
    level: 'warning',
    text: `The blob has a member that the specification does not know: ${shown(name)}.`,
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
