import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Refuse } from './refuse.js';

/** RFC 5649 section 3: the constant half of the alternative initial value. */
const ICV = Buffer.from('a65959a6', 'hex');

/** AES Key Wrap with Padding (RFC 5649 section 4.1) under an AES key of 16, 24 or 32 bytes; at least one byte. */
export function wrapKwp(key: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(cipherName(key), key, ICV);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** The inverse (RFC 5649 section 4.2). The caller wipes what it gets. */
export function unwrapKwp(key: Uint8Array, wrapped: Uint8Array, refuse: Refuse): Buffer {
  // OpenSSL answers an empty input with an empty output.
  if (wrapped.length < 16 || wrapped.length % 8 !== 0) {
    refuse(`expected a multiple of 8 bytes, at least 16, found ${wrapped.length}`);
  }
  const decipher = createDecipheriv(cipherName(key), key, ICV);
  try {
    const plaintext = decipher.update(wrapped);
    decipher.final();
    return plaintext;
  } catch {
    return refuse('expected a key wrapped by RFC 5649, found that its check value or padding is wrong');
  }
}

function cipherName(key: Uint8Array): string {
  return `id-aes${key.length * 8}-wrap-pad`;
}
