import { decodeBase64url } from './base64url.js';
import { parseJson } from './json.js';
import { jwkOfMembers, type PublicJwk } from './jwk.js';
import { recogniseKey, recogniseText } from './recognise.js';
import { type Refuse, refuseIn, refuseWith } from './refuse.js';
import { printable } from './shown.js';
import { readSpki, type SpkiRefusals } from './spki.js';

/** How a reader of public keys says no. */
export interface PublicKeyRefusals extends SpkiRefusals {
  /** A private key was given; the file is not looked at any further. */
  readonly isPrivate: Refuse;
}

/**
 * Reads a public key from a file: PEM or DER of a SubjectPublicKeyInfo, or a JWK.
 * PUBLIC_KEY_INVALID, PUBLIC_KEY_IS_PRIVATE, KEY_UNSUPPORTED, JSON_*.
 */
export function readPublicKey(bytes: Uint8Array): PublicJwk {
  const refusals = {
    malformed: refuseWith('PUBLIC_KEY_INVALID'),
    unsupported: refuseWith('KEY_UNSUPPORTED'),
    isPrivate: refuseWith('PUBLIC_KEY_IS_PRIVATE'),
  };
  if (!looksLikeJson(bytes)) return readPemOrDer(bytes, refusals);
  const value = parseJson(bytes);
  if (!isObject(value)) return refusals.malformed('expected a JWK, found another JSON value');
  refusePrivateMembers(value, refusals.isPrivate);
  return jwkOfMembers(value, refusals.malformed);
}

/** Whether the bytes are to be read as JSON: also with a byte order mark, of which parseJson says what is wrong. */
export function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  if (first === 0xef || first === 0xff || first === 0xfe) return recogniseText(bytes) !== 'PEM text';
  return first === 0x7b || first === 0x5b;
}

/** A JSON object, as opposed to an array or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4: a member that is null counts as absent, as in the output of `az`. */
export function refusePrivateMembers(members: Readonly<Record<string, unknown>>, refuse: Refuse): void {
  const found = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].filter((name) => (members[name] ?? null) !== null);
  if (found.length > 0) refuse(`expected public members only, found ${found.join(', ')}`);
}

/** Reads a SubjectPublicKeyInfo as PEM, with any text around it, or as DER. */
export function readPemOrDer(bytes: Uint8Array, refusals: PublicKeyRefusals): PublicJwk {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return readSpki(text.includes('-----BEGIN ') ? publicPemBody(text, refusals) : publicDer(bytes, refusals), refusals);
}

function publicDer(der: Uint8Array, { malformed, isPrivate }: PublicKeyRefusals): Uint8Array {
  const found = recogniseKey(der);
  if (found?.isPrivate) isPrivate(`expected a public key, found ${found.name}`);
  if (found?.name.startsWith('a public key')) return der;
  return malformed(`expected PEM, DER or a JWK, found ${found?.name ?? (der.length === 0 ? 'nothing' : 'neither')}`);
}

/** RFC 7468: exactly one block, and that a PUBLIC KEY. */
function publicPemBody(text: string, { malformed, isPrivate }: PublicKeyRefusals): Uint8Array {
  const labels = Array.from(text.matchAll(/-----BEGIN ([^\r\n]{0,64}?)-----/g), ([, label = '']) => printable(label));
  if (/-----BEGIN [^\r\n]{0,64}PRIVATE KEY/.test(text))
    isPrivate('expected a public key, found a PEM block of a private key');
  if (labels.length !== 1)
    malformed(`expected one PEM block, found ${labels.length}: ${labels.slice(0, 5).join(', ')}`);
  if (labels[0] !== 'PUBLIC KEY') malformed(`expected a PEM block PUBLIC KEY, found ${labels[0]}`);
  const body = /-----BEGIN PUBLIC KEY-----[ \t]*\r?\n([^-]*)-----END PUBLIC KEY-----/.exec(text)?.[1];
  if (body === undefined) return malformed('expected a line -----END PUBLIC KEY-----, found none: the PEM is cut off');
  const lenient = { standardAlphabet: true, padding: true };
  const der = decodeBase64url(body.replace(/[ \t\r\n]/g, ''), refuseIn('PEM', malformed), lenient);
  const found = recogniseKey(der);
  if (found?.isPrivate) isPrivate(`expected a public key, found ${found.name}`);
  return der;
}
