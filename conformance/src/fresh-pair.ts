import { createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

// What is made at once goes by way of DER: Node 20 waits for ever if garbage is collected while a KeyObject that
// generateKeyPairSync made is exported as a JWK, since both take the same lock. Those of generateKeyPair were not seen to.

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
  return await promisify(generateKeyPair)('rsa', { modulusLength });
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
