import type { KeyMaterial } from '../keys/record.js';
import type { Curve } from './key-types.js';
import { badParameter, notImplemented } from './refusal.js';

export type Hash = 'sha256' | 'sha384' | 'sha512';

export const HASH_BYTES: Readonly<Record<Hash, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** A signature algorithm of RFC 7518; it signs a digest that the client has made. */
export type SignatureAlgorithm =
  | { readonly scheme: 'pkcs1' | 'pss'; readonly hash: Hash }
  | { readonly scheme: 'ecdsa'; readonly hash: Hash; readonly crv: Curve };

const SIGNATURES: Readonly<Record<string, SignatureAlgorithm>> = {
  RS256: { scheme: 'pkcs1', hash: 'sha256' },
  RS384: { scheme: 'pkcs1', hash: 'sha384' },
  RS512: { scheme: 'pkcs1', hash: 'sha512' },
  PS256: { scheme: 'pss', hash: 'sha256' },
  PS384: { scheme: 'pss', hash: 'sha384' },
  PS512: { scheme: 'pss', hash: 'sha512' },
  ES256: { scheme: 'ecdsa', hash: 'sha256', crv: 'P-256' },
  ES256K: { scheme: 'ecdsa', hash: 'sha256', crv: 'P-256K' },
  ES384: { scheme: 'ecdsa', hash: 'sha384', crv: 'P-384' },
  ES512: { scheme: 'ecdsa', hash: 'sha512', crv: 'P-521' },
};

/** 400 unless `alg` signs with this key; the digest must be as long as the hash of the algorithm. */
export function readSignatureAlgorithm(alg: string, key: KeyMaterial, digest: Buffer): SignatureAlgorithm {
  const algorithm = Object.hasOwn(SIGNATURES, alg) ? SIGNATURES[alg] : undefined;
  if (algorithm === undefined) throw unknownAlgorithm(alg, Object.keys(SIGNATURES));
  const fits = algorithm.scheme === 'ecdsa' ? key.type === 'EC' && key.crv === algorithm.crv : key.type === 'RSA';
  if (!fits) throw badParameter(`Key and signing algorithm are incompatible: ${alg} and ${describe(key)}.`);
  const expected = HASH_BYTES[algorithm.hash];
  if (digest.length !== expected) {
    throw badParameter(`The digest for ${alg} has ${expected} bytes; found ${digest.length}.`);
  }
  return algorithm;
}

export type RsaPadding = { readonly padding: 'pkcs1' } | { readonly padding: 'oaep'; readonly hash: 'sha1' | 'sha256' };

/** How an algorithm for encrypt, decrypt, wrapKey or unwrapKey uses its key. */
export type CipherAlgorithm =
  | { readonly cipher: 'rsa'; readonly rsa: RsaPadding }
  | { readonly cipher: 'gcm' | 'cbc' | 'cbc-pad' | 'kw' };

const RSA_CIPHERS: Readonly<Record<string, RsaPadding>> = {
  RSA1_5: { padding: 'pkcs1' },
  'RSA-OAEP': { padding: 'oaep', hash: 'sha1' },
  'RSA-OAEP-256': { padding: 'oaep', hash: 'sha256' },
};

const AES_CIPHERS = { GCM: 'gcm', CBC: 'cbc', CBCPAD: 'cbc-pad', KW: 'kw' } as const;

/** 400 unless `alg` does this with this key. AES key wrap is for keys, the other AES modes are for data. */
export function readCipherAlgorithm(alg: string, key: KeyMaterial, purpose: 'data' | 'key'): CipherAlgorithm {
  const rsa = Object.hasOwn(RSA_CIPHERS, alg) ? RSA_CIPHERS[alg] : undefined;
  if (rsa !== undefined) {
    if (key.type !== 'RSA') throw incompatible(alg, key);
    return { cipher: 'rsa', rsa };
  }
  const aes = /^A(128|192|256)(GCM|CBC|CBCPAD|KW)$/.exec(alg);
  const cipher = aes && AES_CIPHERS[aes[2] as keyof typeof AES_CIPHERS];
  if (!aes || !cipher || (cipher === 'kw') !== (purpose === 'key')) throw unknownAlgorithm(alg, cipherNames(purpose));
  if (key.type !== 'oct' || key.bits !== Number(aes[1])) throw incompatible(alg, key);
  return { cipher };
}

function cipherNames(purpose: 'data' | 'key'): readonly string[] {
  const modes = purpose === 'key' ? ['KW'] : ['GCM', 'CBC', 'CBCPAD'];
  return [...Object.keys(RSA_CIPHERS), ...modes.flatMap((mode) => [128, 192, 256].map((bits) => `A${bits}${mode}`))];
}

/** What the service lists beside these and the emulator does not have. */
const MISSING = ['RSNULL', 'HS256', 'HS384', 'HS512', 'CKM_AES_KEY_WRAP', 'CKM_AES_KEY_WRAP_PAD'];

function unknownAlgorithm(alg: string, known: readonly string[]) {
  if (MISSING.includes(alg)) return notImplemented(`keyferry-vault does not have the algorithm ${alg}.`);
  return badParameter(`Property "alg" has the value ${JSON.stringify(alg)}; supported here are ${known.join(', ')}.`);
}

function incompatible(alg: string, key: KeyMaterial) {
  return badParameter(`Key and encryption algorithm are incompatible: ${alg} and ${describe(key)}.`);
}

function describe(key: KeyMaterial): string {
  return key.type === 'EC' ? `an EC key on the curve ${key.crv}` : `a key of type ${key.type} with ${key.bits} bits`;
}
