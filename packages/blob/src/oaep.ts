import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { Refuse } from './refuse.js';

/** What Azure BYOK uses: RSAES-OAEP (RFC 8017 section 7.1) with SHA-1 for hash and MGF1, and an empty label. */
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };

export function encryptOaep(key: KeyObject, plaintext: Uint8Array, refuse: Refuse): Buffer {
  try {
    return publicEncrypt({ key, ...OAEP }, plaintext);
  } catch {
    return refuse('expected an RSA key that can encrypt, found one that OpenSSL refuses');
  }
}

/** The caller wipes what it gets. */
export function decryptOaep(key: KeyObject, ciphertext: Uint8Array, refuse: Refuse): Buffer {
  // RFC 8017 section 7.1.2 step 1b; OpenSSL takes a shorter one.
  const bytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  if (ciphertext.length !== bytes) refuse(`expected ${bytes} bytes, found ${ciphertext.length}`);
  try {
    return privateDecrypt({ key, ...OAEP }, ciphertext);
  } catch {
    return refuse('expected RSA-OAEP with SHA-1 under this KEK, found something that does not open');
  }
}
