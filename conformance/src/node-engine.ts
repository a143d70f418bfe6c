import { constants, createPrivateKey, privateDecrypt } from 'node:crypto';
import type { TestKek } from './oracle/index.js';

/**
 * The same KEK with node:crypto for its private operation, which is many times faster; all else is judged as before.
 * The default is node-forge: then nothing of the judgement stands on the library that most tools use.
 */
export function withNodeEngine(kek: TestKek, pem: Uint8Array): TestKek {
  const key = createPrivateKey({ key: Buffer.from(pem), format: 'pem' });
  const options = { key, padding: constants.RSA_NO_PADDING };
  return { ...kek, privateOperation: (ciphertext) => privateDecrypt(options, ciphertext) };
}
