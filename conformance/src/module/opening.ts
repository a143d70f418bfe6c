import { CKM, type ObjectHandle, type Session } from '@keyferry/pkcs11';
import { unwrapBlocks } from '../oracle/kwp.js';

const AIV = Buffer.from('a65959a6', 'hex');
const IV = Buffer.alloc(8, 0xa6);

/** The key of so many bytes inside a product of AES key wrap by RFC 3394 or 5649; null when it is neither. The caller wipes it. */
export function keyWithin(wrappingKey: Uint8Array, wrapped: Uint8Array, bytes: number): Buffer | null {
  return withoutInitialValue(Buffer.from(unwrapBlocks(wrappingKey, wrapped)), bytes);
}

/**
 * The same by a wrapping key whose bytes are not known, and which may decrypt: each step of the inverse of the wrapping
 * function (RFC 3394 section 2.2.2) is one block decrypted in the token.
 */
export async function unwrapThroughToken(
  session: Session,
  wrappingKey: ObjectHandle,
  wrapped: Uint8Array,
  bytes: number,
): Promise<Buffer | null> {
  const out = Buffer.from(wrapped);
  const blocks = out.length / 8 - 1;
  for (let step = 6 * blocks; step > 0; step--) {
    const at = 8 + ((step - 1) % blocks) * 8;
    const block = Buffer.concat([out.subarray(0, 8), out.subarray(at, at + 8)]);
    block.writeUInt32BE((block.readUInt32BE(4) ^ step) >>> 0, 4);
    const decrypted = await session.decrypt({ type: CKM.AES_ECB }, wrappingKey, block);
    decrypted.copy(out, 0, 0, 8);
    decrypted.copy(out, at, 8, 16);
    decrypted.fill(0);
  }
  return withoutInitialValue(out, bytes);
}

function withoutInitialValue(opened: Buffer, bytes: number): Buffer | null {
  const padded = AIV.equals(opened.subarray(0, 4)) && opened.readUInt32BE(4) === bytes;
  if (!padded && !IV.equals(opened.subarray(0, 8))) return null;
  return opened.subarray(8, 8 + bytes);
}
