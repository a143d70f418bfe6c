import type { Policies } from '../policies.js';
import { fromBase64url, fromPaddableBase64url } from './base64url.js';
import { badParameter, type InnerCode } from './refusal.js';

/** A key transfer blob as its envelope describes it; nothing has been opened. */
export interface TransferBlob {
  /** As written in the header. */
  readonly kid: string;
  readonly ciphertext: Buffer;
}

const MEMBERS = ['schema_version', 'header', 'ciphertext', 'generator'];
const HEADER_MEMBERS = ['kid', 'alg', 'enc'];

/** The member key_hsm of an import: base64url of the whole blob file. */
export function decodeKeyHsm(keyHsm: string, policies: Policies): Buffer {
  const bytes = policies.has('padded-base64url') ? fromPaddableBase64url(keyHsm) : fromBase64url(keyHsm);
  if (bytes === null) throw refused('KeyHsmEncoding', 'Property "key_hsm" is not base64url without padding.');
  return bytes;
}

/**
 * Reads the envelope of a key transfer blob (Microsoft's BYOK specification, "Key Transfer Blob").
 * This reader is the vault's own: it shares nothing with the one that the tools use.
 */
export function readTransferBlob(bytes: Uint8Array, policies: Policies): TransferBlob {
  const blob = readObject(bytes);
  const header = blob.header;
  if (!isObject(header)) throw refused('BlobMembers', 'The blob has no object "header".');
  checkMembers('blob', blob, MEMBERS, policies);
  checkMembers('header of the blob', header, HEADER_MEMBERS, policies);

  const versions = policies.has('schema-version-1.0') ? ['1.0.0', '1.0'] : ['1.0.0'];
  if (!versions.includes(blob.schema_version as string)) {
    throw refused('BlobSchemaVersion', `schema_version must be "1.0.0"; found ${shown(blob.schema_version)}.`);
  }
  if (header.alg !== 'dir') throw refused('BlobAlg', `alg must be "dir"; found ${shown(header.alg)}.`);
  if (header.enc !== 'CKM_RSA_AES_KEY_WRAP') {
    throw refused('BlobEnc', `enc must be "CKM_RSA_AES_KEY_WRAP"; found ${shown(header.enc)}.`);
  }
  if (typeof header.kid !== 'string') throw refused('KidMalformed', 'kid must be a string.');
  if (typeof blob.generator !== 'string') throw refused('BlobMembers', 'generator must be a string.');
  if (typeof blob.ciphertext !== 'string') throw refused('BlobCiphertextEncoding', 'ciphertext must be a string.');
  const decode = policies.has('padded-base64url') ? fromPaddableBase64url : fromBase64url;
  const ciphertext = decode(blob.ciphertext);
  if (ciphertext === null) throw refused('BlobCiphertextEncoding', 'ciphertext is not base64url without padding.');
  return { kid: header.kid, ciphertext };
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw refused('BlobNotJson', 'The blob is not JSON in UTF-8 without a byte order mark.');
  }
  if (!isObject(value)) throw refused('BlobNotJson', 'The blob is not a JSON object.');
  if (writtenMembers(text) !== keptMembers(value)) {
    throw refused('BlobDuplicateMember', 'A member of the blob appears twice.');
  }
  return value;
}

/** The colons outside of strings: as many as members were written. */
function writtenMembers(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}

/** The members that JSON.parse kept: of two with one name it keeps the last. */
function keptMembers(json: unknown): number {
  const open = [json];
  let members = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const inner: unknown[] = Object.values(value);
    if (!Array.isArray(value)) members += inner.length;
    for (const item of inner) open.push(item);
  }
  return members;
}

function checkMembers(where: string, object: object, known: readonly string[], policies: Policies): void {
  const missing = known.filter((name) => !Object.hasOwn(object, name));
  if (missing.length > 0) throw refused('BlobMembers', `The ${where} lacks ${missing.join(', ')}.`);
  const extra = Object.keys(object).filter((name) => !known.includes(name));
  if (extra.length > 0 && !policies.has('extra-members')) {
    throw refused('BlobMembers', `The ${where} has unknown members: ${shown(extra.join(', '))}.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function refused(inner: InnerCode, message: string) {
  return badParameter(message, inner);
}
