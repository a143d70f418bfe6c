import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Target keys of every kind that can cross. */
export const TARGET_KEYS = [
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'ec-secp256k1',
  'aes-128',
  'aes-192',
  'aes-256',
] as const;

/** The published keys of fixtures/practice. */
export const PRACTICE_KEYS = [...TARGET_KEYS, 'kek-2048', 'kek-3072', 'kek-4096'] as const;

export type PracticeKeyName = (typeof PRACTICE_KEYS)[number];

/** A practice key: a private key, or a secret one for the AES names. */
export function practiceKey(name: PracticeKeyName): KeyObject {
  const isAes = name.startsWith('aes-');
  const text = readFileSync(
    new URL(`../../fixtures/practice/${name}.${isAes ? 'hex' : 'pem'}`, import.meta.url),
    'utf8',
  );
  if (!isAes) return createPrivateKey(text);
  const hex = text.split('\n').find((line) => /^[0-9a-f]+$/.test(line));
  return createSecretKey(Buffer.from(hex ?? '', 'hex'));
}
