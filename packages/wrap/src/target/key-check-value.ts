import { CKM, isHsmError, type ObjectHandle, type Session } from '@keyferry/pkcs11';

/**
 * Key check value of an AES key: the first 3 bytes of AES-ECB over 16 zero bytes, as 6 hex digits. CKA_CHECK_VALUE where
 * the token has it (PKCS #11 v3.1 section 4.10.2), else computed by the token if the key may encrypt, else null.
 * It finds errors, not attackers: 24 bits.
 */
export async function keyCheckValue(session: Session, key: ObjectHandle): Promise<string | null> {
  const stored = session.read(key, 'checkValue');
  if (stored?.length === 3) return stored.toString('hex');
  if (session.read(key, 'encrypt') !== true) return null;
  try {
    const block = await session.encrypt({ type: CKM.AES_ECB }, key, Buffer.alloc(16));
    return block.subarray(0, 3).toString('hex');
  } catch (error) {
    if (isHsmError(error)) return null; // the token has no AES-ECB, or not for this key: the manifest then says null
    throw error;
  }
}
