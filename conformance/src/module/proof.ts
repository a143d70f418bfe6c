import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { CKM, type ObjectHandle } from '@keyferry/pkcs11';
import type { Hsm } from './hsm.js';

/** Whether these are the bytes of an AES key of the token that may encrypt: both encrypt a random block to the same. */
export async function proofOf({ session }: Hsm, key: ObjectHandle, value: Buffer): Promise<boolean> {
  if (![16, 24, 32].includes(value.length)) return false;
  const iv = session.random(16);
  const block = session.random(16);
  const inToken = await session.encrypt({ type: CKM.AES_CBC, parameter: iv }, key, block);
  const cipher = createCipheriv(`aes-${value.length * 8}-cbc`, value, iv).setAutoPadding(false);
  const outside = Buffer.concat([cipher.update(block), cipher.final()]);
  return outside.length === inToken.length && timingSafeEqual(outside, inToken);
}
