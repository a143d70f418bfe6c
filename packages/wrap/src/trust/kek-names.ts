import { type Kek, thumbprintHex } from '@keyferry/blob';

/** The label that a trusted KEK gets: its name in the vault and the first 8 digits of its version. */
export function labelOfKek({ kid }: Kek): string {
  return `${kid.name}/${kid.version.slice(0, 8)}`;
}

/** CKA_ID of a trusted KEK: the 32 bytes of its thumbprint (RFC 7638). */
export function idOfKek({ thumbprint }: Kek): Buffer {
  return Buffer.from(thumbprintHex(thumbprint), 'hex');
}
