import { createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

// All go by way of DER: Node 20 waits for ever if garbage is collected while a KeyObject that generateKeyPair made is exported
// as a JWK, since both take the same lock.

export interface FreshPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const SPKI = { type: 'spki', format: 'der' } as const;
const PKCS8 = { type: 'pkcs8', format: 'der' } as const;

/** `namedCurve` as OpenSSL has it. */
export function makeEcPair(namedCurve: string): FreshPair {
  return pairOf(generateKeyPairSync('ec', { namedCurve, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 }));
}

/** On another thread: it takes up to seconds. */
export async function makeRsaPair(modulusLength: number): Promise<FreshPair> {
  const options = { modulusLength, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 };
  return pairOf(await promisify(generateKeyPair)('rsa', options));
}

export function makeRsaPairSync(modulusLength: number): FreshPair {
  return pairOf(generateKeyPairSync('rsa', { modulusLength, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 }));
}

/** Wipes the private bytes. */
function pairOf({ publicKey, privateKey }: { publicKey: Buffer; privateKey: Buffer }): FreshPair {
  try {
    return {
      publicKey: createPublicKey({ key: publicKey, ...SPKI }),
      privateKey: createPrivateKey({ key: privateKey, ...PKCS8 }),
    };
  } finally {
    privateKey.fill(0);
  }
}
