import { KeyferryError } from '@keyferry/errors';
import { parseFormat } from './format-parts.js';
import { isObject, looksLikeJson, parseJson } from './json.js';
import { jwkOfMembers, type PublicJwk, type RsaPublicJwk, rsaBits } from './jwk.js';
import { type Kek, type KekAttributes, type KekForm, MAX_KEK_BYTES } from './kek.js';
import { azKeySchema, jwkKekSchema, kekFileSchema } from './kek-schema.js';
import { type Kid, parseKid } from './kid.js';
import type { NotChecked } from './not-checked.js';
import { readPemOrDer, refusePrivateMembers } from './public-key.js';
import { refuseWith } from './refuse.js';
import { shown } from './shown.js';
import { thumbprintOf } from './thumbprint.js';

/** What a form says, before kid and key are judged. */
interface Found {
  readonly form: KekForm;
  readonly kid: string | null;
  readonly key: RsaPublicJwk;
  readonly keyOps?: readonly string[] | null | undefined;
  readonly attributes?: KekAttributes | null;
  readonly attestation?: unknown;
  readonly fetchedAt?: string;
  readonly tool?: { readonly name: string; readonly version: string };
}

const unreadable = refuseWith('KEK_UNREADABLE');
const isPrivate = refuseWith('KEK_IS_PRIVATE');
const notRsa = refuseWith('KEK_NOT_RSA');

/**
 * Reads a KEK in any of its forms, told apart by content: NAME.kek.json, the output of `az keyvault key show` or an
 * answer of the REST API, a JWK, PEM or DER of a SubjectPublicKeyInfo. The kid comes from the form or from the options;
 * if both have one, they must be equal. The rules for a KEK are checkKek's.
 *
 * KEK_UNREADABLE, KEK_IS_PRIVATE, KEK_NOT_RSA, KEK_NOT_IN_HSM, KEK_KID_MISSING, KEK_KID_CONFLICT, KID_*, JSON_*,
 * FILE_NOT_UTF8, THUMBPRINT_MISMATCH (the file contradicts itself).
 */
export function readKek(bytes: Uint8Array, options: { kid?: string | undefined } = {}): Kek {
  if (bytes.length > MAX_KEK_BYTES) unreadable(`expected at most ${MAX_KEK_BYTES} bytes, found ${bytes.length}`);
  const found = looksLikeJson(bytes) ? readJsonForm(parseJson(bytes)) : readSpkiForm(bytes);
  const { form, key, keyOps = null, attributes = null, attestation = null, fetchedAt = null, tool = null } = found;
  return {
    form,
    kid: theOneKid(found.kid, options.kid),
    kidSource: found.kid === null ? 'given' : 'file',
    key,
    bits: rsaBits(key),
    thumbprint: thumbprintOf(key),
    keyOps,
    attributes,
    attestation,
    fetchedAt,
    tool,
    notChecked: notCheckedOf(keyOps, attributes),
  };
}

function readJsonForm(value: unknown): Found {
  if (!isObject(value)) return unreadable('expected a JSON object, found another JSON value');
  refusePrivateMembers(value, isPrivate);
  if (isObject(value.key)) refusePrivateMembers(value.key, isPrivate);
  if (value.schema !== undefined) return readKeyferryForm(value);
  if (isObject(value.key)) return readAzForm(value);
  if (value.kty !== undefined) return readJwkForm(value);
  return unreadable(`expected a KEK, found a JSON object with ${shown(Object.keys(value).slice(0, 5))}`);
}

function readKeyferryForm(value: Readonly<Record<string, unknown>>): Found {
  if (value.schema !== 'keyferry/kek/1') unreadable(`expected schema "keyferry/kek/1", found ${shown(value.schema)}`);
  const file = parseFormat(kekFileSchema, value, unreadable);
  const key = rsaKeyOf(file.key);
  const thumbprint = thumbprintOf(key);
  if (thumbprint !== file.thumbprint) {
    throw new KeyferryError('THUMBPRINT_MISMATCH', {
      reason: `expected ${thumbprint}, which is that of the key in the file; the file says ${file.thumbprint}`,
      values: { expected: thumbprint, found: file.thumbprint },
    });
  }
  const { vault } = parseKid(file.kid);
  if (vault.url !== file.vault.url || vault.kind !== file.vault.kind) {
    unreadable(
      `expected the vault of the kid, ${vault.url} (${vault.kind}), found ${file.vault.url} (${file.vault.kind})`,
    );
  }
  return { ...file, form: 'keyferry-kek', key };
}

function readAzForm(value: Readonly<Record<string, unknown>>): Found {
  const { key, attributes } = parseFormat(azKeySchema, value, unreadable);
  if (key.kty === 'RSA') {
    throw new KeyferryError('KEK_NOT_IN_HSM', { reason: 'expected kty RSA-HSM, found RSA, which is kept in software' });
  }
  return {
    form: 'az-key-show',
    kid: key.kid ?? null,
    key: rsaKeyOf(key),
    keyOps: either('keyOps', key.keyOps, 'key_ops', key.key_ops),
    attributes: attributes
      ? {
          enabled: attributes.enabled ?? null,
          exp: either('expires', secondsOf(attributes.expires, Math.floor), 'exp', attributes.exp),
          nbf: either('notBefore', secondsOf(attributes.notBefore, Math.ceil), 'nbf', attributes.nbf),
          hsmPlatform: attributes.hsmPlatform ?? null,
        }
      : null,
    attestation: attributes?.attestation ?? null,
  };
}

function readJwkForm(value: Readonly<Record<string, unknown>>): Found {
  const { kid, key_ops, ...members } = parseFormat(jwkKekSchema, value, unreadable);
  return { form: 'jwk', kid: kid ?? null, key: rsaKeyOf(members), keyOps: key_ops };
}

function readSpkiForm(bytes: Uint8Array): Found {
  const key: PublicJwk = readPemOrDer(bytes, { malformed: unreadable, unsupported: notRsa, isPrivate });
  if (key.kty !== 'RSA') return notRsa('expected an RSA key, found an EC key');
  return { form: 'spki', kid: null, key };
}

/** n and e in either base64 alphabet, with or without padding and leading zero bytes. */
function rsaKeyOf(members: Readonly<Record<string, unknown>>): RsaPublicJwk {
  if (members.kty !== 'RSA' && members.kty !== 'RSA-HSM') {
    notRsa(`expected kty RSA or RSA-HSM, found ${shown(members.kty)}`);
  }
  return jwkOfMembers({ ...members, kty: 'RSA' }, unreadable) as RsaPublicJwk;
}

function theOneKid(inFile: string | null, given: string | undefined): Kid {
  if (inFile !== null && given !== undefined && inFile !== given) {
    throw new KeyferryError('KEK_KID_CONFLICT', {
      reason: `the file says ${shown(inFile)}, the command line ${shown(given)}`,
    });
  }
  const text = inFile ?? given;
  if (text === undefined) {
    throw new KeyferryError('KEK_KID_MISSING', { reason: 'expected a kid in the file or beside it, found none' });
  }
  return parseKid(text);
}

function notCheckedOf(keyOps: readonly string[] | null, attributes: KekAttributes | null): NotChecked[] {
  return [
    ...(keyOps === null ? (['kek-ops'] as const) : []),
    ...(attributes === null || attributes.enabled === null ? (['kek-state'] as const) : []),
    ...(attributes === null ? (['kek-dates'] as const) : []),
    'kek-attestation',
    'kek-signature',
  ];
}

/** One fact under two spellings; both together must not be there, for they could differ. */
function either<T>(name: string, one: T | null | undefined, otherName: string, other: T | null | undefined): T | null {
  const [first, second] = [one ?? null, other ?? null];
  if (first !== null && second !== null) unreadable(`expected ${name} or ${otherName}, found both`);
  return first ?? second;
}

function secondsOf(time: string | null | undefined, round: (seconds: number) => number): number | null {
  return time == null ? null : round(Date.parse(time) / 1000);
}
