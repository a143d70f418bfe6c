/** The same bytes as a Buffer: a view, not a copy that would have to be wiped. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A big-endian integer without its leading zero bytes; a view. */
export function withoutLeadingZeros(integer: Uint8Array): Uint8Array {
  const first = integer.findIndex((byte) => byte !== 0);
  return first === -1 ? integer.subarray(integer.length) : integer.subarray(first);
}

/** Bits of a big-endian integer, from its highest one down; 0 for 0. */
export function bitLength(integer: Uint8Array): number {
  const bytes = withoutLeadingZeros(integer);
  return bytes.length === 0 ? 0 : bytes.length * 8 - (Math.clz32(bytes[0] ?? 0) - 24);
}
