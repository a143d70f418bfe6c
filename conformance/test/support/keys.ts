import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type PracticeKeyName, practiceKey } from '../../../test/support/practice-keys.js';
import { readTestKek, type TestKek } from '../../src/oracle/index.js';

export const KEK_SIZES = [2048, 3072, 4096] as const;
export const ASYMMETRIC = [
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'ec-secp256k1',
] as const;
export const AES = ['aes-128', 'aes-192', 'aes-256'] as const;
export const TARGETS = [...ASYMMETRIC, ...AES] as const;

/** The PEM as it is published, with its line of text before BEGIN. */
export function practicePem(name: PracticeKeyName): Buffer {
  return readFileSync(new URL(`../../../fixtures/practice/${name}.pem`, import.meta.url));
}

export function publicPem(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
}

/** What a blob carries: PKCS#8 in DER as node:crypto writes it, or the bytes of an AES key. */
export function plaintextOf(name: PracticeKeyName): Buffer {
  const key = practiceKey(name);
  return key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' });
}

export function testKek(bits: (typeof KEK_SIZES)[number]): TestKek {
  return readTestKek(practicePem(`kek-${bits}`));
}

/** The same bytes for the same words, in every run. */
export function bytesFor(words: string, length: number): Buffer {
  return createHash('sha512').update(words).digest().subarray(0, length);
}

export const VAULT_KID = 'https://bank.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
export const HSM_KID = 'https://bank.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef';
