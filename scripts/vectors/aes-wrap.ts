import { createCipheriv } from 'node:crypto';

/** RFC 5649 section 3: the constant half of the alternative initial value. */
export const ICV = Buffer.from('a65959a6', 'hex');
/** RFC 3394 section 2.2.3.1. */
export const RFC_3394_IV = Buffer.alloc(8, 0xa6);

/** AES key wrap with padding (RFC 5649 section 4.1). */
export function kwp(key: Uint8Array, message: Uint8Array): Buffer {
  return wrapped(key, aiv(message.length), padded(message));
}

/** The alternative initial value for a message of so many bytes. */
export function aiv(length: number): Buffer {
  const value = Buffer.concat([ICV, Buffer.alloc(4)]);
  value.writeUInt32BE(length, 4);
  return value;
}

/** Zero bytes up to a multiple of 8. */
export function padded(message: Uint8Array): Buffer {
  return Buffer.concat([message, Buffer.alloc((8 - (message.length % 8)) % 8)]);
}

/** PKCS#7 (RFC 5652 section 6.3) for blocks of 8 bytes. */
export function pkcs7Padded(message: Uint8Array): Buffer {
  const padding = 8 - (message.length % 8);
  return Buffer.concat([message, Buffer.alloc(padding, padding)]);
}

/** The wrapping process over any initial value of 8 bytes and any multiple of 8 bytes; one block: AES-ECB (RFC 5649). */
export function wrapped(key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Buffer {
  const bits = key.length * 8;
  if (blocks.length === 8) {
    const cipher = createCipheriv(`aes-${bits}-ecb`, key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(Buffer.concat([iv, blocks])), cipher.final()]);
  }
  const cipher = createCipheriv(`id-aes${bits}-wrap`, key, iv);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}
