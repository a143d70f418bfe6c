import forge from 'node-forge';
import { fromBinary } from './bytes.js';

export interface PemBlock {
  /** What stands after BEGIN, such as `PRIVATE KEY`. */
  readonly label: string;
  /** By a passphrase, in the old manner (RFC 1421 headers) or in PKCS#8. */
  readonly encrypted: boolean;
  readonly der: Buffer;
}

/** The largest PEM file that is read, in bytes. That of an RSA-4096 key has about 3300. */
export const MAX_PEM_BYTES = 16384;

/** All blocks of a PEM text (RFC 7468), whatever text stands around them; none where there is no block. */
export function readPem(bytes: Uint8Array): PemBlock[] {
  let blocks: forge.pem.ObjectPEM[];
  try {
    blocks = forge.pem.decode(Buffer.from(bytes).toString('latin1'));
  } catch {
    return [];
  }
  return blocks.map(({ type, procType, body }) => ({
    label: type,
    encrypted: type === 'ENCRYPTED PRIVATE KEY' || procType?.type === 'ENCRYPTED',
    der: fromBinary(body),
  }));
}
