import { constants, createPrivateKey, createPublicKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { jwkThumbprint, type TestKek } from './oracle/index.js';

/**
 * The same KEK with node:crypto for its private operation, which is many times faster; all else is judged as before.
 * The default is node-forge: then nothing of the judgement stands on the library that most tools use.
 */
export function withNodeEngine(kek: TestKek, pem: Uint8Array): TestKek {
  return { ...kek, privateOperation: operationOf(createPrivateKey({ key: Buffer.from(pem), format: 'pem' })) };
}

/** A KEK that this process has made, with this engine. */
export function ownKek(privateKey: KeyObject): TestKek {
  const { n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const number = (text: string) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return {
    n: number(n),
    e: number(e),
    bits,
    bytes: bits / 8,
    thumbprint: jwkThumbprint({ kty: 'RSA', n, e }),
    privateOperation: operationOf(privateKey),
  };
}

function operationOf(key: KeyObject): TestKek['privateOperation'] {
  const options = { key, padding: constants.RSA_NO_PADDING };
  return (ciphertext) => privateDecrypt(options, ciphertext);
}
