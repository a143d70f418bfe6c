import { decodeBase64url } from './base64url.js';
import { viewOf } from './bytes.js';
import { isObject, looksLikeJson, parseJson } from './json.js';
import { jwkOfMembers, type PublicJwk } from './jwk.js';
import { recogniseKey, recogniseText, SPKI } from './recognise.js';
import { type Refuse, refuseIn, refuseWith } from './refuse.js';
import { shown } from './shown.js';
import { readSpki, type SpkiRefusals } from './spki.js';

/** No file with a public key is larger: bytes. */
export const MAX_PUBLIC_KEY_BYTES = 64 * 1024;

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
  if (bytes.length > MAX_PUBLIC_KEY_BYTES) {
    refusals.malformed(`expected at most ${MAX_PUBLIC_KEY_BYTES} bytes, found ${bytes.length}`);
  }
  if (!looksLikeJson(bytes)) return readPemOrDer(bytes, refusals);
  const value = parseJson(bytes);
  if (!isObject(value)) return refusals.malformed('expected a JWK, found another JSON value');
  refusePrivateMembers(value, refusals.isPrivate);
  return jwkOfMembers(value, refusals.malformed);
}

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4: a member that is null counts as absent, as in the output of `az`. */
export function refusePrivateMembers(members: Readonly<Record<string, unknown>>, refuse: Refuse): void {
  const found = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].filter((name) => (members[name] ?? null) !== null);
  if (found.length > 0) refuse(`expected public members only, found ${found.join(', ')}`);
}

/** Reads a SubjectPublicKeyInfo as PEM, with any text around it, or as DER. */
export function readPemOrDer(bytes: Uint8Array, refusals: PublicKeyRefusals): PublicJwk {
  const text = viewOf(bytes).toString('latin1');
  const der = text.includes('-----BEGIN ') ? publicPemBody(text, refusals) : publicDer(bytes, refusals);
  return readSpki(der, refusals);
}

function publicDer(der: Uint8Array, { malformed, isPrivate }: PublicKeyRefusals): Uint8Array {
  const key = recogniseKey(der);
  if (key?.isPrivate) isPrivate(`expected a public key, found ${key.name}`);
  if (key?.name === SPKI) return der;
  const found = key?.name ?? recogniseText(der) ?? (der.length === 0 ? 'nothing' : 'bytes of no known encoding');
  return malformed(`expected PEM, DER or JSON of a public key, found ${found}`);
}

/** How to make the right form of a public key out of another PEM block. */
const PEM_HINTS = new Map([
  ['RSA PUBLIC KEY', 'openssl rsa -RSAPublicKey_in -in FILE -pubout'],
  ['CERTIFICATE', 'openssl x509 -in FILE -noout -pubkey'],
]);

/** RFC 7468: exactly one block, and that a PUBLIC KEY. */
function publicPemBody(text: string, { malformed, isPrivate }: PublicKeyRefusals): Uint8Array {
  if (/-----BEGIN [^\r\n]{0,64}PRIVATE KEY/.test(text)) {
    isPrivate('expected a public key, found a private key in PEM');
  }
  const labels = Array.from(text.matchAll(/-----BEGIN ([^\r\n]{0,64}?)-----/g), ([, label = '']) => label);
  const [label = ''] = labels;
  if (labels.length !== 1) malformed(`expected one PEM block, found ${labels.length}`);
  if (label !== 'PUBLIC KEY') {
    malformed(`expected a PEM block PUBLIC KEY, found ${shown(label)}`, PEM_HINTS.get(label));
  }
  const body = /-----BEGIN PUBLIC KEY-----[ \t]*\r?\n([^-]*)-----END PUBLIC KEY-----/.exec(text)?.[1];
  if (body === undefined) return malformed('expected a line -----END PUBLIC KEY-----, found none: the PEM is cut off');
  const lenient = { standardAlphabet: true, padding: true };
  const der = decodeBase64url(body.replace(/[ \t\r\n]/g, ''), refuseIn('PEM', malformed), lenient);
  const key = recogniseKey(der);
  if (key?.isPrivate) isPrivate(`expected a public key, found ${key.name}`);
  return der;
}
