import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { makeEcPair, makeRsaPair } from '../fresh-pair.js';
import type { TargetName } from '../making/wrong-blob.js';

/** How the service spells what a target is, and how a signature of it is made and checked. */
export interface TargetFacts {
  readonly kty: 'RSA-HSM' | 'EC-HSM' | 'oct-HSM';
  /** For EC only. */
  readonly crv?: 'P-256' | 'P-384' | 'P-521' | 'P-256K';
  /** For RSA and EC. */
  readonly signature?: { readonly algorithm: 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'ES256K'; readonly hash: string };
  readonly keyOps: readonly string[];
  /** As people read it. */
  readonly title: string;
}

const RSA = {
  kty: 'RSA-HSM',
  signature: { algorithm: 'RS256', hash: 'sha256' },
  keyOps: ['sign', 'verify', 'encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
} as const;
const EC = { kty: 'EC-HSM', keyOps: ['sign', 'verify'] } as const;
const OCT = { kty: 'oct-HSM', keyOps: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] } as const;

export const TARGETS: Readonly<Record<TargetName, TargetFacts>> = {
  'rsa-2048': { ...RSA, title: 'RSA-2048' },
  'rsa-3072': { ...RSA, title: 'RSA-3072' },
  'rsa-4096': { ...RSA, title: 'RSA-4096' },
  'ec-p256': { ...EC, crv: 'P-256', signature: { algorithm: 'ES256', hash: 'sha256' }, title: 'EC P-256' },
  'ec-p384': { ...EC, crv: 'P-384', signature: { algorithm: 'ES384', hash: 'sha384' }, title: 'EC P-384' },
  'ec-p521': { ...EC, crv: 'P-521', signature: { algorithm: 'ES512', hash: 'sha512' }, title: 'EC P-521' },
  'ec-secp256k1': { ...EC, crv: 'P-256K', signature: { algorithm: 'ES256K', hash: 'sha256' }, title: 'EC P-256K' },
  'aes-128': { ...OCT, title: 'AES-128' },
  'aes-192': { ...OCT, title: 'AES-192' },
  'aes-256': { ...OCT, title: 'AES-256' },
};

/** The usual request for a target: all operations of its type. */
export function requestFor(name: TargetName): Pick<TargetFacts, 'kty' | 'crv' | 'keyOps'> {
  const { kty, crv, keyOps } = TARGETS[name];
  return { kty, ...(crv === undefined ? {} : { crv }), keyOps };
}

export const TARGET_NAMES = Object.keys(TARGETS) as readonly TargetName[];

const CURVES: Readonly<Record<string, string>> = {
  p256: 'P-256',
  p384: 'P-384',
  p521: 'P-521',
  secp256k1: 'secp256k1',
};

/** Keys of a run, made in software when they are first asked for: they go into a vault as blobs, and protect nothing. */
export class TargetKeys {
  readonly #keys = new Map<TargetName, Promise<KeyObject>>();

  key(name: TargetName): Promise<KeyObject> {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const made = makeKey(name);
    this.#keys.set(name, made);
    return made;
  }

  /** PKCS#8 in DER as OpenSSL writes it, or the bytes of an AES key. */
  async plaintext(name: TargetName): Promise<Buffer> {
    const key = await this.key(name);
    return key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' });
  }
}

async function makeKey(name: TargetName): Promise<KeyObject> {
  const [kind, size = ''] = name.split('-');
  if (kind === 'aes') {
    const bytes = randomBytes(Number(size) / 8);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  }
  const pair = kind === 'rsa' ? await makeRsaPair(Number(size)) : makeEcPair(CURVES[size] ?? '');
  return pair.privateKey;
}
